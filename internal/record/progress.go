package record

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Progress is what was seen of the progress of a rollout that nobody else watches over.
type Progress struct {
	// Since is when the rollout last came nearer to its end, or was first observed.
	Since time.Time
	// Seen says that it did come nearer. Where it does not, Rollcall may just have started.
	Seen bool
}

// checkProgress turns the observation into one of a failed rollout, where it made no progress for as long as the site allows.
// Before that, it asks to be woken at the deadline: nothing in the cluster happens then.
func (p *planner) checkProgress(current *v1alpha1.JiraDeployment) {
	r, progress := p.observation.Rollout, p.observation.Progress
	if progress.Since.IsZero() || r.State != rollout.InProgress || current.Spec.State == v1alpha1.StateSuccessful {
		return
	}
	deadline := p.site.spec.ProgressDeadline.Duration
	failed := progress.Since.Add(deadline)
	if left := failed.Sub(p.observation.Now); left > 0 && !p.staysFailed(current) {
		p.requeueAfter(left)
		return
	}
	stalled := *r
	stalled.State, stalled.Since = rollout.Failed, failed
	stalled.Message = fmt.Sprintf("It made no progress for %s.", duration.HumanDuration(deadline))
	p.observation.Rollout = &stalled
}

// staysFailed says whether a record that failed says so still: since a restart of Rollcall no progress was seen,
// and the rollout is no new attempt, which would have begun after the failure.
func (p *planner) staysFailed(current *v1alpha1.JiraDeployment) bool {
	return current.Spec.State == v1alpha1.StateFailed && !p.observation.Progress.Seen && !p.observation.Rollout.Since.After(current.Spec.LastUpdated.Time)
}
