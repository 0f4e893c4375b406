// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

// kubectlStatefulSetDone is what `kubectl rollout status` observations at: StatefulSetStatusViewer.Status of
// k8s.io/kubectl v0.37.2, pkg/polymorphichelpers/rollout_status.go.
func kubectlStatefulSetDone(sts *appsv1.StatefulSet) bool {
	if sts.Status.ObservedGeneration == 0 || sts.Generation > sts.Status.ObservedGeneration {
		return false
	}
	if sts.Spec.Replicas != nil && sts.Status.ReadyReplicas < *sts.Spec.Replicas {
		return false
	}
	if sts.Spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType && sts.Spec.UpdateStrategy.RollingUpdate != nil {
		if sts.Spec.Replicas != nil && sts.Spec.UpdateStrategy.RollingUpdate.Partition != nil {
			if sts.Status.UpdatedReplicas < (*sts.Spec.Replicas - *sts.Spec.UpdateStrategy.RollingUpdate.Partition) {
				return false
			}
		}
		return true
	}
	return sts.Status.UpdateRevision == sts.Status.CurrentRevision
}

// kubectlDaemonSetDone is the same of DaemonSetStatusViewer.Status.
func kubectlDaemonSetDone(daemon *appsv1.DaemonSet) bool {
	return daemon.Generation <= daemon.Status.ObservedGeneration &&
		daemon.Status.UpdatedNumberScheduled >= daemon.Status.DesiredNumberScheduled &&
		daemon.Status.NumberAvailable >= daemon.Status.DesiredNumberScheduled
}

// A rolling StatefulSet is successful where kubectl calls it finished, but for these cases: no pod is wanted; no pod has
// the new template because the partition holds back all of them; it was undone half-way and has no partition, so that
// kubectl compares two names only, which are the same again; or a surplus goes.
func TestAStatefulSetIsSuccessfulWhereKubectlCallsItFinished(t *testing.T) {
	compare := func(b *statefulSetBuilder) {
		s := b.Obj()
		r, ok := FromStatefulSet(s, objects(b.history))
		got, want := ok && r.State == Successful, kubectlStatefulSetDone(s)
		updated, replicas := s.Status.UpdatedReplicas, *s.Spec.Replicas
		heldBack := updated == 0
		undone := s.Spec.UpdateStrategy.RollingUpdate == nil && updated < replicas
		surplus := replicas > 0 && s.Status.Replicas > replicas && min(updated, s.Status.ReadyReplicas) < s.Status.Replicas
		if want && !got && (replicas == 0 || heldBack || undone || surplus) {
			return
		}
		if got != want {
			t.Errorf("successful = %v, kubectl says %v: spec %+v, status %+v", got, want, s.Spec, s.Status)
		}
	}
	const most = 4
	counts := func(f func(replicas, all, updated, ready int32)) {
		for i := range int32(most * most * most * most) {
			f(i%most, i/most%most, i/most/most%most, i/most/most/most)
		}
	}
	counts(func(replicas, all, updated, ready int32) {
		for partition := range int32(most + 1) {
			compare(makeStatefulSet("db").Released().Replicas(replicas).Pods(all, updated, ready).Partition(partition))
		}
		for _, current := range []string{"db-1", "db-2"} {
			compare(makeStatefulSet("db").Released().Replicas(replicas).Pods(all, updated, ready).
				Strategy(appsv1.RollingUpdateStatefulSetStrategyType).At(current, "db-2"))
		}
	})
	compare(makeStatefulSet("db").Generation(2, 1))
	compare(makeStatefulSet("db").Generation(1, 0))
}

func TestADaemonSetIsSuccessfulWhereKubectlCallsItFinished(t *testing.T) {
	const most = 4
	for i := range int32(most * most * most * most) {
		for _, observed := range []int64{1, 2} {
			b := makeDaemonSet("agent").Released().Generation(2, observed).Nodes(i%most, i/most%most, i/most/most%most, i/most/most/most)
			d := b.Obj()
			r, ok := FromDaemonSet(d, objects(b.history))
			want := kubectlDaemonSetDone(d) && d.Status.DesiredNumberScheduled > 0
			if got := ok && r.State == Successful; got != want {
				t.Errorf("successful = %v, kubectl says %v: %+v", got, want, d.Status)
			}
		}
	}
}
