// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

var _ = Describe("A rollout of a StatefulSet", func() {
	It("appears on its issues, and so does the next", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-300").Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-300"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/StatefulSet/db"))

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-301").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-300"}, shown{2, "successful", "production", "SHOP-301"})
	})

	It("that finished before its site was there is reported with the time at which it did", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").Site("late").IssueKeys("SHOP-305").Obj()
		create(ctx, s)
		awaitUpdated(ctx, s, 3)
		var finished time.Time
		for _, entry := range s.ManagedFields {
			if entry.Subresource == "status" {
				finished = entry.Time.Time
			}
		}
		time.Sleep(2 * time.Second)
		makeImpatientSite(ctx, "late", time.Minute)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-305"})
		Expect(records(ctx, namespace)[0].Spec.LastUpdated.Time).To(BeTemporally("==", finished))
	})

	It("fails where it makes no progress for as long as the site allows, stays so when the manager starts anew, and recovers", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").Site("impatient").IssueKeys("SHOP-310").NeverReady().Obj()
		s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
		create(ctx, s)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-310"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("It made no progress for 2s."))

		before := bulkRequests(namespace)
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(before))

		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-310"})
	})

	It("goes on for longer than the site allows without progress, as long as it makes some", func(ctx SpecContext) {
		makeImpatientSite(ctx, "less-impatient", 4*time.Second)
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeStatefulSet(namespace, "db").Site("less-impatient").IssueKeys("SHOP-311").
			Annotation(cluster.ReadyAfterAnnotation, "1500ms").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-311"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})

	It("that is rolled back becomes rolled_back, and the earlier release is there again with its own keys", func(ctx SpecContext) {
		makeImpatientSite(ctx, "impatient", 2*time.Second)
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").Site("impatient").IssueKeys("SHOP-320").Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-320"})
		first := s.Spec.Template.DeepCopy()

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-321").NeverReady().Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-320"}, shown{2, "failed", "production", "SHOP-321"})

		change(ctx, s, func(s *appsv1.StatefulSet) { s.Spec.Template = *first })
		deleteBrokenPods(ctx, namespace)
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-320"},
			shown{2, "rolled_back", "production", "SHOP-321"},
			shown{3, "successful", "production", "SHOP-320"})
		Expect(stored(jiraNow, namespace)[2].Description).To(ContainSubstring("a rollback to revision 1"))
	})

	It("that is superseded, or whose workload is deleted, before it finished is cancelled", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-330").NeverReady().Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-330"})

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-331").NeverReady().Release)
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-330"}, shown{2, "in_progress", "production", "SHOP-331"})

		Expect(kube.Delete(ctx, s)).To(Succeed())
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-330"}, shown{2, "cancelled", "production", "SHOP-331"})
	})

	It("is silent where it is no deployment: scaling, restart, pods that are replaced, labels that change", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-340").Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-340"})
		before := bulkRequests(namespace)

		change(ctx, s, func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr.To[int32](4) })
		awaitUpdated(ctx, s, 4)
		Expect(kube.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace))).To(Succeed())
		awaitUpdated(ctx, s, 4)
		change(ctx, s, func(s *appsv1.StatefulSet) { s.Labels["team"] = "checkout" })
		change(ctx, s, func(s *appsv1.StatefulSet) {
			s.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-02T03:04:05Z"
		})
		awaitUpdated(ctx, s, 4)
		Expect(revisionsOf(ctx, namespace)).To(Equal([]int64{1, 2}))

		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-340"}}))
		Expect(bulkRequests(namespace)).To(Equal(before))
	})

	It("with a partition is pending while that holds back all pods, and successful once those that it lets through are updated", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-350").Partition(3).Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-350"})

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-351").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-350"}, shown{2, "pending", "production", "SHOP-351"})

		change(ctx, s, func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.RollingUpdate.Partition = ptr.To[int32](2) })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-350"}, shown{2, "successful", "production", "SHOP-351"})
		Expect(kube.Get(ctx, client.ObjectKeyFromObject(s), s)).To(Succeed())
		Expect(s.Status.UpdatedReplicas).To(BeEquivalentTo(1))
	})

	It("on delete is pending until a person has deleted the last old pod", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		s := makeStatefulSet(namespace, "db").IssueKeys("SHOP-360").OnDelete().Obj()
		create(ctx, s)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-360"})

		change(ctx, s, makeStatefulSet(namespace, "db").IssueKeys("SHOP-361").Release)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-360"}, shown{2, "pending", "production", "SHOP-361"})

		Expect(kube.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace))).To(Succeed())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-360"}, shown{2, "successful", "production", "SHOP-361"})
		Expect(toldStates(namespace)).NotTo(ContainElement("failed"))
	})
})

// makeImpatientSite makes a site at which a rollout fails that makes no progress for so long.
func makeImpatientSite(ctx context.Context, name string, deadline time.Duration) {
	GinkgoHelper()
	mendSecret(ctx, name+"-jira", clientID, canary)
	create(ctx, makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.ProgressDeadline = metav1.Duration{Duration: deadline} }))
	awaitReason(ctx, name, v1alpha1.ReasonReady)
}

// deleteBrokenPods does what a person has to do after a StatefulSet was rolled back: its controller waits for ever
// for the pods of the broken release.
func deleteBrokenPods(ctx context.Context, namespace string) {
	GinkgoHelper()
	var pods corev1.PodList
	Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
	for i := range pods.Items {
		if pods.Items[i].Annotations[cluster.NeverReadyAnnotation] != "" {
			Expect(client.IgnoreNotFound(kube.Delete(ctx, &pods.Items[i]))).To(Succeed())
		}
	}
}

// awaitUpdated waits until a StatefulSet has as many pods of its current template, and no other.
func awaitUpdated(ctx context.Context, s *appsv1.StatefulSet, replicas int32) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(s), s)).To(Succeed())
		g.Expect(s.Status.ObservedGeneration).To(Equal(s.Generation))
		g.Expect(s.Status.Replicas).To(Equal(replicas))
		g.Expect(s.Status.UpdatedReplicas).To(Equal(replicas))
		g.Expect(s.Status.ReadyReplicas).To(Equal(replicas))
	}).Should(Succeed())
}

// revisionsOf returns the numbers of the ControllerRevisions in a namespace, in their order.
func revisionsOf(ctx context.Context, namespace string) []int64 {
	GinkgoHelper()
	var list appsv1.ControllerRevisionList
	Expect(kube.List(ctx, &list, client.InNamespace(namespace))).To(Succeed())
	var numbers []int64
	for i := range list.Items {
		numbers = append(numbers, list.Items[i].Revision)
	}
	slices.Sort(numbers)
	return numbers
}
