// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// revisionBuilder builds a ControllerRevision as kube-controller-manager leaves it.
type revisionBuilder struct {
	r appsv1.ControllerRevision
}

// makeRevision returns the ControllerRevision of a workload that got its number when it was created, so many
// minutes after the workloads of the tests. Its name ends in that number.
func makeRevision(kind, owner string, number int64, template corev1.PodTemplateSpec, minutes int) *revisionBuilder {
	controller := true
	b := &revisionBuilder{r: appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: fmt.Sprintf("%s-%d", owner, number), UID: "uid-of-a-revision", ResourceVersion: "7",
			CreationTimestamp: metav1.NewTime(at(minutes)),
			Labels:            map[string]string{"app": owner},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "apps/v1", Kind: kind, Name: owner, UID: types.UID("uid-of-" + owner), Controller: &controller, BlockOwnerDeletion: &controller,
			}},
		},
		Data:     runtime.RawExtension{Raw: patchTo(template)},
		Revision: number,
	}}
	return b.written(minutes)
}

// patchTo returns the patch that a history keeps: it replaces a workload's template.
func patchTo(template corev1.PodTemplateSpec) []byte {
	data, _ := json.Marshal(template)
	var fields map[string]any
	_ = json.Unmarshal(data, &fields)
	fields["$patch"] = "replace"
	patch, _ := json.Marshal(map[string]any{"spec": map[string]any{"template": fields}})
	return patch
}

// Raised gives a ControllerRevision another number, as a rollback does.
func (b *revisionBuilder) Raised(number int64, minutes int) *revisionBuilder {
	b.r.Revision = number
	return b.written(minutes)
}

func (b *revisionBuilder) written(minutes int) *revisionBuilder {
	b.r.ManagedFields = []metav1.ManagedFieldsEntry{
		wrote("kube-controller-manager", "", minutes, `{"f:data":{},"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:revision":{}}`),
		wrote("somebody", "", minutes+40, `{"f:metadata":{"f:annotations":{"f:note":{}}}}`),
	}
	return b
}

// wrote returns the managed fields of who wrote an object or a part of it.
func wrote(manager, subresource string, minutes int, fields string) metav1.ManagedFieldsEntry {
	when := metav1.NewTime(at(minutes))
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1", Time: &when,
		FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields), Subresource: subresource,
	}
}

// managedFields are those of a workload whose status was last written so many minutes after it was created.
func managedFields(minutes int) []metav1.ManagedFieldsEntry {
	return []metav1.ManagedFieldsEntry{
		wrote("kubectl", "", minutes+50, `{"f:spec":{}}`),
		wrote("kube-controller-manager", "status", minutes, `{"f:status":{}}`),
	}
}

// realSize adds to a template what templates carry in real clusters, and nobody here reads.
func realSize(template *corev1.PodTemplateSpec) {
	template.Spec.ServiceAccountName = "db"
	template.Spec.Volumes = []corev1.Volume{{Name: "data"}}
	for i := range template.Spec.Containers {
		c := &template.Spec.Containers[i]
		c.Name = "main"
		c.Env = []corev1.EnvVar{{Name: "PASSWORD", Value: "hunter2"}}
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1024Mi")}
	}
}

// template returns a pod template of one image.
func template(image string) corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels: map[string]string{"app": "db"}, Annotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-2"},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Image: image}}},
	}
	realSize(&t)
	return t
}

// restarted returns a template as `kubectl rollout restart` changes it.
func restarted(t corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	after := *t.DeepCopy()
	after.Annotations[annotationRestartedAt] = "2026-03-01T09:00:00Z"
	return after
}

// trimmedHistory returns a history as a cache keeps it.
func trimmedHistory(t *testing.T, history []appsv1.ControllerRevision) []appsv1.ControllerRevision {
	t.Helper()
	kept := make([]appsv1.ControllerRevision, len(history))
	for i := range history {
		kept[i] = *afterTrim(t, history[i].DeepCopy())
	}
	return kept
}

func afterTrim[T any](t *testing.T, object T) T {
	t.Helper()
	got, err := Trim(object)
	if err != nil {
		t.Fatalf("Trim() error = %v", err)
	}
	return got.(T)
}

func objects(history []*revisionBuilder) []appsv1.ControllerRevision {
	var list []appsv1.ControllerRevision
	for _, b := range history {
		list = append(list, *b.r.DeepCopy())
	}
	return list
}

// glance is what a person observations at first in a rollout.
type glance struct {
	Revision int64
	State    State
	Since    time.Time
	Left     Remaining
}

func glanceAt(r Rollout) glance {
	return glance{r.Revision, r.State, r.Since.UTC(), left(r.Remaining.Desired, r.Remaining.Outdated, r.Remaining.Unready)}
}

// left returns what a rollout has yet to do.
func left(desired, outdated, unready int32) Remaining {
	return Remaining{Desired: desired, Outdated: outdated, Unready: unready}
}
