package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

const kindStatefulSet = "StatefulSet"

// FromStatefulSet returns how a StatefulSet's rollout stands. history are ControllerRevisions, its own and maybe
// others. The second result is false where there is nothing to say: its controller has not seen the current
// template yet, or the StatefulSet and its history are not of the same moment.
func FromStatefulSet(s *appsv1.StatefulSet, history []appsv1.ControllerRevision) (Rollout, bool) {
	if s.Status.ObservedGeneration < s.Generation {
		return Rollout{}, false
	}
	current := currentOf(s.UID, history, func(r *appsv1.ControllerRevision) bool { return r.Name == s.Status.UpdateRevision })
	if current == nil {
		return Rollout{}, false
	}
	r := Rollout{
		Workload:     workloadOf(kindStatefulSet, &s.ObjectMeta),
		Sources:      sourcesOf(&s.ObjectMeta, &s.Spec.Template),
		Revision:     current.Revision,
		TemplateHash: hashOf(&s.ObjectMeta, &s.Spec.Template),
		Remaining:    statefulSetRemaining(s),
		Empty:        desiredReplicas(s) == 0,
	}
	r.State, r.Since = statefulSetState(s, r.Remaining, numberedAt(current))
	return r, true
}

func statefulSetState(s *appsv1.StatefulSet, d *Remaining, started time.Time) (State, time.Time) {
	switch {
	case statefulSetFinished(s):
		return Successful, statusWrittenAt(&s.ObjectMeta)
	case d.Outdated > 0 && (s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType || partition(s) >= d.Desired):
		return Pending, started // until a person deletes pods, or lowers the partition
	default:
		return InProgress, started
	}
}

// statefulSetFinished is kubectl's notion of a StatefulSet whose rollout is finished, with three cases more. A
// partition that holds back all pods finishes nothing. While a surplus goes, the pods that are ready may be those of
// the earlier revision, or those that go. And kubectl has no notion of OnDelete: it is finished when all pods are
// updated and ready.
func statefulSetFinished(s *appsv1.StatefulSet) bool {
	replicas, status := desiredReplicas(s), s.Status
	wanted := max(replicas-partition(s), min(replicas, 1))
	if status.ReadyReplicas < replicas || status.UpdatedReplicas < wanted {
		return false
	}
	if all := status.Replicas; replicas > 0 && all > replicas && min(status.UpdatedReplicas, status.ReadyReplicas) < all {
		return false
	}
	strategy := s.Spec.UpdateStrategy
	if strategy.Type == appsv1.RollingUpdateStatefulSetStrategyType && strategy.RollingUpdate == nil {
		return status.UpdateRevision == status.CurrentRevision
	}
	return true
}

// partition returns how many pods, those with the lowest numbers, an update leaves as they are.
func partition(s *appsv1.StatefulSet) int32 {
	rolling := s.Spec.UpdateStrategy.RollingUpdate
	if rolling == nil || rolling.Partition == nil {
		return 0
	}
	return *rolling.Partition
}

func statefulSetRemaining(s *appsv1.StatefulSet) *Remaining {
	replicas := desiredReplicas(s)
	return &Remaining{
		Desired:  replicas,
		Outdated: max(0, s.Status.Replicas-s.Status.UpdatedReplicas),
		Unready:  max(0, replicas-s.Status.ReadyReplicas),
	}
}

func desiredReplicas(s *appsv1.StatefulSet) int32 {
	if s.Spec.Replicas == nil {
		return 1
	}
	return *s.Spec.Replicas
}

func (i Ignored) trimStatefulSet(s *appsv1.StatefulSet) {
	written := statusWrittenAt(&s.ObjectMeta)
	i.trim(&s.ObjectMeta, &s.Spec.Template)
	s.ManagedFields = timeOnly(written)
	s.Spec = appsv1.StatefulSetSpec{Replicas: s.Spec.Replicas, Template: s.Spec.Template, UpdateStrategy: s.Spec.UpdateStrategy}
	s.Status.Conditions = nil
}
