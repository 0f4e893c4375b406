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
	// Since is when the rollout last came nearer to its end, or was looked at for the first time.
	Since time.Time
	// Seen says that it did come nearer. Where it does not, Rollcall may just have started.
	Seen bool
}

// judgeProgress makes the look one at a failed rollout, where it made no progress for as long as the site allows.
// Before that, it asks to be woken at the deadline: nothing in the cluster happens then.
func (p *planner) judgeProgress(current *v1alpha1.JiraDeployment) {
	r, progress := p.look.Rollout, p.look.Progress
	if progress.Since.IsZero() || r.State != rollout.InProgress || current.Spec.State == v1alpha1.StateSuccessful {
		return
	}
	deadline := p.site.spec.ProgressDeadline.Duration
	failed := progress.Since.Add(deadline)
	if left := failed.Sub(p.look.Now); left > 0 && !p.staysFailed(current) {
		p.wake(left)
		return
	}
	judged := *r
	judged.State, judged.Since = rollout.Failed, failed
	judged.Message = fmt.Sprintf("It made no progress for %s.", duration.HumanDuration(deadline))
	p.look.Rollout = &judged
}

// staysFailed says whether a record that failed says so still: since a restart of Rollcall no progress was seen,
// and the rollout is no new attempt, which would have begun after the failure.
func (p *planner) staysFailed(current *v1alpha1.JiraDeployment) bool {
	return current.Spec.State == v1alpha1.StateFailed && !p.look.Progress.Seen && !p.look.Rollout.Since.After(current.Spec.LastUpdated.Time)
}
