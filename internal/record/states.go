package record

import (
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// advance sets the state of the current record, and when it changed.
func (p *planner) advance(next *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	p.checkProgress(next)
	r := p.observation.Rollout
	state, since := v1alpha1.DeploymentState(r.State), r.Since
	if !p.tellsOfItself(earlier) {
		// The condition is still that of the earlier revision: it does not tell when this one changed.
		since = time.Time{}
		if state == v1alpha1.StateFailed {
			state, since = p.afterFailure(next)
		}
	}
	if next.Spec.State == state || next.Spec.State == v1alpha1.StateSuccessful {
		return
	}
	p.setState(next, state, since)
}

// afterFailure returns the state of a revision beside which the failure of the one before stands. The condition goes
// with the first progress; one that stays for as long as the site allows has become this revision's own.
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

// tellsOfItself says whether the condition of the rollout is its own: later than the last change of the
// revision before.
func (p *planner) tellsOfItself(earlier []*v1alpha1.JiraDeployment) bool {
	n := len(earlier)
	return n == 0 || p.observation.Rollout.Since.After(earlier[n-1].Spec.LastUpdated.Time)
}

// supersede closes the records that a new revision leaves behind, oldest first: those behind the one that
// it restores are rolled back, any other that is unfinished is cancelled. It was before the condition of the
// new revision: with its very time a later observation could not tell any more that the condition is not theirs.
func (p *planner) supersede(earlier []*v1alpha1.JiraDeployment, restored *v1alpha1.JiraDeployment) {
	var since time.Time
	if p.tellsOfItself(earlier) {
		since = p.observation.Rollout.Since.Add(-time.Second)
	}
	behind := false
	for _, old := range earlier {
		state := old.Spec.State
		switch {
		case behind:
			state = v1alpha1.StateRolledBack
		case unfinished(state):
			state = v1alpha1.StateCancelled
		}
		p.close(old, state, since)
		behind = behind || old == restored
	}
}

func (p *planner) close(old *v1alpha1.JiraDeployment, state v1alpha1.DeploymentState, since time.Time) {
	next := old.DeepCopy()
	if state != old.Spec.State {
		p.setState(next, state, since)
	}
	p.update(old, next)
}

// setState sets a state and the time of its change: since, or now where that is not known or before the
// last change.
func (p *planner) setState(next *v1alpha1.JiraDeployment, state v1alpha1.DeploymentState, since time.Time) {
	if since.IsZero() || since.Before(next.Spec.LastUpdated.Time) {
		since = p.observation.Now
	}
	next.Spec.State = state
	next.Spec.LastUpdated = timeOf(since)
}

func (p *planner) update(old, next *v1alpha1.JiraDeployment) {
	if equality.Semantic.DeepEqual(old.Spec, next.Spec) && equality.Semantic.DeepEqual(old.Annotations, next.Annotations) &&
		maps.Equal(old.Labels, next.Labels) {
		return
	}
	setLabels(next)
	p.plan.Update = append(p.plan.Update, next)
}

func unfinished(state v1alpha1.DeploymentState) bool {
	return state == v1alpha1.StatePending || state == v1alpha1.StateInProgress
}
