// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("What Jira took and lost", func() {
	It("is found by reading it back, of one namespace and not of another, and a resync mends it", func(ctx SpecContext) {
		const name = "readback"
		shop, pay := makeNamespace(ctx, "readback-shop-prod"), makeNamespace(ctx, "readback-pay-prod")
		create(ctx, makeDeployment(shop, "web").Site(name).IssueKeys("SHOP-120").Obj())
		jiraNow.AddCredential(name, canary, jiratest.Deployments)
		mendSecret(ctx, name+"-jira", name, canary)
		site := makeSite(name)
		create(ctx, site)
		awaitJira(shop, shown{1, "successful", "production", "SHOP-120"})
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(site), site)).To(Succeed())
			g.Expect(site.Status.LastAccepted.IsZero()).To(BeFalse())
			g.Expect(site.Status.LastProbeTime.IsZero()).To(BeFalse())
			g.Expect(site.Status.Pending).To(HaveValue(BeNumerically(">=", 0)))
		}).Should(Succeed())

		for _, d := range stored(jiraNow, shop) {
			jiraNow.Lose(d.Key(), 0)
		}
		age(ctx, shop)
		readUntil(ctx, site, func(g Gomega) {
			g.Expect(site.Status.ReadBack.Result).To(Equal(v1alpha1.ReadBackMissing))
			g.Expect(site.Status.ReadBack.Record.Namespace).To(Equal(shop))
			differs := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReadBackDiffers)
			g.Expect(differs).NotTo(BeNil())
			g.Expect(differs.Message).To(ContainSubstring("kubectl annotate --overwrite jirasite readback rollcall.dev/resync="))
		})
		Expect(storedReason(ctx, shop)).To(Equal(v1alpha1.ReasonMissing))
		Expect(readyOf(ctx, name).Status).To(Equal(metav1.ConditionTrue))
		Expect(scrape(ctx)).To(MatchRegexp(`rollcall_readbacks_total{result="missing",site="readback"} [1-9]`))
		Eventually(func(g Gomega) {
			var events corev1.EventList
			g.Expect(kube.List(ctx, &events, client.InNamespace(shop))).To(Succeed())
			g.Expect(events.Items).To(ContainElement(And(HaveField("Reason", v1alpha1.EventReadBackDiffers), HaveField("InvolvedObject.Name", "web"))))
		}).Should(Succeed())

		// Another namespace goes on, and what it says is not touched.
		create(ctx, makeDeployment(pay, "api").Site(name).IssueKeys("PAY-120").Obj())
		awaitJira(pay, shown{1, "successful", "production", "PAY-120"})
		awaitDelivered(ctx, pay, v1alpha1.ReasonAccepted)
		Expect(storedReason(ctx, pay)).To(BeEmpty())

		change(ctx, site, func(s *v1alpha1.JiraSite) {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, v1alpha1.AnnotationResync, "lost")
		})
		awaitJira(shop, shown{1, "successful", "production", "SHOP-120"})
		Eventually(func() string { return storedReason(ctx, shop) }).Should(BeEmpty())
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		age(ctx, shop)
		readUntil(ctx, site, func(g Gomega) {
			g.Expect(site.Status.ReadBack.Result).To(Equal(v1alpha1.ReadBackSame))
			g.Expect(meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReadBackDiffers)).To(BeNil())
		})
	})
})

// age has the records of a namespace say that Jira took them half an hour ago: what it took just now is not read back.
func age(ctx SpecContext, namespace string) {
	GinkgoHelper()
	var records v1alpha1.JiraDeploymentList
	Expect(kube.List(ctx, &records, client.InNamespace(namespace))).To(Succeed())
	for i := range records.Items {
		record := &records.Items[i]
		before := record.DeepCopy()
		record.Status.DeliveredTime = metav1.NewMicroTime(time.Now().Add(-30 * time.Minute))
		Expect(kube.Status().Patch(ctx, record, client.MergeFrom(before))).To(Succeed())
	}
}

// readUntil writes the site's Secret anew, with which the site is read back at once, until what it says is right: the manager's
// cache may be behind what a test wrote into a status.
func readUntil(ctx SpecContext, site *v1alpha1.JiraSite, right func(Gomega)) {
	GinkgoHelper()
	lines := 0
	Eventually(func(g Gomega) {
		lines++ // another value, and the same secret: white space around it does not count
		mendSecret(ctx, site.Name+"-jira", site.Name, canary+strings.Repeat("\n", lines))
		g.Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(site), site)).To(Succeed())
			right(g)
		}).WithTimeout(5 * time.Second).Should(Succeed())
	}).WithPolling(time.Second).Should(Succeed())
}

// storedReason returns the reason of the condition Stored of a namespace's record; empty where none says it.
func storedReason(ctx SpecContext, namespace string) string {
	GinkgoHelper()
	var records v1alpha1.JiraDeploymentList
	Expect(kube.List(ctx, &records, client.InNamespace(namespace))).To(Succeed())
	for i := range records.Items {
		if c := meta.FindStatusCondition(records.Items[i].Status.Conditions, v1alpha1.ConditionStored); c != nil {
			return c.Reason
		}
	}
	return ""
}
