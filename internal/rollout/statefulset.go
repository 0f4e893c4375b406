// SPDX-License-Identifier: Apache-2.0

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
	if s.Status.ObservedGeneration < s.Generation || NotUnderstood(s) != "" {
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
		Unwatched:    true,
		MinReady:     seconds(s.Spec.MinReadySeconds),
		Empty:        wanted(s.Spec.Replicas) == 0,
	}
	seen := observeStatefulSet(s, r.Remaining, numberedAt(current))
	r.State, r.Since, r.Message = seen.state()
	return r, true
}

func observeStatefulSet(s *appsv1.StatefulSet, left Remaining, started time.Time) observed {
	written := statusWrittenAt(&s.ObjectMeta)
	seen := observed{
		finished: statefulSetFinished(s), finishedAt: written,
		empty: left.Desired == 0, emptyAt: written,
		waitsSince: started, began: started,
	}
	switch {
	case left.Outdated == 0:
	case s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
		seen.waits = becauseOnDelete
	case partition(s) >= left.Desired:
		seen.waits = becausePartition
	}
	return seen
}

// statefulSetFinished is kubectl's notion of a StatefulSet whose rollout is finished, with four cases more. A pod that
// is ready has to be available too. A partition that holds back all pods finishes nothing. While a surplus goes, the pods that are ready may be those of
// the earlier revision, or those that go. And kubectl has no notion of OnDelete: it is finished when all pods are
// updated and ready.
func statefulSetFinished(s *appsv1.StatefulSet) bool {
	replicas, status := wanted(s.Spec.Replicas), s.Status
	wanted := max(replicas-partition(s), min(replicas, 1))
	if status.AvailableReplicas < replicas || status.UpdatedReplicas < wanted {
		return false
	}
	if all := status.Replicas; replicas > 0 && all > replicas && min(status.UpdatedReplicas, status.AvailableReplicas) < all {
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

// statefulSetRemaining counts a pod that is being deleted as outdated. Where a pod is unready, and none is updated, its
// controller waits for that one before it replaces the first.
func statefulSetRemaining(s *appsv1.StatefulSet) Remaining {
	replicas := wanted(s.Spec.Replicas)
	unready := max(0, replicas-s.Status.AvailableReplicas)
	return Remaining{
		Desired:  replicas,
		Outdated: max(0, s.Status.Replicas-s.Status.UpdatedReplicas),
		Unready:  unready,
		Held:     unready > 0 && s.Status.UpdatedReplicas == 0,
	}
}

func (i Ignored) trimStatefulSet(s *appsv1.StatefulSet) {
	written := statusWrittenAt(&s.ObjectMeta)
	i.trim(&s.ObjectMeta, &s.Spec.Template)
	s.ManagedFields = timeOnly(written)
	strategy := appsv1.StatefulSetUpdateStrategy{Type: cutText(s.Spec.UpdateStrategy.Type, maxName)}
	if rolling := s.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
		strategy.RollingUpdate = &appsv1.RollingUpdateStatefulSetStrategy{Partition: rolling.Partition}
	}
	s.Spec = appsv1.StatefulSetSpec{
		Replicas: s.Spec.Replicas, Template: s.Spec.Template, UpdateStrategy: strategy, MinReadySeconds: s.Spec.MinReadySeconds,
	}
	s.Status.Conditions = nil
	s.Status.CurrentRevision, s.Status.UpdateRevision = cutText(s.Status.CurrentRevision, maxName), cutText(s.Status.UpdateRevision, maxName)
}
