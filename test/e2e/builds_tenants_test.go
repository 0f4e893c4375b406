// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Each case has two namespaces, of two tenants who may write records in their own: shop is honest, and mallory is not.
var _ = Describe("tenant: Builds", Ordered, ContinueOnFailure, func() {
	var shop, mallory string

	BeforeAll(func(ctx SpecContext) { makeBuildsSite(ctx, "builds") })

	BeforeEach(func(ctx SpecContext) {
		shop, mallory = makeNamespace(ctx, "shop"), makeNamespace(ctx, "mallory")
	})

	// reasons returns the reasons for which the records of a namespace are delivered or not, by their names.
	reasons := func(ctx SpecContext, namespace string) map[string]string {
		found := map[string]string{}
		for _, b := range buildRecords(ctx, namespace) {
			if delivered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ConditionDelivered); delivered != nil {
				found[b.Name] = delivered.Reason
			}
		}
		return found
	}

	It("tenant: cannot speak for another namespace's pipeline, by hand or in the name of a run", func(ctx SpecContext) {
		j := makeJob(shop, "web").Branch("SHOP-400").Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted, jobSucceeded)
		want := built{"Job/web", "successful", "SHOP-400"}
		awaitBuilds(shop, want)
		genuine := awaitBuildDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		before := versionsOfBuilds(shop)

		nextSecond() // the forged ones have higher numbers
		forged := handmadeBuild(mallory, "forged", genuine.Spec.PipelineID, "SHOP-401")
		forged.Spec.BuildNumber, forged.Spec.State = genuine.Spec.BuildNumber, v1alpha1.BuildFailed
		create(ctx, forged)
		copied := forged.DeepCopy()
		copied.ObjectMeta = metav1.ObjectMeta{Namespace: mallory, Name: "copied"}
		copied.Spec.Run = genuine.Spec.Run
		create(ctx, copied)
		other := copied.DeepCopy()
		other.ObjectMeta = metav1.ObjectMeta{Namespace: mallory, Name: "other"}
		other.Spec.PipelineID = "release"
		create(ctx, other)

		Eventually(reasons).WithArguments(ctx, mallory).Should(Equal(map[string]string{
			"forged": v1alpha1.ReasonAccepted, "copied": v1alpha1.ReasonForeign, "other": v1alpha1.ReasonPipelineNotAllowed,
		}))
		Expect(buildsInJira(mallory)).To(Equal([]built{{genuine.Spec.PipelineID, "failed", "SHOP-401"}}))
		Expect(buildsInJira(shop)).To(Equal([]built{want}))
		Expect(versionsOfBuilds(shop)).To(Equal(before))
	})

	It("tenant: by hand in two namespaces, for pipelines of one name, are two pipelines'", func(ctx SpecContext) {
		for namespace, key := range map[string]string{shop: "SHOP-410", mallory: "SHOP-411"} {
			b := handmadeBuild(namespace, "release", "release", key)
			b.Spec.BuildNumber = 7
			create(ctx, b)
		}
		awaitBuilds(shop, built{"release", "successful", "SHOP-410"})
		awaitBuilds(mallory, built{"release", "successful", "SHOP-411"})
	})

	It("tenant: by hand of one pipeline, made one after the other, are several builds", func(ctx SpecContext) {
		for _, name := range []string{"one", "two"} {
			create(ctx, handmadeBuild(shop, name, "release", "SHOP-420"))
		}
		awaitBuilds(shop, built{"release", "successful", "SHOP-420"}, built{"release", "successful", "SHOP-420"})
	})

	It("tenant: of a namespace that the site leaves out are not told, by a run or by hand, and others' are", func(ctx SpecContext) {
		makeBuildsSite(ctx, "picky", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{mallory} })
		for _, namespace := range []string{mallory, shop} {
			create(ctx, makeJob(namespace, "run").Site("picky").Branch("SHOP-430").Obj())
			byHand := handmadeBuild(namespace, "by-hand", "release", "SHOP-431")
			byHand.Spec.Site = "picky"
			create(ctx, byHand)
		}
		awaitBuilds(shop, built{"Job/run", "pending", "SHOP-430"}, built{"release", "successful", "SHOP-431"})
		Eventually(reasons).WithArguments(ctx, mallory).Should(Equal(map[string]string{"by-hand": v1alpha1.ReasonNotSelected}))
		Expect(buildRecords(ctx, mallory)).To(HaveLen(1))
		Expect(buildsInJira(mallory)).To(BeEmpty())
	})
})
