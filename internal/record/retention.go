// SPDX-License-Identifier: Apache-2.0

package record

import (
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// prune deletes the oldest records beyond the number of revisions that the site keeps. A record that Jira has not
// answered yet stays, and so does the last but one until the last is successful: the texts of that are read against it. So
// does the last success whose commits are known: those of later releases are counted from it.
func (p *planner) prune(records []*v1alpha1.JiraDeployment) {
	over := len(records) - p.site.retainedRevisions()
	if last := newest(records); over == len(records)-1 && over > 0 && last.Spec.State != v1alpha1.StateSuccessful {
		over--
	}
	updated, base := names(p.plan.Update), latest(records, isBase)
	for i := range max(0, over) {
		if i != base && p.dispensable(records[i]) && !updated.Has(records[i].Name) {
			p.plan.Delete = append(p.plan.Delete, records[i])
		}
	}
	p.merge(records, updated)
}

// dispensable says whether a record may be deleted: Jira answered it, or the site sends nothing.
func (p *planner) dispensable(old *v1alpha1.JiraDeployment) bool {
	return old.Settled() || p.site.spec.DryRun
}

// names returns the names of some records.
func names(records []*v1alpha1.JiraDeployment) sets.Set[string] {
	all := make(sets.Set[string], len(records))
	for _, d := range records {
		all.Insert(d.Name)
	}
	return all
}

// retire closes the record of a workload that is gone. It deletes the record once the retention is over and Jira has
// answered. A foreign record is not closed: it tells of what did not happen here.
func (p *planner) retire(old *v1alpha1.JiraDeployment, foreign bool) {
	since, known := goneSince(old)
	open := unfinished(old.Spec.State) && !foreign
	if !known || open { // open again: a stale cache had shown the workload once more
		p.markGone(old, open)
		p.requeueAfter(p.site.retainedAfterDeletion())
		return
	}
	switch left := since.Add(p.site.retainedAfterDeletion()).Sub(p.observation.Now); {
	case left > 0:
		p.requeueAfter(left)
	case p.dispensable(old):
		p.plan.Delete = append(p.plan.Delete, old)
	}
}

// suspend cancels what was rolling out when its workload was deleted. Another one has the name now, and there is nothing to
// say of it yet: if it has the same template, the rollout goes on.
func (p *planner) suspend(records []*v1alpha1.JiraDeployment) {
	for _, old := range records {
		if unfinished(old.Spec.State) && !IsOf(old, p.observation.LiveUID) {
			p.markGone(old, true)
		}
	}
}

func (p *planner) markGone(old *v1alpha1.JiraDeployment, open bool) {
	next := old.DeepCopy()
	annotate(next, v1alpha1.AnnotationWorkloadGoneSince, p.observation.Now.UTC().Format(time.RFC3339))
	if open {
		p.setState(next, v1alpha1.StateCancelled, p.observation.Now)
	}
	p.update(old, next)
}

func goneSince(old *v1alpha1.JiraDeployment) (time.Time, bool) {
	since, err := time.Parse(time.RFC3339, old.Annotations[v1alpha1.AnnotationWorkloadGoneSince])
	return since, err == nil
}

func (p *planner) requeueAfter(after time.Duration) {
	after = max(after, time.Second) // zero is never
	if p.plan.RequeueAfter == 0 || after < p.plan.RequeueAfter {
		p.plan.RequeueAfter = after
	}
}
