// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// statefulSetBuilder builds a StatefulSet as its controller leaves it, and its history.
type statefulSetBuilder struct {
	s       appsv1.StatefulSet
	history []*revisionBuilder
}

// makeStatefulSet returns a StatefulSet of three replicas at revision 1, whose rollout finished a minute after it
// was created.
func makeStatefulSet(name string) *statefulSetBuilder {
	b := &statefulSetBuilder{s: appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Generation: 1,
			CreationTimestamp: metav1.NewTime(at(0)), Annotations: map[string]string{"rollcall.dev/branch": "SHOP-1"},
		},
		Spec: appsv1.StatefulSetSpec{Template: template("shop/db:1.0"), ServiceName: name},
		Status: appsv1.StatefulSetStatus{
			ObservedGeneration: 1, CurrentRevision: name + "-1", UpdateRevision: name + "-1",
		},
	}}
	return b.History(makeRevision("StatefulSet", name, 1, b.s.Spec.Template, 0)).Partition(0).Replicas(3).Pods(3, 3, 3).StatusWritten(1)
}

func (b *statefulSetBuilder) History(revisions ...*revisionBuilder) *statefulSetBuilder {
	b.history = revisions
	return b
}

// Released gives it a new template, and two revisions: the first of minute 0, the second of minute 5.
func (b *statefulSetBuilder) Released() *statefulSetBuilder {
	first := b.s.Spec.Template
	b.s.Spec.Template = template("shop/db:2.0")
	b.s.Status.UpdateRevision = b.s.Name + "-2"
	return b.History(
		makeRevision("StatefulSet", b.s.Name, 2, b.s.Spec.Template, 5),
		makeRevision("StatefulSet", b.s.Name, 1, first, 0))
}

func (b *statefulSetBuilder) Generation(generation, observed int64) *statefulSetBuilder {
	b.s.Generation, b.s.Status.ObservedGeneration = generation, observed
	return b
}

// At sets the names of the ControllerRevisions that the status calls current and updated.
func (b *statefulSetBuilder) At(current, update string) *statefulSetBuilder {
	b.s.Status.CurrentRevision, b.s.Status.UpdateRevision = current, update
	return b
}

func (b *statefulSetBuilder) Replicas(n int32) *statefulSetBuilder {
	b.s.Spec.Replicas = &n
	return b
}

func (b *statefulSetBuilder) ReplicasByDefault() *statefulSetBuilder {
	b.s.Spec.Replicas = nil
	return b
}

// Pods sets how many pods there are, how many of them have the current template, and how many of all are ready and
// available.
func (b *statefulSetBuilder) Pods(all, updated, ready int32) *statefulSetBuilder {
	s := &b.s.Status
	s.Replicas, s.UpdatedReplicas, s.ReadyReplicas, s.AvailableReplicas = all, updated, ready, ready
	return b
}

// Available sets how many of the ready pods have been so for long enough.
func (b *statefulSetBuilder) Available(n, minReadySeconds int32) *statefulSetBuilder {
	b.s.Status.AvailableReplicas, b.s.Spec.MinReadySeconds = n, minReadySeconds
	return b
}

func (b *statefulSetBuilder) Partition(n int32) *statefulSetBuilder {
	b.s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{
		Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &n},
	}
	return b
}

// Strategy sets an update strategy without more.
func (b *statefulSetBuilder) Strategy(strategy appsv1.StatefulSetUpdateStrategyType) *statefulSetBuilder {
	b.s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: strategy}
	return b
}

func (b *statefulSetBuilder) StatusWritten(minutes int) *statefulSetBuilder {
	b.s.ManagedFields = managedFields(minutes)
	return b
}

func (b *statefulSetBuilder) NoManagedFields() *statefulSetBuilder {
	b.s.ManagedFields = nil
	for _, revision := range b.history {
		revision.r.ManagedFields = nil
	}
	return b
}

func (b *statefulSetBuilder) Obj() *appsv1.StatefulSet {
	return b.s.DeepCopy()
}

// daemonSetBuilder builds a DaemonSet as its controller leaves it, and its history.
type daemonSetBuilder struct {
	d       appsv1.DaemonSet
	history []*revisionBuilder
}

// makeDaemonSet returns a DaemonSet on three nodes at revision 1, whose rollout finished a minute after it was
// created.
func makeDaemonSet(name string) *daemonSetBuilder {
	b := &daemonSetBuilder{d: appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Generation: 1,
			CreationTimestamp: metav1.NewTime(at(0)), Annotations: map[string]string{"rollcall.dev/branch": "SHOP-1"},
		},
		Spec:   appsv1.DaemonSetSpec{Template: template("shop/agent:1.0")},
		Status: appsv1.DaemonSetStatus{ObservedGeneration: 1},
	}}
	return b.History(makeRevision("DaemonSet", name, 1, b.d.Spec.Template, 0)).
		Strategy(appsv1.RollingUpdateDaemonSetStrategyType).Nodes(3, 3, 3, 3).StatusWritten(1)
}

func (b *daemonSetBuilder) History(revisions ...*revisionBuilder) *daemonSetBuilder {
	b.history = revisions
	return b
}

// Released gives it a new template, and two revisions: the first of minute 0, the second of minute 5.
func (b *daemonSetBuilder) Released() *daemonSetBuilder {
	first := b.d.Spec.Template
	return b.Template(template("shop/agent:2.0")).History(
		makeRevision("DaemonSet", b.d.Name, 2, template("shop/agent:2.0"), 5),
		makeRevision("DaemonSet", b.d.Name, 1, first, 0))
}

func (b *daemonSetBuilder) Template(t corev1.PodTemplateSpec) *daemonSetBuilder {
	b.d.Spec.Template = t
	return b
}

func (b *daemonSetBuilder) Generation(generation, observed int64) *daemonSetBuilder {
	b.d.Generation, b.d.Status.ObservedGeneration = generation, observed
	return b
}

// Nodes sets how many nodes should run a pod, how many do, on how many of those it has the current template, and on
// how many of all it is available.
func (b *daemonSetBuilder) Nodes(desired, scheduled, updated, available int32) *daemonSetBuilder {
	s := &b.d.Status
	s.DesiredNumberScheduled, s.CurrentNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable = desired, scheduled, updated, available
	return b
}

func (b *daemonSetBuilder) Strategy(strategy appsv1.DaemonSetUpdateStrategyType) *daemonSetBuilder {
	b.d.Spec.UpdateStrategy.Type = strategy
	return b
}

// MaxUnavailable sets how many pods an update may make unavailable: a number, or a part such as 100%.
func (b *daemonSetBuilder) MaxUnavailable(text string) *daemonSetBuilder {
	most := intstr.Parse(text)
	b.d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &most}
	return b
}

func (b *daemonSetBuilder) StatusWritten(minutes int) *daemonSetBuilder {
	b.d.ManagedFields = managedFields(minutes)
	return b
}

func (b *daemonSetBuilder) NoManagedFields() *daemonSetBuilder {
	b.d.ManagedFields = nil
	for _, revision := range b.history {
		revision.r.ManagedFields = nil
	}
	return b
}

func (b *daemonSetBuilder) Obj() *appsv1.DaemonSet {
	return b.d.DeepCopy()
}
