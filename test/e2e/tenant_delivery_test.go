// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Each case has two namespaces, of two tenants who may write records in their own: shop is honest, and mallory is not.
var _ = Describe("tenant: a record", func() {
	var shop, mallory string

	BeforeEach(func(ctx SpecContext) {
		shop, mallory = makeNamespace(ctx, "shop-prod"), makeNamespace(ctx, "mallory-prod")
	})

	It("tenant: cannot speak for another namespace's pipeline, by hand or in the name of a workload", func(ctx SpecContext) {
		create(ctx, makeDeployment(shop, "web").IssueKeys("SHOP-800").Obj())
		want := shown{1, "successful", "production", "SHOP-800"}
		awaitJira(shop, want)
		genuine := records(ctx, shop)[0]

		forged := handmade(mallory, "SHOP-801")
		forged.Name, forged.Spec.Pipeline.ID = "forged", genuine.Spec.Pipeline.ID
		forged.Spec.Sequence, forged.Spec.State = genuine.Spec.Sequence, v1alpha1.StateFailed
		create(ctx, forged)
		copied := forged.DeepCopy()
		copied.ObjectMeta = metav1.ObjectMeta{Namespace: mallory, Name: "copied"}
		copied.Spec.Workload = genuine.Spec.Workload
		create(ctx, copied)
		other := copied.DeepCopy()
		other.ObjectMeta = metav1.ObjectMeta{Namespace: mallory, Name: "other"}
		other.Spec.Pipeline.ID = clusterName + "/" + mallory + "/Deployment/api"
		create(ctx, other)

		awaitReasons(ctx, mallory, map[string]string{
			"forged": v1alpha1.ReasonAccepted, "copied": v1alpha1.ReasonForeign, "other": v1alpha1.ReasonPipelineNotAllowed,
		})
		Expect(inJira(shop)).To(Equal([]shown{want}))
		Expect(stored(jiraNow, mallory)).To(HaveExactElements(HaveField("Pipeline.ID", clusterName+"/"+mallory+"/"+genuine.Spec.Pipeline.ID)))
	})

	It("tenant: cannot speak for another namespace's environment, nor rename one of the site's", func(ctx SpecContext) {
		known := handmade(mallory, "SHOP-802")
		known.Name, known.Spec.Environment = "known", v1alpha1.Environment{ID: "production", Name: "Mallory's", Type: v1alpha1.EnvironmentDevelopment}
		create(ctx, known)
		forged := handmade(mallory, "SHOP-803")
		forged.Name, forged.Spec.Environment.ID = "forged", clusterName+"/"+shop
		create(ctx, forged)
		awaitReasons(ctx, mallory, map[string]string{"known": v1alpha1.ReasonAccepted, "forged": v1alpha1.ReasonEnvironmentNotAllowed})
		Expect(stored(jiraNow, mallory)).To(HaveExactElements(HaveField("Environment", And(
			HaveField("DisplayName", "Production"), HaveField("Type", "production")))))
		Eventually(func() []string { return eventsAbout(ctx, mallory, "forged") }).Should(ContainElement(And(
			HavePrefix("EnvironmentNotAllowed"), ContainSubstring("as spec.environment.id: production."))))
	})

	It("tenant: cannot speak for another namespace's project, by its texts, its records or their corrections", func(ctx SpecContext) {
		tied := tenantSite(ctx, "tied", func(s *v1alpha1.JiraSiteSpec) {
			s.Projects = []string{"SHOP", "PAY"}
			s.Environments = []v1alpha1.EnvironmentRule{
				{ID: "production", Name: "Production", Type: "production", Namespaces: []string{"*-shop-prod"}, Projects: []string{"SHOP"}},
				{ID: "production", Name: "Production", Type: "production", Namespaces: []string{"*-mallory-prod"}, Projects: []string{"PAY"}},
			}
		})
		create(ctx, makeDeployment(shop, "web").Site(tied).IssueKeys("SHOP-804,PAY-804").Obj())
		create(ctx, makeDeployment(mallory, "web").Site(tied).IssueKeys("SHOP-804,PAY-805").Annotation(v1alpha1.KeyEnvironment, "mine").Obj())
		awaitJira(shop, shown{1, "successful", "production", "SHOP-804"})
		awaitJira(mallory, shown{1, "successful", "unmapped", "PAY-805"})

		change(ctx, &records(ctx, mallory)[0], func(d *v1alpha1.JiraDeployment) {
			metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.AnnotationIssueKeys, "SHOP-804,PAY-806")
		})
		awaitJira(mallory, shown{1, "successful", "unmapped", "PAY-806"})
		forged := handmade(mallory, "SHOP-804")
		forged.Name, forged.Spec.Site = "forged", tied
		forged.Spec.IssueKeys = append(forged.Spec.IssueKeys, "PAY-807")
		create(ctx, forged)
		awaitReason := func(reason string) {
			Eventually(func() string { return reasonsIn(ctx, mallory)["forged"] }).Should(Equal(reason))
		}
		awaitReason(v1alpha1.ReasonProjectNotAllowed)
		Expect(inJira(mallory)).To(HaveLen(1))
		change(ctx, forged, func(d *v1alpha1.JiraDeployment) { d.Spec.IssueKeys = []string{"PAY-807"} })
		awaitReason(v1alpha1.ReasonAccepted)
	})

	It("tenant: waits while its namespace is not selected, and is sent once it is; another's is sent meanwhile", func(ctx SpecContext) {
		label(ctx, shop, "acme.example/reports", "yes")
		selective := tenantSite(ctx, "selective", func(s *v1alpha1.JiraSiteSpec) {
			s.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"acme.example/reports": "yes"}}
		})
		for namespace, key := range map[string]string{shop: "SHOP-808", mallory: "SHOP-809"} {
			d := handmade(namespace, key)
			d.Spec.Site = selective
			create(ctx, d)
		}
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		refused := awaitDelivered(ctx, mallory, v1alpha1.ReasonNotSelected)
		Expect(deliveredMessage(refused)).To(ContainSubstring("the namespace's labels do not match its spec.namespaceSelector"))
		Expect(inJira(mallory)).To(BeEmpty())
		label(ctx, mallory, "acme.example/reports", "yes")
		awaitDelivered(ctx, mallory, v1alpha1.ReasonAccepted)
		awaitJira(mallory, shown{1, "successful", "production", "SHOP-809"})
	})

	It("tenant: that waits for its site is not sent where the site leaves out its namespace meanwhile", func(ctx SpecContext) {
		name := tenantSite(ctx, "narrowed", func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true })
		create(ctx, makeDeployment(shop, "web").Site(name).IssueKeys("SHOP-810").Obj())
		create(ctx, makeDeployment(mallory, "web").Site(name).IssueKeys("SHOP-811").Obj())
		awaitDelivered(ctx, shop, v1alpha1.ReasonSiteNotReady)
		awaitDelivered(ctx, mallory, v1alpha1.ReasonSiteNotReady)
		site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name}}
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Suspend, s.Spec.ExcludeNamespaces = false, []string{mallory} })
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, mallory, v1alpha1.ReasonNotSelected)
		Expect(inJira(mallory)).To(BeEmpty())
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.ExcludeNamespaces = nil })
		awaitDelivered(ctx, mallory, v1alpha1.ReasonAccepted)
	})

	It("tenant: says nothing by hand where the site takes none, and anything from the one namespace that may", func(ctx SpecContext) {
		ci := mallory // trusted, this time
		name := tenantSite(ctx, "handmade", func(s *v1alpha1.JiraSiteSpec) {
			s.Handmade = v1alpha1.Handmade{Allow: v1alpha1.HandmadeAny, NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{corev1.LabelMetadataName: ci},
			}}
		})
		tell := func(from, record string) {
			d := handmade(from, "SHOP-812")
			d.Name, d.Spec.Site, d.Spec.Pipeline.ID = record, name, clusterName+"/"+shop+"/"+record
			d.Spec.Environment.ID = "anywhere"
			create(ctx, d)
		}
		tell(ci, "trusted")
		awaitReasons(ctx, ci, map[string]string{"trusted": v1alpha1.ReasonAccepted})
		tell(shop, "own")
		awaitReasons(ctx, shop, map[string]string{"own": v1alpha1.ReasonEnvironmentNotAllowed})
		Expect(stored(jiraNow, shop)).To(HaveExactElements(HaveField("Pipeline.ID", HaveSuffix("/trusted"))))

		site := &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name}}
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Handmade = v1alpha1.Handmade{Allow: v1alpha1.HandmadeNone} })
		tell(ci, "late")
		awaitReasons(ctx, ci, map[string]string{"trusted": v1alpha1.ReasonAccepted, "late": v1alpha1.ReasonHandmadeNotAllowed})
		awaitReasons(ctx, shop, map[string]string{"own": v1alpha1.ReasonHandmadeNotAllowed})
	})

	It("tenant: poisons no pipeline with its sequence", func(ctx SpecContext) {
		forged := handmade(mallory, "SHOP-813")
		forged.Spec.Sequence = 1<<53 - 1
		create(ctx, forged)
		awaitDelivered(ctx, mallory, v1alpha1.ReasonSequenceTooHigh)
		now := handmade(shop, "SHOP-814")
		now.Spec.Sequence = time.Now().Add(time.Hour).Unix() * 1_000_000
		create(ctx, now)
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		Expect(inJira(mallory)).To(BeEmpty())
	})

	It("tenant: that goes with its namespace is told as its own, or not at all", func(ctx SpecContext) {
		for _, record := range []struct{ namespace, pipeline, environment string }{
			{shop, "index", "production"},
			{mallory, "index", clusterName + "/" + shop},
		} {
			d := handmade(record.namespace, "SHOP-815")
			d.Spec.Pipeline.ID, d.Spec.Environment.ID, d.Spec.State = record.pipeline, record.environment, v1alpha1.StateInProgress
			create(ctx, d)
		}
		awaitDelivered(ctx, shop, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, mallory, v1alpha1.ReasonEnvironmentNotAllowed)
		for _, name := range []string{mallory, shop} {
			Expect(kube.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
		}
		awaitJira(shop, shown{1, "cancelled", "production", "SHOP-815"})
		Expect(stored(jiraNow, shop)).To(HaveExactElements(HaveField("Pipeline.ID", clusterName+"/"+shop+"/index")))
		sendMarker(ctx)
		Expect(inJira(mallory)).To(BeEmpty())
		Expect(jiraNow.Deployments()).NotTo(ContainElement(HaveField("Environment.ID", clusterName+"/"+shop)))
	})
})

