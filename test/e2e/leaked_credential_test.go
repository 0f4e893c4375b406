// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("After a leaked credential", func() {
	// Two tenants share a site, and its credential is known to a stranger. The steps are those of docs/leaked-credential.md.
	var name, shop, pay string
	var site *v1alpha1.JiraSite
	var number int

	BeforeEach(func(ctx SpecContext) {
		number++
		name = fmt.Sprintf("leaked-%d", number)
		shop, pay = makeNamespace(ctx, "leak-shop-prod"), makeNamespace(ctx, "leak-pay-prod")
		create(ctx, makeDeployment(shop, "web").Site(name).IssueKeys("SHOP-110").Obj())
		create(ctx, makeDeployment(pay, "api").Site(name).IssueKeys("PAY-110").Obj())
		jiraNow.AddCredential(name, "leaked-secret", jiratest.Deployments)
		mendSecret(ctx, name+"-jira", name, "leaked-secret")
		site = makeSite(name)
		create(ctx, site)
		awaitJira(shop, shown{1, "successful", "production", "SHOP-110"})
		awaitJira(pay, shown{1, "successful", "production", "PAY-110"})
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, pay, v1alpha1.ReasonAccepted)
	})

	resync := func(ctx SpecContext, value string) {
		GinkgoHelper()
		change(ctx, site, func(s *v1alpha1.JiraSite) {
			metav1.SetMetaDataAnnotation(&s.ObjectMeta, v1alpha1.AnnotationResync, value)
		})
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(site), site)).To(Succeed())
			g.Expect(site.Status.Resync.Value).To(Equal(value))
			g.Expect(site.Status.Resync.CompletionTime.IsZero()).To(BeFalse())
		}).Should(Succeed())
	}

	It("whose id stays, every tenant's deployments are what the cluster says again", func(ctx SpecContext) {
		transport, err := jira.NewTransport(jiraNow.CAPEM())
		Expect(err).NotTo(HaveOccurred())
		stranger, err := jira.New(jira.Config{
			Host: jiraNow.Host(), APIURL: jiraNow.URL(), ClientID: name, ClientSecret: "leaked-secret", Transport: transport,
		})
		Expect(err).NotTo(HaveOccurred())
		var forged [][]byte
		for _, d := range append(stored(jiraNow, shop), stored(jiraNow, pay)...) {
			d.State, d.UpdateSequenceNumber = "failed", d.UpdateSequenceNumber+1
			body, err := jira.EncodeDeployment(d)
			Expect(err).NotTo(HaveOccurred())
			forged = append(forged, body)
		}
		_, err = stranger.SubmitDeployments(ctx, jira.Submission{Items: forged})
		Expect(err).NotTo(HaveOccurred())
		awaitJira(shop, shown{1, "failed", "production", "SHOP-110"})
		awaitJira(pay, shown{1, "failed", "production", "PAY-110"})

		jiraNow.RotateCredential(name, canary)
		mendSecret(ctx, name+"-jira", name, canary)
		resync(ctx, "2026-11-26")
		awaitJira(shop, shown{1, "successful", "production", "SHOP-110"})
		awaitJira(pay, shown{1, "successful", "production", "PAY-110"})
		requests := jiraNow.Requests()
		last := requests[lastBulk(requests, name)]
		Expect(last.OperationType).To(Equal("BACKFILL"))
		Expect(last.PreventTransitions).To(BeTrue())
		Expect(last.Deployments).To(HaveLen(2))
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)

		// A restart repeats none of it, and what comes after is news.
		before := bulkRequests(shop) + bulkRequests(pay)
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(shop) + bulkRequests(pay)).To(Equal(before))
		create(ctx, makeDeployment(shop, "late").Site(name).IssueKeys("SHOP-111").Obj())
		awaitJira(shop, shown{1, "successful", "production", "SHOP-111"}, shown{1, "successful", "production", "SHOP-110"})
	})

	It("that is revoked, the new one tells Jira of every tenant's deployments", func(ctx SpecContext) {
		jiraNow.RevokeCredential(name)
		jiraNow.AddCredential(name+"-new", canary, jiratest.Deployments)
		mendSecret(ctx, name+"-new", name+"-new", canary)
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Credentials.SecretName = name + "-new" })
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		resync(ctx, "new id")
		byNew := map[string]string{}
		for _, d := range jiraNow.Deployments() {
			if d.ClientID == name+"-new" {
				byNew[strings.Split(d.Pipeline.ID, "/")[1]] = d.State
			}
		}
		Expect(byNew).To(Equal(map[string]string{shop: "successful", pay: "successful"}))
	})
})

// lastBulk returns which of the requests was the last that a credential submitted deployments with.
func lastBulk(requests []jiratest.Request, clientID string) int {
	GinkgoHelper()
	for i := len(requests) - 1; i >= 0; i-- {
		if requests[i].ClientID == clientID && len(requests[i].Deployments) > 0 {
			return i
		}
	}
	Fail("no request with the credential " + clientID)
	return -1
}
