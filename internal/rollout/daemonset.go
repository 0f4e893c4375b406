package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

const kindDaemonSet = "DaemonSet"

// FromDaemonSet returns how a DaemonSet's rollout stands. history are ControllerRevisions, its own and maybe
// others. The second result is false where there is nothing to say: its controller has not seen the current
// template yet, or the DaemonSet and its history are not of the same moment.
func FromDaemonSet(d *appsv1.DaemonSet, history []appsv1.ControllerRevision) (Rollout, bool) {
	if d.Status.ObservedGeneration < d.Generation {
		return Rollout{}, false
	}
	hash := hashOf(&d.ObjectMeta, &d.Spec.Template)
	current := currentOf(d.UID, history, func(r *appsv1.ControllerRevision) bool { return heldHash(r) == hash })
	if current == nil {
		return Rollout{}, false
	}
	r := Rollout{
		Workload:     workloadOf(kindDaemonSet, &d.ObjectMeta),
		Sources:      sourcesOf(&d.ObjectMeta, &d.Spec.Template),
		Revision:     current.Revision,
		TemplateHash: hash,
		Written:      writtenOf(&d.ObjectMeta),
		Remaining:    daemonSetRemaining(d),
	}
	r.State, r.Since = daemonSetState(d, r.Remaining, numberedAt(current))
	return r, true
}

func daemonSetState(d *appsv1.DaemonSet, left *Remaining, started time.Time) (State, time.Time) {
	switch {
	case daemonSetFinished(d):
		return Successful, statusWrittenAt(&d.ObjectMeta)
	case left.Outdated > 0 && d.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType:
		return Pending, started // until a person deletes pods
	default:
		return InProgress, started
	}
}

// daemonSetFinished is kubectl's notion of a DaemonSet whose rollout is finished. kubectl has none of OnDelete:
// it is taken to be the same.
func daemonSetFinished(d *appsv1.DaemonSet) bool {
	s := d.Status
	return s.UpdatedNumberScheduled >= s.DesiredNumberScheduled && s.NumberAvailable >= s.DesiredNumberScheduled
}

// daemonSetRemaining counts the pods that run with an earlier template, and not those that are missing: a node that
// joins the cluster takes a rollout no further from its end.
func daemonSetRemaining(d *appsv1.DaemonSet) *Remaining {
	s := d.Status
	return &Remaining{
		Desired:  s.DesiredNumberScheduled,
		Outdated: max(0, s.CurrentNumberScheduled-s.UpdatedNumberScheduled),
		Unready:  max(0, s.DesiredNumberScheduled-s.NumberAvailable),
	}
}

func trimDaemonSet(d *appsv1.DaemonSet) {
	written := statusWrittenAt(&d.ObjectMeta)
	trim(&d.ObjectMeta, &d.Spec.Template)
	d.ManagedFields = timeOnly(written)
	d.Spec = appsv1.DaemonSetSpec{Template: d.Spec.Template, UpdateStrategy: d.Spec.UpdateStrategy}
	d.Status.Conditions = nil
}
