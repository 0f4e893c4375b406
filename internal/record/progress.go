package record

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Progress is what was seen of the progress of a rollout whose own controller sets no deadline, such as a StatefulSet's.
type Progress struct {
	// Since is when the rollout last progressed, or was first observed.
	Since time.Time
	// Seen says that it progressed. If it did not, Rollcall may just have started.
	Seen bool
}

// checkProgress makes the rollout a failed one if it made no progress for the site's progressDeadline. Until then it asks
// for another observation at the deadline, because no event comes then.
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

// staysFailed says whether a record that failed before a restart of Rollcall stays failed: no progress was seen since,
// and the rollout did not begin after the failure, as a new attempt does.
func (p *planner) staysFailed(current *v1alpha1.JiraDeployment) bool {
	return current.Spec.State == v1alpha1.StateFailed && !p.observation.Progress.Seen && !p.observation.Rollout.Since.After(current.Spec.LastUpdated.Time)
}
