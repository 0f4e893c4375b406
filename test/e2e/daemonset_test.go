// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("A rollout of a DaemonSet", func() {
	// Each has two nodes of its own, which carry no other pods.
	var namespace string

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
		makeNode(ctx, namespace, "a")
		makeNode(ctx, namespace, "b")
	})

	It("appears on its issues, and so does the next", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").IssueKeys("SHOP-400").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-400"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/DaemonSet/agent"))

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-401").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-400"}, shown{2, "successful", "production", "SHOP-401"})
	})

	It("fails where it makes no progress for as long as the site allows, stays so when the manager starts anew, and recovers", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		create(ctx, makeDaemonSet(namespace, "agent").Site("impatient").IssueKeys("SHOP-410").NeverReady().Obj())
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-410"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("It made no progress for 2s."))

		before := bulkRequests(namespace)
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(before))

		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-410"})
	})

	It("that is rolled back becomes rolled_back, and the earlier release is there again with its own keys", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		d := makeDaemonSet(namespace, "agent").Site("impatient").IssueKeys("SHOP-420").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-420"})
		first := d.Spec.Template.DeepCopy()

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-421").NeverReady().Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-420"}, shown{2, "failed", "production", "SHOP-421"})

		change(ctx, d, func(d *appsv1.DaemonSet) { d.Spec.Template = *first })
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-420"},
			shown{2, "rolled_back", "production", "SHOP-421"},
			shown{3, "successful", "production", "SHOP-420"})
		Expect(stored(jiraNow, namespace)[2].Description).To(ContainSubstring("a rollback to revision 1"))
	})

	It("that is superseded, or whose workload is deleted, before it finished is cancelled", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").IssueKeys("SHOP-430").NeverReady().Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-430"})

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-431").NeverReady().Release)
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-430"}, shown{2, "in_progress", "production", "SHOP-431"})

		Expect(kube.Delete(ctx, d)).To(Succeed())
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-430"}, shown{2, "cancelled", "production", "SHOP-431"})
	})

	It("is silent where it is no deployment: a node that joins, restart, pods that are replaced, labels that change", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").IssueKeys("SHOP-440").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-440"})
		before := bulkRequests(namespace)

		makeNode(ctx, namespace, "c")
		awaitScheduled(ctx, d, 3)
		Expect(kube.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace))).To(Succeed())
		awaitScheduled(ctx, d, 3)
		change(ctx, d, func(d *appsv1.DaemonSet) { d.Labels["team"] = "checkout" })
		change(ctx, d, func(d *appsv1.DaemonSet) {
			d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-02T03:04:05Z"
		})
		awaitScheduled(ctx, d, 3)
		Expect(revisionsOf(ctx, namespace)).To(Equal([]int64{1, 2}))

		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-440"}}))
		Expect(bulkRequests(namespace)).To(Equal(before))
	})

	It("on delete is pending until a person has deleted the last old pod", func(ctx SpecContext) {
		d := makeDaemonSet(namespace, "agent").IssueKeys("SHOP-450").OnDelete().Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-450"})

		change(ctx, d, makeDaemonSet(namespace, "agent").IssueKeys("SHOP-451").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-450"}, shown{2, "pending", "production", "SHOP-451"})

		var pods corev1.PodList
		Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
		Expect(kube.Delete(ctx, &pods.Items[0])).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
			g.Expect(d.Status.UpdatedNumberScheduled).To(BeEquivalentTo(1))
			g.Expect(d.Status.NumberAvailable).To(BeEquivalentTo(2))
		}).Should(Succeed())
		sendMarker(ctx)
		Expect(inJira(namespace)[1].state).To(Equal("pending"))

		Expect(kube.Delete(ctx, &pods.Items[1])).To(Succeed())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-450"}, shown{2, "successful", "production", "SHOP-451"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})
})

// pool is the label, and the taint, of the nodes of one namespace.
const pool = "test.rollcall.dev/pool"

// makeNode adds a node that KWOK plays, for the DaemonSets of a namespace alone.
func makeNode(ctx context.Context, namespace, name string) {
	GinkgoHelper()
	room := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("1k"),
		corev1.ResourceMemory: resource.MustParse("1Ti"),
		corev1.ResourcePods:   resource.MustParse("1k"),
	}
	create(ctx, &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: namespace + "-" + name, Labels: map[string]string{pool: namespace}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: pool, Value: namespace, Effect: corev1.TaintEffectNoSchedule}}},
		Status:     corev1.NodeStatus{Allocatable: room, Capacity: room},
	})
}

// awaitScheduled waits until a DaemonSet has as many pods, all of its current template and available.
func awaitScheduled(ctx context.Context, d *appsv1.DaemonSet, nodes int32) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Status.ObservedGeneration).To(Equal(d.Generation))
		g.Expect(d.Status.DesiredNumberScheduled).To(Equal(nodes))
		g.Expect(d.Status.UpdatedNumberScheduled).To(Equal(nodes))
		g.Expect(d.Status.NumberAvailable).To(Equal(nodes))
	}).Should(Succeed())
}
