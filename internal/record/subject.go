package record

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Subject returns what an Event about a record regards: the workload, where a person looks first, and the record as
// the related object. A record that was made by hand has no workload: the Event regards the record itself.
func Subject(d *v1alpha1.JiraDeployment) (regarding, related runtime.Object) {
	record := reference(v1alpha1.GroupVersion.String(), "JiraDeployment", d.ObjectMeta)
	workload := d.Spec.Workload
	if workload == nil {
		return record, nil
	}
	return reference(workload.APIVersion, workload.Kind, metav1.ObjectMeta{
		Namespace: d.Namespace, Name: workload.Name, UID: workload.UID,
	}), record
}

// reference refers to an object. What a cache returns has no kind of its own.
func reference(apiVersion, kind string, meta metav1.ObjectMeta) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID},
	}
}
