// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// How many records a workload has at a site that was never told of them: one that is suspended, or that Jira does not
// answer. Beyond few of them those go that Jira loses least with, beyond many the oldest go whatever they tell.
const (
	few  = 10
	many = 100
	// mergesAtOnce is how many go in one pass.
	mergesAtOnce = 50
	// mergesAfter is how long a record has been superseded at least, and its state has stood. Jira's answer to a request that
	// told of an earlier state is written by then.
	mergesAfter = 10 * time.Minute
)

// merge plans to delete records that were superseded before Jira was told of them. The newest record counts them. They go
// in portions, and the next pass follows soon.
func (p *planner) merge(records []*v1alpha1.JiraDeployment, updated sets.Set[string]) {
	if p.site.spec.DryRun {
		return // prune keeps none beyond the retention
	}
	untold := len(p.plan.Create)
	for _, d := range records {
		if NeverTold(d) {
			untold++
		}
	}
	keeps := p.site.retainedRevisions()
	if untold <= max(few, keeps) {
		return
	}
	limit := max(many, keeps)
	if p.crowded() {
		limit = max(few, keeps)
	}
	merged := mergeable(records, untold, keeps, limit, p.observation.Now)
	merged = slices.DeleteFunc(merged, func(d *v1alpha1.JiraDeployment) bool { return updated.Has(d.Name) })
	if len(merged) == 0 {
		return
	}
	if len(merged) > mergesAtOnce {
		merged = merged[:mergesAtOnce]
		p.requeueAfter(time.Second)
	}
	p.plan.Merge = merged
	p.count(newest(records), len(merged))
}

// mergeable returns which of a workload's records, oldest first, are deleted though Jira was never told of them. There are
// that many untold ones, of which as many as the limit stay at least. What goes first is above:
//
//	cancelled: it was superseded before it finished, and Jira would show nothing of it that is true any more
//	a later record of the same state and environment tells of all its issues and services
//	any other, where more than the limit are left
//
// What stays: the last keeps records, which rollbacks are known by; what is needed; and what changed so lately that a request about it may be under way.
func mergeable(records []*v1alpha1.JiraDeployment, untold, keeps, limit int, now time.Time) []*v1alpha1.JiraDeployment {
	needed := neededBy(records)
	told := sets.Set[[3]string]{}
	var ranks [3][]*v1alpha1.JiraDeployment // newest first
	for i, d := range slices.Backward(records) {
		rank := rankOf(d, told)
		lasts := i < len(records)-max(keeps, 2) && // the texts of the newest are read against the one before it
			now.Sub(d.Spec.LastUpdated.Time) >= mergesAfter && now.Sub(records[i+1].CreationTimestamp.Time) >= mergesAfter
		if lasts && !needed[d] && NeverTold(d) && !unfinished(d.Spec.State) {
			ranks[rank] = append(ranks[rank], d)
		}
	}
	var merged []*v1alpha1.JiraDeployment
	for rank, candidates := range ranks {
		least := max(few, keeps)
		if rank == len(ranks)-1 {
			least = limit
		}
		for _, d := range slices.Backward(candidates) {
			if untold > least {
				merged = append(merged, d)
				untold--
			}
		}
	}
	return merged
}

// neededBy returns the newest success, which runs; the newest whose commits are known, which the next release's are counted
// from; and what a record restored.
func neededBy(records []*v1alpha1.JiraDeployment) map[*v1alpha1.JiraDeployment]bool {
	needed, past := map[*v1alpha1.JiraDeployment]bool{}, history{records: records}
	for _, d := range records {
		if d.Spec.RollbackToRevision > 0 {
			needed[past.restored(d)] = true
		}
	}
	for _, is := range []func(*v1alpha1.JiraDeployment) bool{isSuccess, isBase} {
		if i := latest(records, is); i >= 0 {
			needed[records[i]] = true
		}
	}
	return needed
}

func isSuccess(d *v1alpha1.JiraDeployment) bool { return d.Spec.State == v1alpha1.StateSuccessful }

// rankOf returns how much Jira loses with a record: 0 is nothing, 1 what a later record tells as well, 2 more than that. told
// is what the later ones tell.
func rankOf(d *v1alpha1.JiraDeployment, told sets.Set[[3]string]) int {
	rank := 1
	for _, of := range [][]string{d.Spec.IssueKeys, d.Spec.ServiceIDs} {
		for _, name := range of {
			if tells := [3]string{string(d.Spec.State), d.Spec.Environment.ID, name}; !told.Has(tells) {
				told.Insert(tells)
				rank = 2
			}
		}
	}
	if d.Spec.State == v1alpha1.StateCancelled {
		return 0
	}
	return rank
}

// NeverTold says that Jira took no generation of a record, and has not given its last word on it.
func NeverTold(d *v1alpha1.JiraDeployment) bool {
	return !d.Status.Told() && !d.Settled()
}

// count notes on the newest record how many were merged into it. It is an annotation, because another spec is a request to
// Jira. An Event says so with the first one, and with the tenth, the hundredth and so on.
func (p *planner) count(last *v1alpha1.JiraDeployment, merged int) {
	before := mergedInto(last)
	sum := strconv.Itoa(before + merged)
	i := slices.IndexFunc(p.plan.Update, func(d *v1alpha1.JiraDeployment) bool { return d.Name == last.Name })
	switch {
	case slices.Contains(p.plan.Create, last):
		annotate(last, v1alpha1.AnnotationMergedRevisions, sum)
	case i >= 0:
		last = p.plan.Update[i]
		annotate(last, v1alpha1.AnnotationMergedRevisions, sum)
	default:
		next := last.DeepCopy()
		annotate(next, v1alpha1.AnnotationMergedRevisions, sum)
		p.update(last, next)
		last = next
	}
	if before == 0 || len(sum) > len(strconv.Itoa(before)) {
		p.emit(last, v1alpha1.EventRecordsMerged, fmt.Sprintf(
			"Records that were superseded before JiraSite %s was told of them are deleted, %s so far: Jira will show nothing of these releases. Beyond %d records of a workload those go that were cancelled, or whose issues a later one tells, and beyond %d the oldest.",
			p.site.name, sum, few, many))
	}
}

// handOn gives a new record the count of the one before, while Jira was not told of that.
func handOn(next, former *v1alpha1.JiraDeployment) {
	if former != nil && NeverTold(former) && mergedInto(former) > 0 {
		annotate(next, v1alpha1.AnnotationMergedRevisions, former.Annotations[v1alpha1.AnnotationMergedRevisions])
	}
}

// mergedInto returns how many records were merged into one.
func mergedInto(d *v1alpha1.JiraDeployment) int {
	n, _ := strconv.Atoi(d.Annotations[v1alpha1.AnnotationMergedRevisions])
	return max(n, 0)
}

// crowded says whether the namespace has too many records that the site was never told of.
func (p *planner) crowded() bool {
	return p.observation.Crowded != nil && !p.site.spec.DryRun && p.observation.Crowded()
}

// turnAway drops the record that a plan creates in a namespace that is crowded, unless another one of the workload goes.
func (p *planner) turnAway() {
	if len(p.plan.Create) > 0 && len(p.plan.Merge) == 0 && p.crowded() {
		p.plan.Crowded, p.plan.Create = p.plan.Create[0], nil
	}
}
