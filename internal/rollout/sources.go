// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// SourcesOf returns the texts of a workload, trimmed or not, whether there is a rollout to tell of or not. An Argo Rollout that
// takes its template from a Deployment has those of its own alone.
func SourcesOf(workload metav1.Object) Sources {
	switch o := workload.(type) {
	case *appsv1.Deployment:
		return sourcesOf(&o.ObjectMeta, &o.Spec.Template)
	case *appsv1.StatefulSet:
		return sourcesOf(&o.ObjectMeta, &o.Spec.Template)
	case *appsv1.DaemonSet:
		return sourcesOf(&o.ObjectMeta, &o.Spec.Template)
	case *unstructured.Unstructured:
		var argo argoRollout
		if err := readUnstructured(o, &argo); err == nil {
			return sourcesOf(&argo.ObjectMeta, &argo.Spec.Template)
		}
	}
	return Sources{Annotations: workload.GetAnnotations(), Labels: workload.GetLabels()}
}
