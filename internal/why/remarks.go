// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// moment is how long Jira may take to show what it took.
const moment = 2 * time.Minute

// remark says of a record that Jira took what a person may not expect.
func (q *question) remark(r Record) {
	note := func(reason, text, do, command string) {
		q.add(Finding{Reason: reason, Object: r.object(), Site: r.Site, Text: text, Do: do, Command: command, rank: rankCommits})
	}
	if q.Now.Sub(r.Told) < moment {
		note(ReasonJustTold, "Jira took it a moment ago, and stores later than it answers.", "Look again in a minute.", "")
	}
	if r.EnvironmentType == string(v1alpha1.EnvironmentUnmapped) {
		note(v1alpha1.EventEnvironmentUnmapped, "Jira shows it under no kind of environment: "+r.Environment+" is unmapped.",
			"Label the namespace or the workload with "+v1alpha1.KeyEnvironmentType+", or add a rule to the site.", r.command("kubectl rollcall explain"))
	}
	switch v1alpha1.DeploymentState(r.State) {
	case v1alpha1.StatePending, v1alpha1.StateFailed, v1alpha1.StateCancelled, v1alpha1.StateRolledBack:
		note(ReasonState, fmt.Sprintf("Its state is %s. %s", r.State, r.Description), "", r.command("kubectl rollcall explain"))
	}
	if newer := q.newerThan(r); newer != nil {
		note(ReasonEarlierRelease, fmt.Sprintf("It is of an earlier release. Revision %d, which runs now, has %s.", newer.Spec.Revision, list(newer.Spec.IssueKeys)),
			"Nothing: each record has the keys of its own revision.", r.command("kubectl rollcall explain"))
	}
	if r.Workload == "" {
		note(ReasonByHand, "It was made by hand.", "A record with a sequence that was used before is an update of the earlier deployment: leave the sequence out.", r.describe())
	}
}

// newerThan returns the record of a later revision of a record's workload at its site that has not the key; nil where there is
// none.
func (q *question) newerThan(r Record) *v1alpha1.JiraDeployment {
	var newest *v1alpha1.JiraDeployment
	for i := range q.Deployments {
		d := &q.Deployments[i]
		other := recordOf(d)
		if r.Workload != "" && other.Workload == r.Workload && other.Namespace == r.Namespace && other.Site == r.Site && d.Spec.Revision > r.Revision &&
			(newest == nil || d.Spec.Revision > newest.Spec.Revision) {
			newest = d
		}
	}
	if newest != nil && slices.Contains(newest.Spec.IssueKeys, q.Issue) {
		return nil
	}
	return newest
}
