// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// What a tenant writes as large, or as odd, as the API server takes it costs that tenant alone.
var _ = Describe("tenant: a workload", func() {
	var shop, mallory string

	BeforeEach(func(ctx SpecContext) {
		shop, mallory = makeNamespace(ctx, "shop-prod"), makeNamespace(ctx, "mallory-prod")
	})

	It("tenant: with too many labels is not reported and says so, and is once they are gone", func(ctx SpecContext) {
		crowded := makeDeployment(mallory, "crowded").IssueKeys("SHOP-850").Obj()
		ordinary := maps.Clone(crowded.Labels)
		for i := range 3000 {
			crowded.Labels[fmt.Sprintf("mallory.example/label-%d", i)] = "x"
		}
		create(ctx, crowded)
		create(ctx, makeDeployment(shop, "web").IssueKeys("SHOP-851").Obj())
		awaitJira(shop, shown{1, "successful", "production", "SHOP-851"})
		Eventually(func() []string { return eventsAbout(ctx, mallory, "crowded") }).Should(ContainElement(And(
			HavePrefix("NotUnderstood"), ContainSubstring("too many labels: 3"))))
		Expect(records(ctx, mallory)).To(BeEmpty())

		change(ctx, crowded, func(d *appsv1.Deployment) { d.Labels = ordinary })
		awaitJira(mallory, shown{1, "successful", "production", "SHOP-850"})
	})

	It("tenant: with long annotations is reported by what is read of them", func(ctx SpecContext) {
		long := makeDeployment(mallory, "long").Annotation(v1alpha1.AnnotationCommitMessage, "SHOP-852 "+strings.Repeat("x", 100<<10)).
			Annotation("mallory.example/long", strings.Repeat("x", 100<<10)).Obj()
		create(ctx, long)
		create(ctx, makeDeployment(shop, "web").IssueKeys("SHOP-853").Obj())
		awaitJira(shop, shown{1, "successful", "production", "SHOP-853"})
		awaitJira(mallory, shown{1, "successful", "production", "SHOP-852"})
		Eventually(func() []string { return eventsAbout(ctx, mallory, "long") }).Should(ContainElement(And(
			HavePrefix("AnnotationsCut"), ContainSubstring(v1alpha1.AnnotationCommitMessage))))
	})

	It("tenant: with a link that leads elsewhere than it seems links to its issue", func(ctx SpecContext) {
		create(ctx, makeDeployment(mallory, "web").IssueKeys("SHOP-854").Annotation(v1alpha1.AnnotationURL, "https://acme.atlassian.net@mallory.example/").Obj())
		awaitJira(mallory, shown{1, "successful", "production", "SHOP-854"})
		Expect(stored(jiraNow, mallory)[0].URL).To(HaveSuffix("/browse/SHOP-854"))
		Eventually(func() []string { return eventsAbout(ctx, mallory, "web") }).Should(ContainElement(HavePrefix("LinkIgnored")))
	})
})
