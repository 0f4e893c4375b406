// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

var _ = Describe("A backup", func() {
	It("that is restored in another cluster tells Jira nothing of the releases in it", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-600").Obj()
		saved := saveHalfWay(ctx, d, "SHOP-600", "SHOP-601")
		sent := bulkRequests(namespace)
		for i := range saved {
			saved[i].Name += "-restored"
			saved[i].Spec.ClusterUID = "0c5ad1f4-9c5b-4d34-9a58-4b0b0a4a6a52"
			create(ctx, &saved[i])
			awaitForeign(ctx, &saved[i])
		}
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(HavePrefix("Foreign: The record was restored from a backup")))
		Expect(bulkRequests(namespace)).To(Equal(sent))
	})

	It("that is restored with its namespace cancels no release, and the workload goes on with its next", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-602").Obj()
		saved := saveHalfWay(ctx, d, "SHOP-602", "SHOP-603")

		Expect(running.Stop()).To(Succeed())
		remakeNamespace(ctx, namespace)
		for i := range saved { // before the workload, as they come in a file
			create(ctx, &saved[i])
		}
		runManager()
		for i := range saved {
			awaitForeign(ctx, &saved[i])
		}
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-604").Obj())
		Eventually(func() []shown { return inJira(namespace) }).Should(Equal([]shown{
			{1, "successful", "production", "SHOP-602"}, {2, "successful", "production", "SHOP-603"}, {1, "successful", "production", "SHOP-604"},
		}))
		Expect(toldStates(namespace)).NotTo(ContainElement("cancelled"))
	})

	It("that is restored beside a workload that was made anew tells Jira nothing of the former one", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-605").Obj()
		saved := saveHalfWay(ctx, d, "SHOP-605", "SHOP-606")

		Expect(kube.Delete(ctx, d)).To(Succeed())
		Expect(kube.DeleteAllOf(ctx, &v1alpha1.JiraDeployment{}, client.InNamespace(namespace))).To(Succeed())
		nextSecond()
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-607").Obj())
		want := []shown{{1, "successful", "production", "SHOP-605"}, {2, "successful", "production", "SHOP-606"}, {1, "successful", "production", "SHOP-607"}}
		awaitJira(namespace, want...)
		nextSecond()
		for i := range saved {
			create(ctx, &saved[i])
			awaitForeign(ctx, &saved[i])
		}
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal(want))
	})
})

var _ = Describe("A first installation", func() {
	It("moves no issues for what was rolled out before, and moves them for the next release", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Site("newcomer").IssueKeys("SHOP-610").Obj()
		create(ctx, d)
		awaitAvailable(ctx, d, 3)
		nextSecond()
		mendSecret(ctx, "newcomer-jira", clientID, canary)
		create(ctx, makeSite("newcomer"))
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-610"})
		Expect(records(ctx, namespace)[0].Spec.OperationType).To(Equal(v1alpha1.OperationBackfill))
		Expect(moved(namespace)).To(BeEmpty())

		nextRelease(ctx, d, "SHOP-611")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-610"}, shown{2, "successful", "production", "SHOP-611"})
		Expect(moved(namespace)).To(ContainElement("SHOP-611 successful"))
		Expect(moved(namespace)).NotTo(ContainElement(HavePrefix("SHOP-610")))
	})

	It("tells Jira nothing of what was rolled out before, where the site ignores it", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Site("ignorant").IssueKeys("SHOP-612").Obj()
		create(ctx, d)
		awaitAvailable(ctx, d, 3)
		nextSecond()
		mendSecret(ctx, "ignorant-jira", clientID, canary)
		create(ctx, makeSite("ignorant", func(s *v1alpha1.JiraSiteSpec) { s.Existing = v1alpha1.ExistingIgnore }))
		awaitDelivered(ctx, namespace, v1alpha1.ReasonExisting)

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "now" })
		awaitAvailable(ctx, d, 3)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(BeEmpty())

		nextRelease(ctx, d, "SHOP-613")
		awaitJira(namespace, shown{3, "successful", "production", "SHOP-613"})
	})

	It("and an environment that is renamed are no fresh successes", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		mendSecret(ctx, "renaming-jira", clientID, canary)
		site := makeSite("renaming")
		create(ctx, site)
		awaitReason(ctx, "renaming", v1alpha1.ReasonReady)
		create(ctx, makeDeployment(namespace, "web").Site("renaming").IssueKeys("SHOP-614").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-614"})
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		before := moved(namespace)

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Environments[0].Name = "Production EU" })
		Eventually(func() string { return stored(jiraNow, namespace)[0].Environment.DisplayName }).Should(Equal("Production EU"))
		Expect(moved(namespace)).To(Equal(before))
	})
})

