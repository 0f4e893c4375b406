// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// longestSettling is how long a failure has to last before it is told, and settlingShare how much of the site's
// progressDeadline that is at most: 10 s of the default of 10 minutes.
const (
	longestSettling = 10 * time.Second
	settlingShare   = 60
)

// Progress is what was seen of the progress of a rollout.
type Progress struct {
	// Since is when a rollout that nobody else watches over, such as a StatefulSet's, last progressed, or was first
	// observed. It is zero for any other.
	Since time.Time
	// Seen says that it progressed. If it did not, Rollcall may just have started.
	Seen bool
	// UnavailableBefore is how many pods were unavailable when the revision before was last observed, and ever since.
	UnavailableBefore int32
}

// check decides on a rollout that its controller gave up, or that made no progress for the site's progressDeadline: it is
// judged against the pods that were unavailable before it began. Until the deadline check asks for another observation
// then, because no event comes.
func (p *planner) check(current *v1alpha1.JiraDeployment, earlier []*v1alpha1.JiraDeployment) {
	r, progress := p.observation.Rollout, p.observation.Progress
	checked, left := *r, time.Duration(0)
	switch {
	case current.Spec.State == v1alpha1.StateSuccessful:
		return
	case r.State == rollout.Failed:
	case r.State == rollout.InProgress && !progress.Since.IsZero():
		deadline := p.site.spec.ProgressDeadline.Duration + r.MinReady
		checked.State, checked.Since = rollout.Failed, progress.Since.Add(deadline)
		checked.Message = fmt.Sprintf("It made no progress for %s.", duration.HumanDuration(deadline))
		left = checked.Since.Sub(p.observation.Now)
	default:
		return
	}
	if state, reason := r.Stalled(unavailableBefore(current)); state == rollout.Pending || state == rollout.Successful && p.excused(earlier) {
		checked.State, checked.Message = state, reason
	}
	if left > 0 && !p.stays(current, checked.State) {
		p.requeueAfter(left)
		return
	}
	if r.State != checked.State {
		p.trace.tell(RuleNoProgress, PlaceRecord, current.Name)
	}
	p.observation.Rollout = &checked
}

// stays says whether what a record was judged to be before a restart of Rollcall stays so: no progress was seen since, and
// the rollout did not begin after that, as a new attempt does.
func (p *planner) stays(current *v1alpha1.JiraDeployment, checked rollout.State) bool {
	return current.Spec.State == v1alpha1.DeploymentState(checked) && !p.observation.Progress.Seen &&
		!p.observation.Rollout.Since.After(current.Spec.LastUpdated.Time)
}

// settles says whether a failure is too young to be told: what recovers within seconds was none to anybody. Example: a
// Rollout of Argo's is Degraded for a moment between two steps. It asks for another observation once the failure is old
// enough.
func (p *planner) settles(state v1alpha1.DeploymentState) bool {
	r := p.observation.Rollout
	if r.State != rollout.Failed || r.Since.IsZero() || state == v1alpha1.StateFailed || state == v1alpha1.StateSuccessful {
		return false
	}
	settling := min(longestSettling, p.site.spec.ProgressDeadline.Duration/settlingShare)
	left := r.Since.Add(settling).Sub(p.observation.Now)
	if left > 0 {
		p.requeueAfter(min(left, settling))
	}
	return left > 0
}

// begin makes a rollout that a record is new for, and whose failure is too young to be told, one that is in progress. Of
// several revisions nobody knows yet whose the failure is: its time is not used.
func (p *planner) begin(earlier []*v1alpha1.JiraDeployment) {
	if !p.settles("") {
		return
	}
	p.trace.tell(RuleSettling, PlaceRecord, "")
	begun := *p.observation.Rollout
	begun.State, begun.Message = rollout.InProgress, ""
	if len(earlier) > 0 {
		begun.Since = time.Time{}
	}
	p.observation.Rollout = &begun
}

// before returns how many pods were unavailable before a rollout that a record is new for. At a first installation nobody
// saw that: where the rollout began long ago, it is what is unavailable now. Example: one node is dead, and each DaemonSet
// of the cluster is observed for the first time.
func (p *planner) before(earlier []*v1alpha1.JiraDeployment) int32 {
	r := p.observation.Rollout
	since := r.Since
	if since.IsZero() {
		since = r.Created
	}
	old := since.Add(p.site.spec.ProgressDeadline.Duration).Before(p.observation.Now)
	if len(earlier) == 0 && r.Unwatched && old {
		return r.Remaining.Unready
	}
	return p.observation.Progress.UnavailableBefore
}

// excused says whether a rollout that has pods which are not available is successful all the same: as many were unavailable
// before it. Those that a former release broke, or had yet to start, excuse nobody. Example: all three pods of revision 1
// crash, and one of revision 2 does.
func (p *planner) excused(earlier []*v1alpha1.JiraDeployment) bool {
	former := newest(earlier)
	if former == nil || former.Spec.State == v1alpha1.StateSuccessful || former.Spec.State == v1alpha1.StateRolledBack {
		return true
	}
	return p.observation.Rollout.Remaining.Unready <= unavailableBefore(former)
}

// noteBefore writes on a record how many pods were unavailable before its rollout began, and have been ever since: it is
// lowered when fewer are. It is kept there, so that it survives a restart of Rollcall; it is no part of the spec, so that
// Jira is sent nothing for it.
func (p *planner) noteBefore(d *v1alpha1.JiraDeployment, before int32) {
	if before = min(before, p.observation.Rollout.Remaining.Unready); before > 0 {
		metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationUnavailableBefore, strconv.Itoa(int(before)))
	} else {
		delete(d.Annotations, v1alpha1.AnnotationUnavailableBefore)
	}
}

// unavailableBefore returns what noteBefore wrote.
func unavailableBefore(d *v1alpha1.JiraDeployment) int32 {
	n, _ := strconv.ParseInt(d.Annotations[v1alpha1.AnnotationUnavailableBefore], 10, 32)
	return int32(n)
}
