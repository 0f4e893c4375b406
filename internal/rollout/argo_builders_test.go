// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// argoBuilder builds a Rollout as Argo's controller leaves it.
type argoBuilder struct {
	spec, status map[string]any
	// d builds the parts that a Rollout has in common with a Deployment.
	d *deploymentBuilder
}

// makeArgoRollout returns a Rollout of one replica, whose controller has seen it and gave it revision 1, and
// whose rollout finished a minute after it was created.
func makeArgoRollout(name string) *argoBuilder {
	b := &argoBuilder{spec: map[string]any{}, status: map[string]any{}, d: makeDeployment(name)}
	delete(b.d.d.Annotations, annotationRevision)
	b.spec["strategy"] = map[string]any{"canary": map[string]any{"steps": []any{map[string]any{"setWeight": int64(20)}}}}
	return b.Revision("1").Replicas(1).Generation(1, "1").Pods(1, 1).Hashes("5d9", "5d9").Phase("Healthy", "").
		Condition("Progressing", corev1.ConditionTrue, reasonNewAvailable, `ReplicaSet "web-5d9" has successfully progressed.`, at(0), at(1))
}

// Released is in the middle of the rollout of revision 7.
func (b *argoBuilder) Released() *argoBuilder {
	return b.Revision("7").Replicas(3).Pods(1, 1).Hashes("7c4", "5d9").Phase("Progressing", "more replicas need to be updated").
		Condition("Progressing", corev1.ConditionTrue, "ReplicaSetUpdated", `ReplicaSet "web-7c4" is progressing.`, at(4), at(6))
}

func (b *argoBuilder) Revision(text string) *argoBuilder {
	b.d.Annotation(annotationArgoRevision, text)
	return b
}

func (b *argoBuilder) Replicas(n int64) *argoBuilder {
	b.spec["replicas"] = n
	return b
}

func (b *argoBuilder) Generation(generation int64, observed string) *argoBuilder {
	b.d.d.Generation, b.status["observedGeneration"] = generation, observed
	return b
}

// Pods sets how many pods have the current template, and how many of them are available.
func (b *argoBuilder) Pods(updated, available int64) *argoBuilder {
	b.status["updatedReplicas"], b.status["availableReplicas"] = updated, available
	return b
}

// Available sets how many pods are available, whatever their template.
func (b *argoBuilder) Available(n int64) *argoBuilder {
	b.status["availableReplicas"] = n
	return b
}

// NoDeadline lets its rollouts take as long as they take.
func (b *argoBuilder) NoDeadline() *argoBuilder {
	b.spec["progressDeadlineSeconds"] = int64(noDeadline)
	return b
}

// Hashes sets Argo's hashes of the current template, and of the one that has all traffic.
func (b *argoBuilder) Hashes(current, stable string) *argoBuilder {
	b.status["currentPodHash"], b.status["stableRS"] = current, stable
	return b
}

func (b *argoBuilder) Phase(phase, message string) *argoBuilder {
	b.status["phase"], b.status["message"] = phase, message
	return b
}

func (b *argoBuilder) Paused() *argoBuilder {
	b.spec["paused"] = true
	return b.Phase("Paused", "manually paused")
}

func (b *argoBuilder) Abort() *argoBuilder {
	b.status["abort"] = true
	return b
}

// Of takes the template of a Deployment, of which Argo's controller has seen a generation.
func (b *argoBuilder) Of(deployment, observed string) *argoBuilder {
	b.status["workloadObservedGeneration"] = observed
	return b.OfKind("apps/v1", "Deployment", deployment)
}

func (b *argoBuilder) OfKind(apiVersion, kind, name string) *argoBuilder {
	b.spec["workloadRef"] = map[string]any{"apiVersion": apiVersion, "kind": kind, "name": name, "scaleDown": "progressively"}
	return b
}

// Condition sets a condition: when its status changed, and when it was last updated, come last.
func (b *argoBuilder) Condition(conditionType string, status corev1.ConditionStatus, reason, message string, changed, updated time.Time) *argoBuilder {
	b.Without(conditionType)
	conditions, _ := b.status["conditions"].([]any)
	b.status["conditions"] = append(conditions, map[string]any{
		"type": conditionType, "status": string(status), "reason": reason, "message": message,
		"lastTransitionTime": changed.Format(time.RFC3339), "lastUpdateTime": updated.Format(time.RFC3339),
	})
	return b
}

// Without removes a condition.
func (b *argoBuilder) Without(conditionType string) *argoBuilder {
	conditions, _ := b.status["conditions"].([]any)
	var kept []any
	for _, c := range conditions {
		if c.(map[string]any)["type"] != conditionType {
			kept = append(kept, c)
		}
	}
	b.status["conditions"] = kept
	return b
}

// With changes what a Rollout has in common with a Deployment: its metadata and its pod template.
func (b *argoBuilder) With(change func(*deploymentBuilder)) *argoBuilder {
	change(b.d)
	return b
}

func (b *argoBuilder) Obj() *unstructured.Unstructured {
	d, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&b.d.d)
	if err != nil {
		panic(err)
	}
	spec := maps.Clone(b.spec)
	if _, referred := spec["workloadRef"]; !referred {
		spec["template"] = d["spec"].(map[string]any)["template"]
	}
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": d["metadata"], "spec": spec, "status": b.status,
	}}
	o.SetGeneration(b.d.d.Generation)
	return o.DeepCopy()
}
