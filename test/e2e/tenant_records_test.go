// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var _ = Describe("tenant: a loop of releases", func() {
	It("tenant: is slowed and named, keeps its last state, and delays nobody else", func(ctx SpecContext) {
		shop, mallory := makeNamespace(ctx, "shop-prod"), makeNamespace(ctx, "mallory-prod")
		looping := makeDeployment(mallory, "web").IssueKeys("SHOP-820").Obj()
		create(ctx, looping)
		revision := 1
		release := func() {
			revision++
			change(ctx, looping, func(d *appsv1.Deployment) {
				d.Spec.Template.Annotations["mallory.example/loop"] = strconv.Itoa(revision)
			})
			Eventually(func(g Gomega) {
				g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(looping), looping)).To(Succeed())
				g.Expect(looping.Annotations).To(HaveKeyWithValue("deployment.kubernetes.io/revision", strconv.Itoa(revision)))
			}).Should(Succeed())
		}
		Eventually(func() []string {
			release()
			return eventsAbout(ctx, mallory, "web")
		}).WithPolling(time.Second).Should(ContainElement(HavePrefix("ReleasesThrottled: Too many releases for JiraSite acme")))
		recorded := len(inJira(mallory))
		for range 5 {
			release()
			time.Sleep(time.Second)
		}
		Expect(len(inJira(mallory))-recorded).To(BeNumerically("<=", 1), "of five more revisions")

		release() // the loop goes on
		begun := time.Now()
		create(ctx, makeDeployment(shop, "web").IssueKeys("SHOP-821").Obj())
		awaitJira(shop, shown{1, "successful", "production", "SHOP-821"})
		Expect(time.Since(begun)).To(BeNumerically("<", 15*time.Second)) // less than the first wait of the loop
		Expect(eventsAbout(ctx, shop, "web")).NotTo(ContainElement(HavePrefix(v1alpha1.EventReleasesThrottled)))

		Eventually(func() shown { return newestInJira(mallory) }).WithTimeout(3 * time.Minute).Should(
			Equal(shown{int64(revision), "successful", "production", "SHOP-820"}))
	})
})
