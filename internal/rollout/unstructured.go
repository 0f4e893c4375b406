package rollout

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

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

// trimUnstructured trims what has no Go type, and leaves what it does not know.
func (i Ignored) trimUnstructured(o *unstructured.Unstructured) {
	switch o.GroupVersionKind() {
	case ArgoRollout:
		i.trimArgoRollout(o)
	case Canary:
		trimCanary(o)
	}
}
