// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// canaryBuilder builds a Canary as Flagger leaves it.
type canaryBuilder struct{ o *unstructured.Unstructured }

// makeCanary returns a Canary that initialized its target at minute 2.
func makeCanary(kind, target string) canaryBuilder {
	o := NewCanary()
	o.SetNamespace("shop")
	o.SetName("of-" + target)
	o.Object["spec"] = map[string]any{
		"targetRef": map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": target},
		"analysis":  map[string]any{"interval": "1m"},
	}
	return canaryBuilder{o}.Phase(canaryInitialized, corev1.ConditionTrue, 2).Specs("11", "11")
}

// Phase sets the phase, and the condition that comes with it, by the minute.
func (b canaryBuilder) Phase(phase string, promoted corev1.ConditionStatus, minute int) canaryBuilder {
	when := at(minute).Format(time.RFC3339)
	return b.set(phase, "status", "phase").set([]any{map[string]any{
		"type": conditionPromoted, "status": string(promoted), "reason": phase, "message": "Canary " + phase + ".",
		"lastUpdateTime": when, "lastTransitionTime": when,
	}}, "status", "conditions")
}

func (b canaryBuilder) WithoutConditions() canaryBuilder {
	unstructured.RemoveNestedField(b.o.Object, "status", "conditions")
	return b
}

// Specs sets Flagger's hashes of the template that it saw last, and of the one that it promoted last.
func (b canaryBuilder) Specs(applied, promoted string) canaryBuilder {
	return b.set(applied, "status", "lastAppliedSpec").set(promoted, "status", "lastPromotedSpec")
}

func (b canaryBuilder) Target(apiVersion, kind, name string) canaryBuilder {
	return b.set(apiVersion, "spec", "targetRef", "apiVersion").set(kind, "spec", "targetRef", "kind").set(name, "spec", "targetRef", "name")
}

func (b canaryBuilder) set(value any, path ...string) canaryBuilder {
	if err := unstructured.SetNestedField(b.o.Object, value, path...); err != nil {
		panic(err)
	}
	return b
}

func (b canaryBuilder) Obj() *unstructured.Unstructured { return b.o.DeepCopy() }

// TemplateWritten says that a manager wrote the template at a minute.
func (b *deploymentBuilder) TemplateWritten(manager string, minute int) *deploymentBuilder {
	fields := `{"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{}}}}}`
	if manager == managerFlagger {
		fields = `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{"f:flagger-id":{}}}}}}`
	}
	b.d.ManagedFields = append(b.d.ManagedFields, wrote(manager, "", minute, fields))
	return b
}

// OwnedBy makes it the primary of a Canary.
func (b *deploymentBuilder) OwnedBy(canary string) *deploymentBuilder {
	controller := true
	b.d.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "flagger.app/v1beta1", Kind: "Canary", Name: canary, UID: "uid-of-a-canary", Controller: &controller,
	}}
	return b
}
