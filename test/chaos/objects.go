// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

const (
	kindDeployment  = "Deployment"
	kindStatefulSet = "StatefulSet"
	kindDaemonSet   = "DaemonSet"
)

// annotationStep tells of an object, and annotationRelease of a pod template, which step made it so.
const (
	annotationStep    = "chaos.rollcall.dev/step"
	annotationRelease = "chaos.rollcall.dev/release"
)

// Stamp is what a tool leaves on a pod template to restart its pods.
type Stamp struct{ Annotation, Env string }

// stamps are those of kubectl, of Rancher, and of Reloader in both its ways.
var stamps = []Stamp{
	{Annotation: "kubectl.kubernetes.io/restartedAt"},
	{Annotation: "cattle.io/timestamp"},
	{Annotation: "reloader.stakater.com/last-reloaded-from"},
	{Env: "STAKATER_WEB_CONFIGMAP"},
}

// Progress deadlines of Deployments, in seconds.
const (
	shortDeadline = int32(3)
	longDeadline  = int32(600)
)

// newObject returns an empty object of a kind.
func newObject(kind string) client.Object {
	switch kind {
	case kindStatefulSet:
		return &appsv1.StatefulSet{}
	case kindDaemonSet:
		return &appsv1.DaemonSet{}
	}
	return &appsv1.Deployment{}
}

// build returns the object that a step of a workload creates.
func build(w Workload, step Step) client.Object {
	selector := &metav1.LabelSelector{MatchLabels: podLabels(w)}
	o := newObject(w.Kind)
	o.SetNamespace(w.Namespace)
	o.SetName(w.Name)
	switch o := o.(type) {
	case *appsv1.Deployment:
		o.Spec.Selector = selector
	case *appsv1.StatefulSet:
		o.Spec.Selector = selector
		// In order, a pod that never becomes ready would keep its own successor from coming.
		o.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
	case *appsv1.DaemonSet:
		o.Spec.Selector = selector
	}
	shape(o, w, step)
	return o
}

// shape makes an object what a step wants.
func shape(o client.Object, w Workload, step Step) {
	annotations := maps.Clone(o.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotationStep] = strconv.Itoa(step.Number)
	if w.KeysOutside {
		annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(step.Want.Keys, ",")
	}
	o.SetAnnotations(annotations)
	template, replicas := templateOf(w, step.Want), step.Want.Replicas
	switch o := o.(type) {
	case *appsv1.Deployment:
		deadline := longDeadline
		if step.Want.Fate == Fails {
			deadline = shortDeadline
		}
		o.Spec.Template, o.Spec.Replicas, o.Spec.ProgressDeadlineSeconds = template, &replicas, &deadline
	case *appsv1.StatefulSet:
		o.Spec.Template, o.Spec.Replicas = template, &replicas
	case *appsv1.DaemonSet:
		o.Spec.Template = template
	}
}

// templateOf is the same for every revision of a release, but for its restarts.
func templateOf(w Workload, m *Manifest) corev1.PodTemplateSpec {
	annotations := map[string]string{annotationRelease: m.Release}
	container := corev1.Container{Name: "main", Image: fmt.Sprintf("shop/%s:%s", w.Name, m.Release)}
	if !w.KeysOutside {
		annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(m.Keys, ",")
	}
	switch {
	case m.Stamp.Annotation != "":
		annotations[m.Stamp.Annotation] = strconv.Itoa(m.Restart)
	case m.Stamp.Env != "":
		container.Env = []corev1.EnvVar{{Name: m.Stamp.Env, Value: strconv.Itoa(m.Restart)}}
	}
	switch m.Fate {
	case Slow:
		annotations[cluster.ReadyAfterAnnotation] = "2s"
	case Fails, Stalls:
		annotations[cluster.NeverReadyAnnotation] = "true"
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: podLabels(w), Annotations: annotations},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{container}},
	}
}

func podLabels(w Workload) map[string]string {
	return map[string]string{"app": w.Name, "kind": strings.ToLower(w.Kind)}
}

// stepOf returns the number of the step that made an object what it is; 0 where none did.
func stepOf(o client.Object) int {
	n, _ := strconv.Atoi(o.GetAnnotations()[annotationStep])
	return n
}
