// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// at returns a time, so many minutes after the Deployments of the tests were created.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 1, 9, minutes, 0, 0, time.UTC)
}

// deploymentBuilder builds a Deployment as the deployment controller leaves it.
type deploymentBuilder struct {
	d appsv1.Deployment
}

// makeDeployment returns a Deployment of one replica, whose controller has seen it and gave it revision 1,
// and whose rollout finished a minute after it was created.
func makeDeployment(name string) *deploymentBuilder {
	b := &deploymentBuilder{d: appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Generation: 1,
			CreationTimestamp: metav1.NewTime(at(0)),
			Annotations:       map[string]string{annotationRevision: "1"},
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1},
	}}
	return b.Image("shop/"+name+":1.0").Replicas(1).Pods(1, 1, 1).
		Progressing(reasonNewAvailable, at(0), at(1), "").Available(at(1))
}

func (b *deploymentBuilder) Image(images ...string) *deploymentBuilder {
	b.d.Spec.Template.Spec.Containers = nil
	for _, image := range images {
		b.d.Spec.Template.Spec.Containers = append(b.d.Spec.Template.Spec.Containers, corev1.Container{Image: image})
	}
	return b
}

func (b *deploymentBuilder) Replicas(n int32) *deploymentBuilder {
	b.d.Spec.Replicas = &n
	return b
}

func (b *deploymentBuilder) ReplicasByDefault() *deploymentBuilder {
	b.d.Spec.Replicas = nil
	return b
}

// Pods sets how many pods there are, how many of them have the current template, and how many of all are
// available.
func (b *deploymentBuilder) Pods(all, updated, available int32) *deploymentBuilder {
	b.d.Status.Replicas, b.d.Status.UpdatedReplicas, b.d.Status.AvailableReplicas = all, updated, available
	return b
}

func (b *deploymentBuilder) Generation(generation, observed int64) *deploymentBuilder {
	b.d.Generation, b.d.Status.ObservedGeneration = generation, observed
	return b
}

func (b *deploymentBuilder) Revision(text string) *deploymentBuilder {
	return b.Annotation(annotationRevision, text)
}

func (b *deploymentBuilder) Paused() *deploymentBuilder {
	b.d.Spec.Paused = true
	return b
}

// NoDeadline lets its rollouts take as long as they take.
func (b *deploymentBuilder) NoDeadline() *deploymentBuilder {
	b.d.Spec.ProgressDeadlineSeconds = new(int32(noDeadline))
	return b.Without(appsv1.DeploymentProgressing)
}

// Progressing sets the Progressing condition: its reason, when its status changed, when it was last updated,
// and its message.
func (b *deploymentBuilder) Progressing(reason string, changed, updated time.Time, message string) *deploymentBuilder {
	return b.condition(appsv1.DeploymentCondition{
		Type: appsv1.DeploymentProgressing, Reason: reason, Message: message,
		LastTransitionTime: metav1.NewTime(changed), LastUpdateTime: metav1.NewTime(updated),
	})
}

func (b *deploymentBuilder) Available(since time.Time) *deploymentBuilder {
	return b.condition(appsv1.DeploymentCondition{
		Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable",
		LastTransitionTime: metav1.NewTime(since), LastUpdateTime: metav1.NewTime(since),
	})
}

// Refused says that its controller may not create pods.
func (b *deploymentBuilder) Refused(since time.Time) *deploymentBuilder {
	return b.condition(appsv1.DeploymentCondition{
		Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate",
		LastTransitionTime: metav1.NewTime(since), LastUpdateTime: metav1.NewTime(since),
	})
}

func (b *deploymentBuilder) condition(condition appsv1.DeploymentCondition) *deploymentBuilder {
	b.Without(condition.Type)
	b.d.Status.Conditions = append(b.d.Status.Conditions, condition)
	return b
}

// Without removes a condition.
func (b *deploymentBuilder) Without(conditionType appsv1.DeploymentConditionType) *deploymentBuilder {
	var kept []appsv1.DeploymentCondition
	for _, c := range b.d.Status.Conditions {
		if c.Type != conditionType {
			kept = append(kept, c)
		}
	}
	b.d.Status.Conditions = kept
	return b
}

func (b *deploymentBuilder) Annotation(name, value string) *deploymentBuilder {
	b.d.Annotations[name] = value
	return b
}

func (b *deploymentBuilder) Label(name, value string) *deploymentBuilder {
	metav1.SetMetaDataLabel(&b.d.ObjectMeta, name, value)
	return b
}

func (b *deploymentBuilder) TemplateAnnotation(name, value string) *deploymentBuilder {
	metav1.SetMetaDataAnnotation(&b.d.Spec.Template.ObjectMeta, name, value)
	return b
}

func (b *deploymentBuilder) TemplateLabel(name, value string) *deploymentBuilder {
	metav1.SetMetaDataLabel(&b.d.Spec.Template.ObjectMeta, name, value)
	return b
}

// RealSize adds what Deployments carry in real clusters, and nobody here reads.
func (b *deploymentBuilder) RealSize() *deploymentBuilder {
	b.Annotation(annotationLastApplied, `{"kind":"Deployment"}`)
	b.d.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl", Operation: metav1.ManagedFieldsOperationApply}}
	spec := &b.d.Spec.Template.Spec
	spec.ServiceAccountName = "web"
	spec.InitContainers = []corev1.Container{{Name: "migrate", Image: "shop/migrate:1.0"}}
	spec.Volumes = []corev1.Volume{{Name: "data"}}
	for i := range spec.Containers {
		c := &spec.Containers[i]
		c.Name = "main"
		c.Env = []corev1.EnvVar{{Name: "PASSWORD", Value: "hunter2"}}
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}
	}
	return b
}

func (b *deploymentBuilder) Obj() *appsv1.Deployment {
	return b.d.DeepCopy()
}
