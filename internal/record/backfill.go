// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// existingAfter is how long ago a rollout ended at least that counts as one from before Rollcall saw its workload. In
// less than that a manager is upgraded, or another one takes over.
const existingAfter = time.Hour

// existing says whether a new record tells of what was rolled out before Rollcall saw the workload for the site: it is
// the first record of the workload, and its rollout ended before the site was created, or more than existingAfter ago.
// The latter is one that the site selects only now, or that got its issue keys only now.
func (p *planner) existing(next *v1alpha1.JiraDeployment) bool {
	if p.known || unfinished(next.Spec.State) {
		return false
	}
	ended := next.Spec.LastUpdated.Time
	if p.observation.Rollout.Since.IsZero() { // it was set to the time of the observation
		ended = p.observation.Rollout.Created
	}
	return ended.Before(p.site.created) || p.observation.Now.Sub(ended) > existingAfter
}

// isRenamed says whether a change of a record's spec is none of its release: Jira was told how the rollout ended, and it
// is told the same once more with other names, links or another type of environment. Another issue key is a change of the release.
func isRenamed(old, next *v1alpha1.JiraDeployment) bool {
	return !unfinished(old.Spec.State) && old.Spec.State == next.Spec.State &&
		old.Status.DeliveredGeneration > 0 && old.Status.DeliveredGeneration >= old.Generation &&
		slices.Equal(old.Spec.IssueKeys, next.Spec.IssueKeys) && slices.Equal(old.Spec.ServiceIDs, next.Spec.ServiceIDs)
}
