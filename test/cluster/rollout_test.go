// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

const patience = 30 * time.Second

func TestDeploymentRollsOut(t *testing.T) {
	ctx, g, kube := t.Context(), NewWithT(t), makeClient(NewWithT(t), sharedCluster(t).Config())
	deployment := makeDeployment(makeNamespace(ctx, g, kube), nil)
	g.Expect(kube.Create(ctx, deployment)).To(Succeed())

	g.Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(Succeed())
		g.Expect(deployment.Status.AvailableReplicas).To(BeEquivalentTo(3))
		g.Expect(progressing(deployment)).To(Equal("NewReplicaSetAvailable"))
		g.Expect(deployment.Annotations).To(HaveKeyWithValue("deployment.kubernetes.io/revision", "1"))
	}, patience).Should(Succeed())

	for _, pod := range podsOf(ctx, g, kube, deployment) {
		g.Expect(pod.Spec.NodeName).To(Equal(cluster.NodeName))
		g.Expect(pod.Status.ContainerStatuses).To(HaveLen(1))
		g.Expect(pod.Status.ContainerStatuses[0].ImageID).To(MatchRegexp(`^shop\.example:5000/web@sha256:[0-9a-f]{64}$`))
	}
}

func TestDeploymentStallsAndRecovers(t *testing.T) {
	ctx, g, kube := t.Context(), NewWithT(t), makeClient(NewWithT(t), sharedCluster(t).Config())
	deployment := makeDeployment(makeNamespace(ctx, g, kube), map[string]string{cluster.NeverReadyAnnotation: "true"})
	deadline := int32(1)
	deployment.Spec.ProgressDeadlineSeconds = &deadline
	g.Expect(kube.Create(ctx, deployment)).To(Succeed())

	g.Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(Succeed())
		g.Expect(progressing(deployment)).To(Equal("ProgressDeadlineExceeded"))
	}, patience).Should(Succeed())
	g.Expect(deployment.Status.AvailableReplicas).To(BeZero())

	for _, pod := range podsOf(ctx, g, kube, deployment) {
		without := pod.DeepCopy()
		delete(without.Annotations, cluster.NeverReadyAnnotation)
		g.Expect(kube.Patch(ctx, without, client.MergeFrom(&pod))).To(Succeed())
	}
	g.Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(Succeed())
		g.Expect(progressing(deployment)).To(Equal("NewReplicaSetAvailable"))
	}, patience).Should(Succeed())
}

func TestPodIsReadyAfterItsTime(t *testing.T) {
	ctx, g, kube := t.Context(), NewWithT(t), makeClient(NewWithT(t), sharedCluster(t).Config())
	deployment := makeDeployment(makeNamespace(ctx, g, kube), map[string]string{cluster.ReadyAfterAnnotation: "2s"})
	created := time.Now()
	g.Expect(kube.Create(ctx, deployment)).To(Succeed())

	g.Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(Succeed())
		g.Expect(deployment.Status.AvailableReplicas).To(BeEquivalentTo(3))
	}, patience).Should(Succeed())
	g.Expect(time.Since(created)).To(BeNumerically(">", 2*time.Second))
}

// makeDeployment returns a Deployment of three replicas whose pods have the given annotations.
func makeDeployment(namespace string, annotations map[string]string) *appsv1.Deployment {
	replicas, labels := int32(3), map[string]string{"app": "web"}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: annotations},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop.example:5000/web:1.2.3"}}},
			},
		},
	}
}

// progressing is the reason of a Deployment's condition of that name.
func progressing(deployment *appsv1.Deployment) string {
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == appsv1.DeploymentProgressing {
			return condition.Reason
		}
	}
	return ""
}

func podsOf(ctx context.Context, g Gomega, kube client.Client, deployment *appsv1.Deployment) []corev1.Pod {
	pods := &corev1.PodList{}
	g.Expect(kube.List(ctx, pods, client.InNamespace(deployment.Namespace))).To(Succeed())
	g.Expect(pods.Items).To(HaveLen(int(*deployment.Spec.Replicas)))
	return pods.Items
}
