// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
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

// replace leaves of an object what is read of it. Whoever else holds the object's map keeps his.
func replace(o *unstructured.Unstructured, read any) {
	if fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(read); err == nil { // what is read is plain data
		o.Object = fields
	}
}

// readUnstructured reads an object. What is not written as its kind is written is not understood, nor is what Trim left of
// such an object.
func readUnstructured(o *unstructured.Unstructured, into any) error {
	if isRefused(o.GetAnnotations()) {
		return errors.New(NotUnderstood(o))
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into)
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

// boundedConditions returns the conditions of some types, one of each.
func boundedConditions(conditions []argoCondition, types ...string) []argoCondition {
	var kept []argoCondition
	for _, name := range types {
		if c := conditionOf(conditions, name); c.Type != "" {
			c.Status, c.Reason, c.Message = shared(cutText(c.Status, maxName)), shared(cutText(c.Reason, maxName)), cutText(c.Message, maxMessage)
			kept = append(kept, c)
		}
	}
	return kept
}

// trimArgoRollout keeps of a Rollout what FromArgoRollout reads. Of one that is not understood that is who it is, and the
// Deployment that it replaces.
func (i Ignored) trimArgoRollout(o *unstructured.Unstructured) {
	if isTrimmed(o.GetAnnotations()) {
		return
	}
	kind := metav1.TypeMeta{APIVersion: shared(o.GetAPIVersion()), Kind: shared(o.GetKind())}
	var a argoRollout
	if err := readUnstructured(o, &a); err != nil {
		a = argoRollout{ObjectMeta: identityOf(o)}
		refuse(&a.ObjectMeta, "it is not written as a Rollout is: "+err.Error())
	}
	a.TypeMeta = kind
	a.Spec.WorkloadRef = boundedReference(o, "spec", "workloadRef")
	i.trim(&a.ObjectMeta, &a.Spec.Template)
	s := &a.Status
	for _, text := range []*string{&s.ObservedGeneration, &s.WorkloadObservedGeneration, &s.Phase, &s.CurrentPodHash, &s.StableRS} {
		*text = cutText(*text, maxName)
	}
	s.Message = cutText(s.Message, maxMessage)
	s.Conditions = boundedConditions(s.Conditions, argoProgressing, argoHealthy, argoPaused, argoInvalidSpec)
	replace(o, &a)
	unstructured.RemoveNestedField(o.Object, "spec", "template", "spec")
}

// trimCanary keeps of a Canary what is read. Of one that is not understood that is who it is, and its target.
func trimCanary(o *unstructured.Unstructured) {
	if isTrimmed(o.GetAnnotations()) {
		return
	}
	var c canary
	err := readUnstructured(o, &c)
	if c.TypeMeta, c.ObjectMeta = (metav1.TypeMeta{APIVersion: shared(o.GetAPIVersion()), Kind: shared(o.GetKind())}), identityOf(o); err != nil {
		c.Status = canaryStatus{}
		refuse(&c.ObjectMeta, "it is not written as a Canary is: "+err.Error())
	}
	c.Spec.TargetRef = boundedReference(o, "spec", "targetRef")
	s := &c.Status
	for _, text := range []*string{&s.Phase, &s.LastAppliedSpec, &s.LastPromotedSpec} {
		*text = cutText(*text, maxName)
	}
	s.Conditions = boundedConditions(s.Conditions, conditionPromoted)
	replace(o, &c)
}

// boundedReference returns a reference that an object may hold; nil where there is none, or it names nothing that may exist.
func boundedReference(o *unstructured.Unstructured, path ...string) *workloadRef {
	ref := referenceIn(o, path...)
	if ref == (workloadRef{}) || max(len(ref.APIVersion), len(ref.Kind), len(ref.Name)) > maxName {
		return nil
	}
	return &ref
}
