// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// advance sets the state of the current record, and when it changed.
func (p *planner) advance(next *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	p.check(next, earlier)
	r := p.observation.Rollout
	state, since := v1alpha1.DeploymentState(r.State), r.Since
	if !p.tellsOfItself(earlier) {
		// The condition is still the earlier revision's: its time is not that of this one's change.
		since = time.Time{}
		if state == v1alpha1.StateFailed {
			p.trace.tell(RuleFormerFailure, PlaceRecord, next.Name)
			state, since = p.afterFailure(next)
		}
	}
	if next.Spec.State != state && next.Spec.State == v1alpha1.StateSuccessful {
		p.trace.tell(RuleFinal, PlaceRecord, next.Name)
	}
	if next.Spec.State == state || next.Spec.State == v1alpha1.StateSuccessful {
		return
	}
	p.setState(next, state, since)
}

// afterFailure returns the state of a revision while the Deployment still shows the condition with which the revision
// before failed. The condition goes with the first progress. If it stays for the site's progressDeadline, this revision
// failed as well. Example: revision 7 failed at 12:00, revision 8 began at 12:05; at 12:15 it failed too.
func (p *planner) afterFailure(current *v1alpha1.JiraDeployment) (v1alpha1.DeploymentState, time.Time) {
	switch current.Spec.State {
	case v1alpha1.StateFailed:
		return v1alpha1.StateFailed, time.Time{}
	case v1alpha1.StateInProgress:
	default: // it begins
		p.requeueAfter(p.site.spec.ProgressDeadline.Duration)
		return v1alpha1.StateInProgress, time.Time{}
	}
	failed := current.Spec.LastUpdated.Add(p.site.spec.ProgressDeadline.Duration)
	if left := failed.Sub(p.observation.Now); left > 0 {
		p.requeueAfter(left)
		return v1alpha1.StateInProgress, time.Time{}
	}
	return v1alpha1.StateFailed, failed
}

// tellsOfItself says whether the condition is this revision's own: it is later than the last change of the revision
// before. Where nobody recorded that, a failure from before the template was written is none of this revision; of one that
// was written long ago the deadline has passed since. Example: a release failed and was undone while no manager was at work.
func (p *planner) tellsOfItself(earlier []*v1alpha1.JiraDeployment) bool {
	r := p.observation.Rollout
	if n := len(earlier); n > 0 {
		return r.Since.After(earlier[n-1].Spec.LastUpdated.Time)
	}
	lately := p.observation.Now.Before(r.Written.Add(p.site.spec.ProgressDeadline.Duration))
	return r.State != rollout.Failed || !lately || !r.Since.Before(r.Written)
}

// supersede closes the records of earlier revisions, oldest first. restored is a record that is restored, or the one that
// restores it. What lies between a record and the origin of what it restored is rolled back, also where a later one does not
// restore anything: the update may not have been written when that record was made. Any other that is unfinished is
// cancelled. The time is one second before the new revision's condition: with the same time tellsOfItself
// would take that condition for the earlier revision's.
func (p *planner) supersede(earlier []*v1alpha1.JiraDeployment, restored *v1alpha1.JiraDeployment) {
	var since time.Time
	if p.observation.Rollout != nil && p.tellsOfItself(earlier) {
		since = p.observation.Rollout.Since.Add(-time.Second)
	}
	past := history{records: earlier}
	undone := past.undone(restored)
	for i, old := range earlier {
		state := old.Spec.State
		switch {
		case undone[i]:
			state = v1alpha1.StateRolledBack
		case unfinished(state):
			state = v1alpha1.StateCancelled
		}
		_, gone := old.Annotations[v1alpha1.AnnotationWorkloadGoneSince]
		if state == old.Spec.State && !gone && p.originals[old] == nil {
			continue // most are as they should be, and a copy costs more than the rest
		}
		next := old.DeepCopy()
		delete(next.Annotations, v1alpha1.AnnotationWorkloadGoneSince)
		if state != old.Spec.State {
			p.setState(next, state, since)
		}
		p.update(old, next)
	}
}

// setState sets a state and the time of its change: since, or now where that is not known or before the
// last change.
func (p *planner) setState(next *v1alpha1.JiraDeployment, state v1alpha1.DeploymentState, since time.Time) {
	if since.IsZero() || since.Before(next.Spec.LastUpdated.Time) {
		since = p.observation.Now
	}
	next.Spec.State = state
	next.Spec.LastUpdated = timeOf(since)
	next.Spec.OperationType = "" // it just happened
	setTimes(&next.Spec)
	noteFailure(next)
}

// update plans to write a record, if it changed.
func (p *planner) update(old, next *v1alpha1.JiraDeployment) {
	if given := p.originals[old]; given != nil {
		old = given
	}
	sameSpec := equality.Semantic.DeepEqual(old.Spec, next.Spec)
	if sameSpec && equality.Semantic.DeepEqual(old.Annotations, next.Annotations) &&
		maps.Equal(old.Labels, next.Labels) {
		return
	}
	if !sameSpec && isRenamed(old, next) {
		next.Spec.OperationType = v1alpha1.OperationBackfill
	}
	setLabels(next)
	p.plan.Update = append(p.plan.Update, next)
}

func unfinished(state v1alpha1.DeploymentState) bool {
	return state == v1alpha1.StatePending || state == v1alpha1.StateInProgress
}
