// SPDX-License-Identifier: Apache-2.0

package record

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Subject returns what an Event about a record regards: the workload or the run, where a person looks first, and the record
// as the related object. A record that was made by hand has neither: the Event regards the record itself.
func Subject(r v1alpha1.Record) (regarding, related runtime.Object) {
	kind := "JiraDeployment"
	if _, isBuild := r.(*v1alpha1.JiraBuild); isBuild {
		kind = "JiraBuild"
	}
	record := reference(v1alpha1.GroupVersion.String(), kind, metav1.ObjectMeta{Namespace: r.GetNamespace(), Name: r.GetName(), UID: r.GetUID()})
	of := r.GetReference()
	if of == nil {
		return record, nil
	}
	return reference(of.APIVersion, of.Kind, metav1.ObjectMeta{Namespace: r.GetNamespace(), Name: of.Name, UID: of.UID}), record
}

// reference refers to an object. What a cache returns has no kind of its own.
func reference(apiVersion, kind string, meta metav1.ObjectMeta) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID},
	}
}
