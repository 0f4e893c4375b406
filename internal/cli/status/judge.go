// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// The exit codes of the command, beside 0 and those of all commands.
const (
	// exitFailed: Jira has the release as failed, cancelled or rolled back.
	exitFailed = 1
	// exitNotYet: Jira has not the end of the release yet.
	exitNotYet = 3
	// exitNever: Jira is not told of the release, and waiting does not change that.
	exitNever = 4
	// exitSite: the site is not Ready.
	exitSite = 5
	// exitUnknown: the cluster could not be read, or has no such workload.
	exitUnknown = 6
)

// Verdict is how far a site's Jira is with a release.
type Verdict struct {
	Site string `json:"site"`
	// Code is the exit code, and Final says that waiting does not change it.
	Code  int    `json:"code"`
	Final bool   `json:"final"`
	State string `json:"state,omitempty"`
	Text  string `json:"text"`
}

// judge says how far the sites that report a workload are: all that select it, or the one that is named.
func judge(e *explain.Explanation, only string) []Verdict {
	if e.Problem != "" {
		return []Verdict{{Code: map[bool]int{true: exitNotYet, false: exitNever}[e.Problem == explain.Unobserved], Final: e.Problem != explain.Unobserved, Text: e.Problem}}
	}
	var found, others []Verdict
	for i := range e.Sites {
		s := &e.Sites[i]
		switch {
		case only != "" && s.Name != only:
		case s.Selected:
			found = append(found, ofSite(e, s))
		default:
			others = append(others, Verdict{Site: s.Name, Code: exitNever, Final: true, Text: "It does not report the workload: " + cmp.Or(s.NotSelected, "it is gone") + "."})
		}
	}
	switch {
	case len(found) > 0:
		return found
	case len(others) > 0:
		return others
	case only != "":
		return []Verdict{{Site: only, Code: exitNever, Final: true, Text: "There is no such JiraSite, or it may not be read: kubectl get jirasites."}}
	}
	return []Verdict{{Code: exitNever, Final: true, Text: "There is no JiraSite, or none that may be read: kubectl get jirasites."}}
}

// overall is the verdict on all sites: the first that is final and no success, else the first that waits, else a success.
func overall(all []Verdict) Verdict {
	for _, v := range all {
		if v.Final && v.Code != 0 {
			return v
		}
	}
	for _, v := range all {
		if !v.Final {
			return v
		}
	}
	return all[0]
}

// ofSite says how far a site is with the release.
func ofSite(e *explain.Explanation, s *explain.Site) Verdict {
	v := Verdict{Site: s.Name, Code: exitNotYet}
	if s.Record == nil {
		return v.unrecorded(s)
	}
	v.State = s.Record.State
	release := fmt.Sprintf("revision %d, %s in %s (%s)", e.Revision, s.Record.State, s.Record.Environment, strings.Join(s.Record.Issues, ", "))
	switch d := s.Delivered; {
	case d == nil:
		v.Text = "No manager has checked the record of " + release + "."
	case d.Outdated:
		v.Text = "The record of " + release + " is being sent."
	case s.Record.State == string(v1alpha1.StateFailed) && s.Would != nil && s.Would.State == string(v1alpha1.StateSuccessful):
		v.Text = "Jira has " + release + ". It has recovered, which is not recorded yet."
	case d.Status == string(metav1.ConditionTrue) || d.Reason == v1alpha1.ReasonResync:
		return v.told(s, release)
	default:
		return v.refused(s, release)
	}
	return v
}

// told is the verdict where Jira has what the record says.
func (v Verdict) told(s *explain.Site, release string) Verdict {
	v.Text = "Jira has " + release + "."
	if unknown := s.Record.Unknown; len(unknown) > 0 {
		v.Text += " It does not know " + strings.Join(unknown, ", ") + "."
	}
	switch v1alpha1.DeploymentState(v.State) {
	case v1alpha1.StateSuccessful:
		v.Code, v.Final = 0, true
	case v1alpha1.StateFailed, v1alpha1.StateCancelled, v1alpha1.StateRolledBack:
		v.Code, v.Final = exitFailed, true
	}
	return v
}

// waiting are the reasons of the SourceResolved condition that pass, or that somebody may mend meanwhile.
var waiting = []string{v1alpha1.ReasonResolving, v1alpha1.ReasonUnreachable, v1alpha1.ReasonUnauthorized}

// refused is the verdict where Jira has not what the record says.
func (v Verdict) refused(s *explain.Site, release string) Verdict {
	v.Text = fmt.Sprintf("Jira has not %s. %s: %s", release, s.Delivered.Reason, s.Delivered.Message)
	switch s.Delivered.Reason {
	case v1alpha1.ReasonPending:
	case v1alpha1.ReasonSiteNotReady:
		v.Code = exitSite
		v.Final = s.Ready != nil && !s.Ready.Outdated && (s.Ready.Reason == v1alpha1.ReasonSuspended || v1alpha1.AbnormalCondition(s.Ready.Reason) == v1alpha1.ConditionStalled)
	case v1alpha1.ReasonNoIssueKeys:
		v.Final = s.Commits != nil && s.Commits.Resolved != nil && !slices.Contains(waiting, s.Commits.Resolved.Reason)
	default:
		v.Final = true
	}
	if v.Final && v.Code == exitNotYet {
		v.Code = exitNever
	}
	return v
}

// unrecorded is the verdict where the release has no record.
func (v Verdict) unrecorded(s *explain.Site) Verdict {
	unconfirmed := func(n explain.Note) bool { return n.Rule == string(explain.RuleUnconfirmed) }
	switch {
	case s.Would != nil && s.Would.Withheld != nil:
		v.Code, v.Final, v.Text = exitNever, true, s.Would.Withheld.Text
	case s.Would != nil:
		v.Text = "The release is not recorded yet."
	case slices.ContainsFunc(s.Notes, unconfirmed):
		v.Text = "What the workload shows may be the revision before's."
	case len(s.Notes) > 0:
		v.Code, v.Final, v.Text = exitNever, true, s.Notes[0].Text
	case s.Compared != nil && s.Compared.Rule == string(record.RuleOutdated):
		v.Code, v.Final, v.Text = exitNever, true, s.Compared.Text
	default:
		v.Text = "The release is not recorded yet."
	}
	return v
}
