// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"strings"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const (
	// maxMetadata is how much of a record's labels, annotations, finalizers and owners the cache keeps, in bytes. The CRD
	// bounds the rest of a record, and cannot bound these.
	maxMetadata = 32 << 10
	// perText is what the memory keeps for a text of the metadata beside its name and its value, in bytes.
	perText = 128
	// trimmedMetadata marks a record of whose metadata Rollcall's own alone are kept. No API server takes the name.
	trimmedMetadata = "metadata-trimmed//"
	// ownPrefix is that of Rollcall's own annotations and labels.
	ownPrefix = "rollcall.dev/"
)

// Trim is a cache transform: it drops the managed fields of a record, and keeps one copy of what is the same in
// thousands of them. Each was decoded with a copy of its own. Metadata that are too large are dropped, but for Rollcall's
// own: Restore gives them back before such a record is written. What it does not know it returns as it is.
func Trim(object any) (any, error) {
	switch r := object.(type) {
	case *v1alpha1.JiraDeployment:
		trimMeta(&r.TypeMeta, &r.ObjectMeta)
		trimDeployment(&r.Spec)
		trimStatus(&r.Status.RecordStatus)
	case *v1alpha1.JiraBuild:
		trimMeta(&r.TypeMeta, &r.ObjectMeta)
		spec := &r.Spec
		spec.Site, spec.State, spec.ClusterUID, spec.PipelineID = shared(spec.Site), shared(spec.State), shared(spec.ClusterUID), shared(spec.PipelineID)
		trimReference(spec.Run)
		trimSource(spec.Source)
		trimStatus(&r.Status.RecordStatus)
	}
	return object, nil
}

func trimMeta(kind *metav1.TypeMeta, meta *metav1.ObjectMeta) {
	meta.ManagedFields = nil
	trimMetadata(meta)
	kind.Kind, kind.APIVersion, meta.Namespace = shared(kind.Kind), shared(kind.APIVersion), shared(meta.Namespace)
	meta.Labels = sharedTexts(meta.Labels)
}

func trimDeployment(spec *v1alpha1.JiraDeploymentSpec) {
	spec.Site, spec.State, spec.ClusterUID = shared(spec.Site), shared(spec.State), shared(spec.ClusterUID)
	spec.Environment.ID, spec.Environment.Name = shared(spec.Environment.ID), shared(spec.Environment.Name)
	spec.Environment.Type = shared(spec.Environment.Type)
	trimReference(spec.Workload)
	trimSource(spec.Source)
	if spec.Pipeline.URL == spec.URL {
		spec.Pipeline.URL = spec.URL
	}
}

func trimReference(of *v1alpha1.WorkloadReference) {
	if of != nil {
		of.APIVersion, of.Kind, of.Name = shared(of.APIVersion), shared(of.Kind), shared(of.Name)
	}
}

func trimSource(source *v1alpha1.Source) {
	if source != nil {
		source.Image, source.Repository = shared(source.Image), shared(source.Repository)
		source.Revision, source.Base = shared(source.Revision), shared(source.Base)
	}
}

func trimStatus(status *v1alpha1.RecordStatus) {
	for i := range status.Conditions {
		c := &status.Conditions[i]
		c.Type, c.Status, c.Reason, c.Message = shared(c.Type), shared(c.Status), shared(c.Reason), shared(c.Message)
	}
	for i := range status.History {
		d := &status.History[i]
		d.State, d.Issues, d.Reason, d.Message = shared(d.State), shared(d.Issues), shared(d.Reason), shared(d.Message)
	}
}

func orEmpty(texts map[string]string) map[string]string {
	if texts == nil {
		return map[string]string{}
	}
	return texts
}

// trimMetadata drops metadata that are too large.
func trimMetadata(meta *metav1.ObjectMeta) {
	if sizeOf(meta) <= maxMetadata {
		return
	}
	labels, annotations := maps.Clone(meta.Labels), maps.Clone(meta.Annotations)
	maps.DeleteFunc(labels, func(name, _ string) bool {
		return name != v1alpha1.LabelManagedBy && !strings.HasPrefix(name, ownPrefix)
	})
	maps.DeleteFunc(annotations, func(name, _ string) bool { return !strings.HasPrefix(name, ownPrefix) })
	*meta = metav1.ObjectMeta{
		Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion, Generation: meta.Generation,
		CreationTimestamp: meta.CreationTimestamp, DeletionTimestamp: meta.DeletionTimestamp, Labels: labels, Annotations: annotations,
	}
	if sizeOf(meta) > maxMetadata { // somebody else wrote so much under Rollcall's own names
		meta.Labels, meta.Annotations = nil, nil
	}
	meta.Annotations = orEmpty(meta.Annotations)
	meta.Annotations[trimmedMetadata] = ""
}

// Trimmed says whether a record lost some of its metadata on the way into the cache. It must not be written as it is.
func Trimmed(d *v1alpha1.JiraDeployment) bool {
	_, trimmed := d.Annotations[trimmedMetadata]
	return trimmed
}

// Restore returns a record that was made of a trimmed one, with the metadata that the API server has. live is the record as
// it is there.
func Restore(d, live *v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	before, whole := live.DeepCopy(), live.DeepCopy()
	trimMetadata(&before.ObjectMeta)
	whole.ResourceVersion, whole.Spec = d.ResourceVersion, d.Spec
	whole.Labels, whole.Annotations = orEmpty(whole.Labels), orEmpty(whole.Annotations)
	for _, texts := range []struct{ before, after, whole map[string]string }{
		{before.Labels, d.Labels, whole.Labels}, {before.Annotations, d.Annotations, whole.Annotations},
	} {
		for name := range texts.before {
			if _, stays := texts.after[name]; !stays {
				delete(texts.whole, name)
			}
		}
		for name, value := range texts.after {
			if was, is := texts.before[name]; !is || was != value {
				texts.whole[name] = value
			}
		}
	}
	return whole
}

// sizeOf returns what the memory keeps of a record's metadata.
func sizeOf(meta *metav1.ObjectMeta) int {
	size := 0
	add := func(texts ...string) {
		size += perText
		for _, text := range texts {
			size += len(text)
		}
	}
	for _, texts := range []map[string]string{meta.Labels, meta.Annotations} {
		for name, value := range texts {
			add(name, value)
		}
	}
	for _, name := range meta.Finalizers {
		add(name)
	}
	for i := range meta.OwnerReferences {
		o := &meta.OwnerReferences[i]
		add(o.APIVersion, o.Kind, o.Name, string(o.UID))
	}
	return size
}

// sharedTexts returns a map of the one copies of its texts.
func sharedTexts(texts map[string]string) map[string]string {
	if texts == nil {
		return nil
	}
	all := make(map[string]string, len(texts))
	for name, value := range texts {
		all[shared(name)] = shared(value)
	}
	return all
}

// shared returns the one copy of a text.
func shared[T ~string](text T) T {
	return unique.Make(text).Value()
}
