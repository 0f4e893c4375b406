// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const kindDaemonSet = "DaemonSet"

// FromDaemonSet returns how a DaemonSet's rollout stands. history are ControllerRevisions, its own and maybe
// others. The second result is false where there is nothing to say: its controller has not seen the current
// template yet, or the DaemonSet and its history are not of the same moment.
func FromDaemonSet(d *appsv1.DaemonSet, history []appsv1.ControllerRevision) (Rollout, bool) {
	if d.Status.ObservedGeneration < d.Generation || NotUnderstood(d) != "" {
		return Rollout{}, false
	}
	exact := exactHashOf(&d.ObjectMeta, &d.Spec.Template)
	current := currentOf(d.UID, history, func(r *appsv1.ControllerRevision) bool { return heldHash(r) == exact })
	if current == nil {
		return Rollout{}, false
	}
	r := Rollout{
		Workload:     workloadOf(kindDaemonSet, &d.ObjectMeta),
		Sources:      sourcesOf(&d.ObjectMeta, &d.Spec.Template),
		Revision:     current.Revision,
		TemplateHash: hashOf(&d.ObjectMeta, &d.Spec.Template),
		Written:      writtenOf(&d.ObjectMeta),
		Remaining:    daemonSetRemaining(d),
		Unwatched:    true,
		MinReady:     seconds(d.Spec.MinReadySeconds),
		Empty:        d.Status.DesiredNumberScheduled == 0,
	}
	seen := observeDaemonSet(d, r.Remaining, numberedAt(current))
	r.State, r.Since, r.Message = seen.state()
	return r, true
}

func observeDaemonSet(d *appsv1.DaemonSet, left Remaining, started time.Time) observed {
	written := statusWrittenAt(&d.ObjectMeta)
	seen := observed{
		finished: daemonSetFinished(d), finishedAt: written,
		empty: left.Desired == 0, emptyAt: written, // no node takes it
		waitsSince: started, began: started,
	}
	if left.Outdated > 0 && d.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		seen.waits = becauseOnDelete
	}
	return seen
}

// daemonSetFinished is kubectl's notion of a DaemonSet whose rollout is finished. kubectl has none of OnDelete:
// it is taken to be the same.
func daemonSetFinished(d *appsv1.DaemonSet) bool {
	s := d.Status
	return s.UpdatedNumberScheduled >= s.DesiredNumberScheduled && s.NumberAvailable >= s.DesiredNumberScheduled
}

// daemonSetRemaining counts the pods that run with an earlier template, and not those that are missing: a node that
// joins the cluster takes a rollout no further from its end.
//
// The daemon set controller replaces pods while fewer than maxUnavailable are unready. So where it comes no further, and
// may replace pods, those that are still outdated are on dead nodes: deleted, and with nobody to end them. Where it makes
// a surplus (maxSurge), counts do not tell a pod that it waits for from one that waits for nobody.
func daemonSetRemaining(d *appsv1.DaemonSet) Remaining {
	s := d.Status
	left := Remaining{
		Desired:  s.DesiredNumberScheduled,
		Outdated: max(0, s.CurrentNumberScheduled-s.UpdatedNumberScheduled),
		Unready:  max(0, s.DesiredNumberScheduled-s.NumberAvailable),
	}
	switch most := maxUnavailable(d); {
	case most == 0:
	case left.Unready >= most:
		left.Held = true
	default:
		left.Lost = min(left.Outdated, left.Unready)
	}
	return left
}

// maxUnavailable returns how many pods an update may make unavailable: one by default, none where it makes a surplus.
func maxUnavailable(d *appsv1.DaemonSet) int32 {
	rolling := d.Spec.UpdateStrategy.RollingUpdate
	if rolling == nil || rolling.MaxUnavailable == nil {
		return 1
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(rolling.MaxUnavailable, int(d.Status.DesiredNumberScheduled), true)
	if err != nil {
		return 1
	}
	return int32(n)
}

func (i Ignored) trimDaemonSet(d *appsv1.DaemonSet) {
	written := statusWrittenAt(&d.ObjectMeta)
	i.trim(&d.ObjectMeta, &d.Spec.Template)
	d.ManagedFields = timeOnly(written)
	strategy := appsv1.DaemonSetUpdateStrategy{Type: cutText(d.Spec.UpdateStrategy.Type, maxName)}
	if rolling := d.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.MaxUnavailable != nil {
		most := *rolling.MaxUnavailable
		most.StrVal = cutText(most.StrVal, maxName) // a percentage may begin with any number of zeros
		strategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &most}
	}
	d.Spec = appsv1.DaemonSetSpec{Template: d.Spec.Template, UpdateStrategy: strategy, MinReadySeconds: d.Spec.MinReadySeconds}
	d.Status.Conditions = nil
}
