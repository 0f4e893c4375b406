// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// A StatefulSet and a DaemonSet keep their history in ControllerRevisions:
//
//	StatefulSet web               ControllerRevision web-7c9   revision 1   template A
//	  template B          owns    ControllerRevision web-5d4   revision 2   template B   <- the newest
//
// Whenever its controller sees a template that is not the newest one's, it makes a ControllerRevision with the
// next number, or, where an old one holds just that template, raises the number of the old one. So the newest is
// the workload's current revision, or a cache lags: then the newest is not of the workload's template, and there
// is nothing to say until it is.
//
// The cache that lags may be the controller's own. Where it does not know its last ControllerRevision yet, it gives
// the next one the same number: of the newest the workload's is then the current one.

// currentOf returns the workload's ControllerRevision where its number is the highest of those that the workload
// owns; nil where another one's is higher, or there is none. isCurrent tells which one the workload is at.
func currentOf(owner types.UID, history []appsv1.ControllerRevision, isCurrent func(*appsv1.ControllerRevision) bool) *appsv1.ControllerRevision {
	highest := int64(1)
	for i := range history {
		if r := &history[i]; r.Revision > highest && RevisionOwner(r) == owner {
			highest = r.Revision
		}
	}
	var found *appsv1.ControllerRevision
	for i := range history {
		r := &history[i]
		// Two with one hash are restarts of each other; which of them is told of must not depend on the order.
		if r.Revision == highest && RevisionOwner(r) == owner && isCurrent(r) && (found == nil || r.Name < found.Name) {
			found = r
		}
	}
	return found
}

// RevisionOwner returns the UID of the workload that a ControllerRevision belongs to; empty where there is none.
func RevisionOwner(r *appsv1.ControllerRevision) types.UID {
	if controller := metav1.GetControllerOfNoCopy(r); controller != nil {
		return controller.UID
	}
	return ""
}

// isController is what every owner reference that Trim leaves points to.
var isController = true

// trimRevision keeps of a ControllerRevision whose it is, its number and since when it has that number, and in the
// place of its data the exact hash of the template that they hold.
func trimRevision(r *appsv1.ControllerRevision) {
	if trimmedRevision(r) {
		return
	}
	hash, numbered := heldHash(r), numberedAt(r)
	r.Data = runtime.RawExtension{Raw: []byte(`"` + hash + `"`)}
	r.ObjectMeta = metav1.ObjectMeta{
		Namespace:       r.Namespace,
		Name:            r.Name,
		ResourceVersion: r.ResourceVersion,
		OwnerReferences: controllerOnly(r),
		ManagedFields:   timeOnly(numbered),
	}
}

// trimmedRevision says whether a ControllerRevision was trimmed: the API server's hold an object.
func trimmedRevision(r *appsv1.ControllerRevision) bool {
	return bytes.HasPrefix(r.Data.Raw, []byte(`"`))
}

func controllerOnly(r *appsv1.ControllerRevision) []metav1.OwnerReference {
	owner := metav1.GetControllerOfNoCopy(r)
	if owner == nil || !isReference(*owner) {
		return nil
	}
	return []metav1.OwnerReference{{
		APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID, Controller: &isController,
	}}
}

// heldHash returns the exact hash of the template that a DaemonSet's ControllerRevision holds; empty for any other. A
// StatefulSet names its current one, and those of other owners may hold anything.
func heldHash(r *appsv1.ControllerRevision) string {
	if trimmedRevision(r) {
		return string(bytes.Trim(r.Data.Raw, `"`))
	}
	owner := metav1.GetControllerOfNoCopy(r)
	if owner == nil || owner.Kind != kindDaemonSet || owner.APIVersion != appsv1.SchemeGroupVersion.String() {
		return ""
	}
	var patch struct {
		Spec struct {
			Template *corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(r.Data.Raw, &patch); err != nil || patch.Spec.Template == nil {
		return ""
	}
	return ExactHash(*patch.Spec.Template)
}

// numberedAt returns when a ControllerRevision got its number. An old one that is raised keeps its creation time,
// but the API server notes when its number was written. Zero where it does not.
func numberedAt(r *appsv1.ControllerRevision) time.Time {
	return writtenAt(r.ManagedFields, func(entry metav1.ManagedFieldsEntry) bool {
		return strings.Contains(entry.FieldsV1.GetRawString(), `"f:revision":`)
	})
}

// statusWrittenAt returns when a workload's status last changed; zero where the API server does not tell.
func statusWrittenAt(meta *metav1.ObjectMeta) time.Time {
	return writtenAt(meta.ManagedFields, func(entry metav1.ManagedFieldsEntry) bool { return entry.Subresource == "status" })
}

// writtenAt returns the latest time of the managed fields that are about something. What Trim left of them is.
func writtenAt(fields []metav1.ManagedFieldsEntry, about func(metav1.ManagedFieldsEntry) bool) time.Time {
	var latest time.Time
	for _, entry := range fields {
		if entry.Time == nil || !entry.Time.After(latest) {
			continue
		}
		if entry.FieldsV1 == nil || about(entry) {
			latest = entry.Time.Time
		}
	}
	return latest
}

// timeOnly returns what Trim leaves of managed fields: a time.
func timeOnly(when time.Time) []metav1.ManagedFieldsEntry {
	if when.IsZero() {
		return nil
	}
	return []metav1.ManagedFieldsEntry{{Time: &metav1.Time{Time: when}}}
}
