// SPDX-License-Identifier: Apache-2.0

package build

import (
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kinds are the kinds of runs that have no Go type, and how each is read.
var kinds = map[schema.GroupVersionKind]readFunc{
	TektonPipelineRun:  readPipelineRun,
	ShipwrightBuildRun: readBuildRun,
	ArgoWorkflow:       readWorkflow,
	KpackBuild:         readKpackBuild,
}

// From returns how a run stands, whatever its kind. The second result is false where the object is no run.
func From(object any) (Build, bool) {
	switch o := object.(type) {
	case *batchv1.Job:
		return FromJob(o), true
	case *unstructured.Unstructured:
		kind := o.GroupVersionKind()
		if read, ok := kinds[kind]; ok {
			b, _ := observe(o, kind, read)
			return b, true
		}
	}
	return Build{}, false
}

// Trim is for a cache transform: it keeps of a run what this package reads, in bounds, whatever was in the run. The second
// result is false where the object is no run; then it is returned as it is. It may be called again on what it returned.
func Trim(object any) (any, bool) {
	switch o := object.(type) {
	case *batchv1.Job:
		trimJob(o)
		return o, true
	case *unstructured.Unstructured:
		kind := o.GroupVersionKind()
		read, ok := kinds[kind]
		if ok {
			_, o.Object = observe(o, kind, read) // whoever else holds the object's map keeps his
		}
		return o, ok
	}
	return object, false
}

func newUnstructured(kind schema.GroupVersionKind) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kind)
	return o
}

func newUnstructuredList(kind schema.GroupVersionKind) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	return list
}
