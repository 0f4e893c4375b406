// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

var _ = Describe("A finished rollout", func() {
	var namespace string
	var d *appsv1.Deployment
	var before, told []string

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
		d = makeDeployment(namespace, "web").IssueKeys("SHOP-800").Obj()
		d.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Key: pool, Operator: corev1.TolerationOpExists}}
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-800"})
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		before, told = versions(ctx, namespace), toldStates(namespace)
	})

	// Neither is Jira told anything, nor are the records written to.
	staysSilent := func(ctx context.Context) {
		GinkgoHelper()
		sendMarker(ctx)
		Expect(versions(ctx, namespace)).To(Equal(before))
		Expect(toldStates(namespace)).To(Equal(told))
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-800"}}))
	}

	It("is silent while an autoscaler moves the number of replicas, down to zero and back", func(ctx SpecContext) {
		for _, replicas := range []int32{6, 2, 0, 4} {
			scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
			Expect(kube.SubResource("scale").Update(ctx, d, client.WithSubResourceBody(scale))).To(Succeed())
			awaitAvailable(ctx, d, replicas)
		}
		staysSilent(ctx)
	})

	It("is silent while its node is drained", func(ctx SpecContext) {
		makeNode(ctx, namespace, "refuge")
		cordon(ctx, cluster.NodeName, true)
		DeferCleanup(func(ctx SpecContext) { cordon(ctx, cluster.NodeName, false) }) // also where the test fails
		var pods corev1.PodList
		Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
		for i := range pods.Items {
			Expect(kube.SubResource("eviction").Create(ctx, &pods.Items[i], &policyv1.Eviction{})).To(Succeed())
		}
		Eventually(func(g Gomega) {
			g.Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
			for i := range pods.Items {
				g.Expect(pods.Items[i].Spec.NodeName).To(Equal(namespace + "-refuge"))
			}
		}).Should(Succeed())
		awaitAvailable(ctx, d, 3)
		cordon(ctx, cluster.NodeName, false)
		staysSilent(ctx)
	})

	It("is silent while its pods become unready and ready again", func(ctx SpecContext) {
		var pods corev1.PodList
		Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
		setReady(ctx, &pods.Items[0], corev1.ConditionFalse)
		awaitStatus(ctx, d, func(s appsv1.DeploymentStatus) bool { return s.AvailableReplicas == 2 })
		setReady(ctx, &pods.Items[0], corev1.ConditionTrue)
		awaitAvailable(ctx, d, 3)
		staysSilent(ctx)
	})

	It("is silent while a GitOps tool writes its own labels and annotations, and takes them away", func(ctx SpecContext) {
		for _, synced := range []string{"1", "2"} {
			change(ctx, d, func(d *appsv1.Deployment) {
				d.Labels["argocd.argoproj.io/instance"] = "web-" + synced
				metav1.SetMetaDataAnnotation(&d.ObjectMeta, "argocd.argoproj.io/tracking-id", "web:apps/Deployment:shop/web-"+synced)
			})
		}
		change(ctx, d, func(d *appsv1.Deployment) {
			delete(d.Labels, "argocd.argoproj.io/instance")
			delete(d.Annotations, "argocd.argoproj.io/tracking-id")
		})
		staysSilent(ctx)
	})
})

// versions returns what changes with every write to a namespace's records.
func versions(ctx context.Context, namespace string) []string {
	GinkgoHelper()
	var found []string
	for _, record := range records(ctx, namespace) {
		found = append(found, record.Name+" "+record.ResourceVersion)
	}
	return found
}

func cordon(ctx context.Context, node string, to bool) {
	GinkgoHelper()
	change(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}}, func(n *corev1.Node) { n.Spec.Unschedulable = to })
}

func setReady(ctx context.Context, pod *corev1.Pod, to corev1.ConditionStatus) {
	GinkgoHelper()
	before := pod.DeepCopy()
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == corev1.PodReady || c.Type == corev1.ContainersReady {
			c.Status, c.LastTransitionTime = to, metav1.Now()
		}
	}
	Expect(kube.Status().Patch(ctx, pod, client.MergeFrom(before))).To(Succeed())
}
