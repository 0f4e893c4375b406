// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"strings"
	"time"
	"unicode"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// siteDeadline is the progress deadline of the replays' sites. At rest a recording has been quiet for longer.
const siteDeadline = 3 * time.Second

// makeSite returns a site as the API server completes it: five revisions are kept, and a day after a deletion.
func makeSite(change ...func(*v1alpha1.JiraSiteSpec)) *v1alpha1.JiraSite {
	site := &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: "acme"},
		Spec: v1alpha1.JiraSiteSpec{
			Host:             "acme.atlassian.net",
			Restarts:         v1alpha1.RestartsIgnore,
			ProgressDeadline: metav1.Duration{Duration: siteDeadline},
			Retention:        v1alpha1.Retention{Revisions: 5, AfterDeletion: metav1.Duration{Duration: 24 * time.Hour}},
			Environments: []v1alpha1.EnvironmentRule{
				{ID: "prod", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}},
			},
		},
	}
	for _, f := range change {
		f(&site.Spec)
	}
	return site
}

// reportsRestarts lets a site report restarts, too.
func reportsRestarts(s *v1alpha1.JiraSiteSpec) { s.Restarts = v1alpha1.RestartsReport }

// keepsLittle lets a site keep two revisions.
func keepsLittle(s *v1alpha1.JiraSiteSpec) {
	s.Retention = v1alpha1.Retention{Revisions: 2, AfterDeletion: metav1.Duration{Duration: time.Hour}}
}

// listed returns the parts of an annotation that lists issue keys.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// isOver says whether a deployment is in a state that it does not leave by itself.
func isOver(state v1alpha1.DeploymentState) bool {
	return state != v1alpha1.StatePending && state != v1alpha1.StateInProgress
}
