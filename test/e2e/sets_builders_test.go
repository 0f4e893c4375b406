// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// statefulSetBuilder builds a StatefulSet of three pods that become ready at once.
type statefulSetBuilder struct{ s *appsv1.StatefulSet }

func makeStatefulSet(namespace, name string) statefulSetBuilder {
	labels := map[string]string{"app": "e2e"}
	return statefulSetBuilder{&appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"site": "acme"}},
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To[int32](3),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(labels), Annotations: map[string]string{}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "db", Image: "shop/db:1.0.0"}}},
			},
		},
	}}
}

func (b statefulSetBuilder) Site(name string) statefulSetBuilder {
	b.s.Labels["site"] = name
	return b
}

func (b statefulSetBuilder) Annotation(name, value string) statefulSetBuilder {
	b.s.Spec.Template.Annotations[name] = value
	return b
}

func (b statefulSetBuilder) IssueKeys(keys string) statefulSetBuilder {
	return b.Annotation(v1alpha1.AnnotationIssueKeys, keys)
}

func (b statefulSetBuilder) NeverReady() statefulSetBuilder {
	return b.Annotation(cluster.NeverReadyAnnotation, "true")
}

func (b statefulSetBuilder) OnDelete() statefulSetBuilder {
	b.s.Spec.UpdateStrategy.Type = appsv1.OnDeleteStatefulSetStrategyType
	return b
}

func (b statefulSetBuilder) Partition(n int32) statefulSetBuilder {
	b.s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{
		Type:          appsv1.RollingUpdateStatefulSetStrategyType,
		RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &n},
	}
	return b
}

func (b statefulSetBuilder) Obj() *appsv1.StatefulSet {
	return b.s
}

// Release gives another StatefulSet this one's pod template.
func (b statefulSetBuilder) Release(s *appsv1.StatefulSet) {
	s.Spec.Template = b.s.Spec.Template
}

// daemonSetBuilder builds a DaemonSet for the nodes of its namespace, whose pods become ready at once.
type daemonSetBuilder struct{ d *appsv1.DaemonSet }

func makeDaemonSet(namespace, name string) daemonSetBuilder {
	labels := map[string]string{"app": "e2e"}
	return daemonSetBuilder{&appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"site": "acme"}},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: maps.Clone(labels), Annotations: map[string]string{}},
				Spec: corev1.PodSpec{
					Containers:   []corev1.Container{{Name: "agent", Image: "shop/agent:1.0.0"}},
					NodeSelector: map[string]string{pool: namespace},
					Tolerations:  []corev1.Toleration{{Key: pool, Operator: corev1.TolerationOpExists}},
				},
			},
		},
	}}
}

func (b daemonSetBuilder) Site(name string) daemonSetBuilder {
	b.d.Labels["site"] = name
	return b
}

func (b daemonSetBuilder) Annotation(name, value string) daemonSetBuilder {
	b.d.Spec.Template.Annotations[name] = value
	return b
}

func (b daemonSetBuilder) IssueKeys(keys string) daemonSetBuilder {
	return b.Annotation(v1alpha1.AnnotationIssueKeys, keys)
}

func (b daemonSetBuilder) NeverReady() daemonSetBuilder {
	return b.Annotation(cluster.NeverReadyAnnotation, "true")
}

func (b daemonSetBuilder) OnDelete() daemonSetBuilder {
	b.d.Spec.UpdateStrategy.Type = appsv1.OnDeleteDaemonSetStrategyType
	return b
}

func (b daemonSetBuilder) Obj() *appsv1.DaemonSet {
	return b.d
}

// Release gives another DaemonSet this one's pod template.
func (b daemonSetBuilder) Release(d *appsv1.DaemonSet) {
	d.Spec.Template = b.d.Spec.Template
}
