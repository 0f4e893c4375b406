// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/explain"
)

// selections are the reasons why a site does not select a workload, the most telling first, by what their sentences hold.
var selections = []struct{ reason, holds string }{
	{"SitesAnnotation", v1alpha1.AnnotationSites},
	{"ExcludeNamespaces", "excludeNamespaces"},
	{"SystemNamespace", "selected by name"},
	{"NamespaceSelector", "namespaceSelector"},
	{"WorkloadSelector", "workloadSelector"},
}

// notSelected says why no site reports a workload.
func (q *question) notSelected(w Workload, s explain.Site) Finding {
	f := Finding{
		Reason: v1alpha1.ReasonNotSelected, Object: title(w.Explanation.Workload), Site: s.Name, rank: rankFormer - 1,
		Text: fmt.Sprintf("%s, and JiraSite %s does not report the workload: %s.", w.names(), s.Name, s.NotSelected), Command: explainCommand(w.Explanation.Workload),
	}
	if s.Ready != nil && (s.Ready.Reason == v1alpha1.ReasonInvalidSelector || s.Ready.Reason == v1alpha1.ReasonInvalidNamespacePattern) {
		f.Reason, f.rank, f.Command = s.Ready.Reason, rankUnusable, "kubectl describe jirasite "+s.Name
		f.Text = fmt.Sprintf("JiraSite %s records nothing: %s", s.Name, s.Ready.Message)
	} else {
		for i, of := range selections {
			if strings.Contains(s.NotSelected, of.holds) {
				f.Reason, f.rank = of.reason, rankSelection+rank(i)
				break
			}
		}
	}
	f.Do = adviceFor(f.Reason).do
	return f
}