var _ = Describe("A rollout", func() {
	It("tells Jira how long it took", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-620").NeverReady(600).Obj())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-620"})
		Expect(stored(jiraNow, namespace)[0].Duration).To(BeNil())
		nextSecond()
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-620"})
		Expect(stored(jiraNow, namespace)[0].Duration).To(HaveValue(BeNumerically(">=", 1)))
	})

	It("that a quota leaves no room for says so, and is told once there is room", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-621").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-621"})
		quota, err := cluster.Limit(ctx, kube, namespace, "jiradeployments.rollcall.dev", 1)
		Expect(err).NotTo(HaveOccurred())

		nextRelease(ctx, d, "SHOP-622")
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(And(HavePrefix("RecordRefused"), ContainSubstring("exceeded quota"))))
		Expect(kube.Delete(ctx, quota)).To(Succeed())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-621"}, shown{2, "successful", "production", "SHOP-622"})
	})
})

// nextRelease gives a Deployment the template of its next release.
func nextRelease(ctx context.Context, d *appsv1.Deployment, keys string) {
	GinkgoHelper()
	change(ctx, d, func(d *appsv1.Deployment) {
		d.Spec.Template = makeDeployment(d.Namespace, d.Name).IssueKeys(keys).Image("shop/web:" + keys).Obj().Spec.Template
	})
}

// saveHalfWay creates a Deployment of one pod, rolls out a second release, saves the records while it is under way, as a backup without their statuses, and
// lets it finish.
func saveHalfWay(ctx context.Context, d *appsv1.Deployment, first, second string) []v1alpha1.JiraDeployment {
	GinkgoHelper()
	d.Spec.Replicas = ptr.To[int32](1)
	create(ctx, d)
	awaitJira(d.Namespace, shown{1, "successful", "production", first})
	change(ctx, d, func(d *appsv1.Deployment) {
		d.Spec.Template = makeDeployment(d.Namespace, d.Name).IssueKeys(second).NeverReady(600).Obj().Spec.Template
	})
	awaitJira(d.Namespace, shown{1, "successful", "production", first}, shown{2, "in_progress", "production", second})
	saved := records(ctx, d.Namespace)
	for i := range saved {
		saved[i].ObjectMeta = metav1.ObjectMeta{Namespace: saved[i].Namespace, Name: saved[i].Name, Labels: saved[i].Labels}
		saved[i].Status = v1alpha1.JiraDeploymentStatus{}
	}
	healPods(ctx, d.Namespace)
	awaitJira(d.Namespace, shown{1, "successful", "production", first}, shown{2, "successful", "production", second})
	return saved
}

// awaitForeign waits until a record says that it is none of this place, and nothing else was changed of it.
func awaitForeign(ctx context.Context, d *v1alpha1.JiraDeployment) {
	GinkgoHelper()
	before := d.Spec.DeepCopy()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		delivered := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered)
		g.Expect(delivered).NotTo(BeNil())
		g.Expect(delivered.Reason).To(Equal(v1alpha1.ReasonForeign), delivered.Message)
		g.Expect(d.Annotations).To(HaveKey(v1alpha1.AnnotationWorkloadGoneSince), "it goes with retention")
	}).Should(Succeed())
	Expect(d.Spec).To(Equal(*before))
}

// remakeNamespace deletes a namespace with all that is in it, and makes it anew.
func remakeNamespace(ctx context.Context, name string) {
	GinkgoHelper()
	old := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	Expect(kube.Get(ctx, client.ObjectKeyFromObject(old), old)).To(Succeed())
	uid := old.UID
	Expect(kube.Delete(ctx, old, client.Preconditions{UID: &uid})).To(Succeed())
	Eventually(func() bool { return apierrors.IsNotFound(kube.Get(ctx, types.NamespacedName{Name: name}, old)) }).Should(BeTrue())
	Expect(kube.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
}

// moved returns what Jira was told of a namespace as something that just happened, so that its automations may move issues.
func moved(namespace string) []string {
	var told []string
	for _, request := range jiraNow.Requests() {
		for _, d := range request.Deployments {
			if strings.HasPrefix(d.Pipeline.ID, clusterName+"/"+namespace+"/") && !request.PreventTransitions {
				told = append(told, d.Associations[0].Values[0]+" "+d.State)
			}
		}
	}
	return told
}