// tenantSite creates a site with a Secret of its own, and returns its name.
func tenantSite(ctx context.Context, name string, change func(*v1alpha1.JiraSiteSpec)) string {
	GinkgoHelper()
	name = "tenants-" + name
	mendSecret(ctx, name+"-jira", clientID, canary)
	create(ctx, makeSite(name, change))
	return name
}

// label labels a namespace.
func label(ctx context.Context, namespace, name, value string) {
	GinkgoHelper()
	change(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, func(n *corev1.Namespace) { n.Labels[name] = value })
}

// reasonsIn returns why the records of a namespace are delivered or not, by their names.
func reasonsIn(ctx context.Context, namespace string) map[string]string {
	var list v1alpha1.JiraDeploymentList
	if err := kube.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return map[string]string{"error": err.Error()}
	}
	reasons := map[string]string{}
	for i := range list.Items {
		d := &list.Items[i]
		reasons[d.Name] = ""
		if c := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered); c != nil && c.ObservedGeneration == d.Generation {
			reasons[d.Name] = c.Reason
		}
	}
	return reasons
}

func awaitReasons(ctx context.Context, namespace string, want map[string]string) {
	GinkgoHelper()
	Eventually(func() map[string]string { return reasonsIn(ctx, namespace) }).Should(Equal(want))
}
