// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var _ = Describe("What is finished in the wild", func() {
	var namespace string

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
	})

	It("is no release that runs nothing: it is pending, and what its first pods make of it", func(ctx SpecContext) {
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-700").Obj()
		d.Spec.Replicas = ptr.To[int32](0)
		create(ctx, d)
		awaitJira(namespace, shown{1, "pending", "production", "SHOP-700"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("It is to run no pod."))

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](2) })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-700"})
		Expect(stored(jiraNow, namespace)[0].Description).NotTo(ContainSubstring("It is to run no pod."))
	})

	It("has failed where the first pods after 0 replicas never become ready, though Kubernetes calls it complete", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		d := makeDeployment(namespace, "web").Site("impatient").IssueKeys("SHOP-701").NeverReady(600).Obj()
		d.Spec.Replicas = ptr.To[int32](0)
		create(ctx, d)
		awaitJira(namespace, shown{1, "pending", "production", "SHOP-701"})
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](2) })
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-701"})
	})

	It("stays so where it is scaled away after its promotion, in silence", func(ctx SpecContext) {
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-702").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-702"})
		before := bulkRequests(namespace)
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) })
		awaitAvailable(ctx, d, 0)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-702"}}))
		Expect(bulkRequests(namespace)).To(Equal(before))
	})

	It("fails by the site's deadline where a Deployment has none", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		create(ctx, makeDeployment(namespace, "web").Site("impatient").IssueKeys("SHOP-703").NeverReady(math.MaxInt32).Obj())
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-703"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("It made no progress for 2s."))
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-703"})
	})

	It("was never told as failed where it recovers within seconds", func(ctx SpecContext) {
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-704").NeverReady(1).Obj()
		create(ctx, d)
		awaitStatus(ctx, d, func(s appsv1.DeploymentStatus) bool {
			for _, c := range s.Conditions {
				if c.Reason == "ProgressDeadlineExceeded" {
					return true
				}
			}
			return false
		})
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-704"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})

	It("is a StatefulSet only when its pods are available, and not while they are ready", func(ctx SpecContext) {
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-705").Obj()
		s.Spec.MinReadySeconds, s.Spec.PodManagementPolicy = 3, appsv1.ParallelPodManagement
		create(ctx, s)
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(s), s)).To(Succeed())
			g.Expect(s.Status.ReadyReplicas).To(Equal(*s.Spec.Replicas))
		}).Should(Succeed())
		Expect(s.Status.AvailableReplicas).To(BeZero())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-705"})
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-705"})
	})

	It("is no StatefulSet that waits for a pod which was broken before: it is pending, and says why", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		s := makeStatefulSet(namespace, "db").Site("impatient").IssueKeys("SHOP-706").Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-706"})
		setPodReady(ctx, namespace, "db-0", corev1.ConditionFalse)
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(s), s)).To(Succeed())
			g.Expect(s.Status.AvailableReplicas).To(BeNumerically("<", *s.Spec.Replicas))
		}).Should(Succeed())
		sendMarker(ctx) // it was seen

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-707").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-706"}, shown{2, "pending", "production", "SHOP-707"})
		Expect(stored(jiraNow, namespace)[1].Description).To(ContainSubstring("It waits for pods that were unavailable before it began"))
		Expect(records(ctx, namespace)[1].Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationUnavailableBefore, "1"))

		before := bulkRequests(namespace)
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(before))

		setPodReady(ctx, namespace, "db-0", corev1.ConditionTrue)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-706"}, shown{2, "successful", "production", "SHOP-707"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})
})

var _ = Describe("What is finished in the wild, on nodes", func() {
	var namespace string

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		for _, name := range []string{"a", "b", "c"} {
			makeNode(ctx, namespace, name)
		}
	})

	It("is no DaemonSet that lost its nodes: what failed stays so, and what is new is pending until a node comes", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "gpu").Site("impatient").IssueKeys("SHOP-710").NeverReady().Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-710"})
		poolOf(ctx, namespace, "")
		awaitScheduled(ctx, d, 0)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "failed", "production", "SHOP-710"}}))

		change(ctx, d, makeDaemonSet(namespace, "gpu").IssueKeys("SHOP-711").Release)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-710"}, shown{2, "pending", "production", "SHOP-711"})
		Expect(stored(jiraNow, namespace)[1].Description).To(ContainSubstring("It is to run no pod."))
		poolOf(ctx, namespace, namespace)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-710"}, shown{2, "successful", "production", "SHOP-711"})
	})

	It("is a DaemonSet that is on all nodes but one that was dead before", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").Site("impatient").IssueKeys("SHOP-720").Obj()
		most := intstr.FromInt32(2)
		d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &most}
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-720"})
		kill(ctx, d, namespace+"-c")

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-721").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-720"}, shown{2, "successful", "production", "SHOP-721"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))

		By("One that is broken itself fails all the same.")
		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-722").NeverReady().Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-720"}, shown{2, "successful", "production", "SHOP-721"},
			shown{3, "failed", "production", "SHOP-722"})
	})

	It("is no DaemonSet whose update the dead node holds: it is pending until the node is back", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").Site("impatient").IssueKeys("SHOP-730").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-730"})
		kill(ctx, d, namespace+"-c")

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-731").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-730"}, shown{2, "pending", "production", "SHOP-731"})
		revive(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-730"}, shown{2, "successful", "production", "SHOP-731"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})
})

// setPodReady says of a pod whether it is ready, as its kubelet does.
func setPodReady(ctx context.Context, namespace, name string, ready corev1.ConditionStatus) {
	GinkgoHelper()
	var pod corev1.Pod
	Expect(kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &pod)).To(Succeed())
	setReady(ctx, &pod, ready)
}

// deadFinalizer keeps a pod that is deleted, as if there were no kubelet to end it.
const deadFinalizer = "test.rollcall.dev/dead-node"

// kill makes the pods of a node those of a dead one: not ready, and whoever deletes them waits. The manager sees that.
func kill(ctx context.Context, d *appsv1.DaemonSet, node string) {
	GinkgoHelper()
	namespace := d.Namespace
	DeferCleanup(func(ctx SpecContext) { revive(ctx, namespace) })
	var pods corev1.PodList
	Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
	for i := range pods.Items {
		if pod := &pods.Items[i]; pod.Spec.NodeName == node {
			change(ctx, pod, func(p *corev1.Pod) { controllerutil.AddFinalizer(p, deadFinalizer) })
			setReady(ctx, pod, corev1.ConditionFalse)
		}
	}
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Status.NumberUnavailable).To(BeEquivalentTo(1))
	}).Should(Succeed())
	sendMarker(ctx)
}

// revive lets the pods go that kill holds.
func revive(ctx context.Context, namespace string) {
	GinkgoHelper()
	var pods corev1.PodList
	Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
	for i := range pods.Items {
		if pod := &pods.Items[i]; controllerutil.RemoveFinalizer(pod, deadFinalizer) {
			Expect(client.IgnoreNotFound(kube.Update(ctx, pod))).To(Succeed())
		}
	}
}

// poolOf labels the nodes of a namespace with a pool.
func poolOf(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	for _, node := range []string{"a", "b", "c"} {
		n := &corev1.Node{}
		n.Name = namespace + "-" + node
		change(ctx, n, func(n *corev1.Node) { n.Labels[pool] = name })
	}
}
