// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// trim keeps of a workload what anybody may read who reports its rollouts. Namespaces are the same in all recordings,
// and of the template's spec its images are left.
func trim(o client.Object) map[string]any {
	o = o.DeepCopyObject().(client.Object)
	kind := ""
	switch o := o.(type) {
	case *appsv1.Deployment:
		kind = kindDeployment
		trimTemplate(&o.Spec.Template)
		o.Spec.Selector = nil
		for i := range o.Status.Conditions {
			o.Status.Conditions[i].Message = ""
		}
	case *appsv1.StatefulSet:
		kind = kindStatefulSet
		trimTemplate(&o.Spec.Template)
		o.Spec.Selector, o.Spec.PersistentVolumeClaimRetentionPolicy = nil, nil
	case *appsv1.DaemonSet:
		kind = kindDaemonSet
		trimTemplate(&o.Spec.Template)
		o.Spec.Selector = nil
	}
	trimMeta(o)
	return content(o, kind)
}

func trimMeta(o client.Object) {
	o.SetNamespace("shop-prod")
	o.SetResourceVersion("")
	var fields []metav1.ManagedFieldsEntry
	for _, entry := range o.GetManagedFields() {
		if entry.Manager != "kube-controller-manager" || entry.Time == nil || entry.FieldsV1 == nil {
			continue
		}
		about := `{}`
		if strings.Contains(string(entry.FieldsV1.GetRawString()), `"f:revision":`) {
			about = `{"f:revision":{}}`
		}
		fields = append(fields, metav1.ManagedFieldsEntry{
			Manager: entry.Manager, Operation: entry.Operation, Subresource: entry.Subresource, Time: entry.Time, FieldsV1: metav1.NewFieldsV1(about),
		})
	}
	if _, ok := o.(*appsv1.Deployment); ok {
		fields = nil // its conditions have their own times
	}
	o.SetManagedFields(fields)
}

func trimTemplate(t *corev1.PodTemplateSpec) {
	for i := range t.Spec.Containers {
		t.Spec.Containers[i] = corev1.Container{Name: t.Spec.Containers[i].Name, Image: t.Spec.Containers[i].Image}
	}
	t.Spec = corev1.PodSpec{Containers: t.Spec.Containers}
}

func trimRevision(r *appsv1.ControllerRevision) map[string]any {
	r = r.DeepCopy()
	var data struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if json.Unmarshal(r.Data.Raw, &data) == nil {
		trimTemplate(&data.Spec.Template)
		r.Data.Raw, _ = json.Marshal(data)
	}
	r.Labels, r.Annotations, r.UID = nil, nil, types.UID("")
	trimMeta(r)
	return content(r, "ControllerRevision")
}

// content is the object as a recording has it.
func content(o client.Object, kind string) map[string]any {
	text, _ := json.Marshal(o) // objects of the API can be encoded
	var decoded map[string]any
	_ = json.Unmarshal(text, &decoded)
	decoded["kind"], decoded["apiVersion"] = kind, "apps/v1"
	return decoded
}
