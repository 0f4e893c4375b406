package record

import (
	"unique"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Trim is a cache transform: it drops the managed fields of a record, and keeps one copy of what is the same in
// thousands of them. Each was decoded with a copy of its own. What it does not know it returns as it is.
func Trim(object any) (any, error) {
	d, ok := object.(*v1alpha1.JiraDeployment)
	if !ok {
		return object, nil
	}
	d.ManagedFields = nil
	d.Kind, d.APIVersion, d.Namespace = shared(d.Kind), shared(d.APIVersion), shared(d.Namespace)
	d.Labels = sharedTexts(d.Labels)
	spec := &d.Spec
	spec.Site, spec.State, spec.ClusterUID = shared(spec.Site), shared(spec.State), shared(spec.ClusterUID)
	spec.Environment.ID, spec.Environment.Name = shared(spec.Environment.ID), shared(spec.Environment.Name)
	spec.Environment.Type = shared(spec.Environment.Type)
	if spec.Workload != nil {
		w := spec.Workload
		w.APIVersion, w.Kind, w.Name = shared(w.APIVersion), shared(w.Kind), shared(w.Name)
	}
	if spec.Pipeline.URL == spec.URL {
		spec.Pipeline.URL = spec.URL
	}
	for i := range d.Status.Conditions {
		c := &d.Status.Conditions[i]
		c.Type, c.Status, c.Reason, c.Message = shared(c.Type), shared(c.Status), shared(c.Reason), shared(c.Message)
	}
	return d, nil
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
