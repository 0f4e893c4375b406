// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"maps"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("An environment", func() {
	// labelled returns a Deployment of a name and site, with further labels of its own.
	labelled := func(namespace, name, site, keys string, labels map[string]string) *appsv1.Deployment {
		d := makeDeployment(namespace, name).Site(site).IssueKeys(keys).Obj()
		maps.Copy(d.Labels, labels)
		return d
	}
	// environments returns id, name and type of what Jira shows of a namespace, by workload.
	environments := func(ctx context.Context, namespace string) func() map[string]v1alpha1.Environment {
		return func() map[string]v1alpha1.Environment {
			found := map[string]v1alpha1.Environment{}
			for _, record := range records(ctx, namespace) {
				for _, d := range stored(jiraNow, namespace) {
					if d.Pipeline.ID == record.Spec.Pipeline.ID {
						found[record.Spec.Workload.Name] = v1alpha1.Environment{
							ID: d.Environment.ID, Name: d.Environment.DisplayName, Type: v1alpha1.EnvironmentType(d.Environment.Type),
						}
					}
				}
			}
			return found
		}
	}

	It("is each workload's own where the workloads of a namespace say so", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "shop")
		create(ctx, labelled(namespace, "web", "acme", "SHOP-700", map[string]string{v1alpha1.KeyEnvironmentType: "production"}))
		create(ctx, labelled(namespace, "next", "acme", "SHOP-701", map[string]string{v1alpha1.KeyEnvironmentType: "staging"}))
		create(ctx, labelled(namespace, "blue", "acme", "SHOP-702", map[string]string{v1alpha1.KeyEnvironment: "blue", v1alpha1.KeyEnvironmentType: "testing"}))
		create(ctx, labelled(namespace, "ruled", "acme", "SHOP-703", map[string]string{v1alpha1.KeyEnvironment: "production"}))
		create(ctx, labelled(namespace, "silent", "acme", "SHOP-704", nil))
		home := clusterName + "/" + namespace
		Eventually(environments(ctx, namespace)).Should(Equal(map[string]v1alpha1.Environment{
			"web":    {ID: home + "/production", Name: namespace + " production", Type: "production"},
			"next":   {ID: home + "/staging", Name: namespace + " staging", Type: "staging"},
			"blue":   {ID: home + "/blue", Name: "blue", Type: "testing"},
			"ruled":  {ID: "production", Name: "Production", Type: "production"},
			"silent": {ID: home, Name: namespace, Type: "unmapped"},
		}))
	})

	It("that is no type is unmapped, and the workload says so", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, labelled(namespace, "web", "acme", "SHOP-710", map[string]string{v1alpha1.KeyEnvironmentType: "prod"}))
		awaitJira(namespace, shown{1, "successful", "unmapped", "SHOP-710"})
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(And(
			HavePrefix("EnvironmentUnmapped: Jira shows the deployment in no kind of environment: the workload's label"),
			ContainSubstring(`rollcall.dev/environment-type is "prod", which is none of`))))
	})

	It("moves with the next release where a workload says another, and its neighbours stay", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "shop")
		web := labelled(namespace, "web", "acme", "SHOP-720", nil)
		create(ctx, web)
		awaitJira(namespace, shown{1, "successful", "unmapped", "SHOP-720"})
		before := bulkRequests(namespace)

		change(ctx, web, func(d *appsv1.Deployment) { d.Labels[v1alpha1.KeyEnvironmentType] = "staging" })
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(before))
		change(ctx, web, func(d *appsv1.Deployment) {
			d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-721"
			d.Spec.Template.Spec.Containers[0].Image = "shop/web:2"
		})
		awaitJira(namespace, shown{1, "successful", "unmapped", "SHOP-720"}, shown{2, "successful", "staging", "SHOP-721"})
	})

	It("is that of a rule which selects workloads, or of one of two rules with one id", func(ctx SpecContext) {
		mendSecret(ctx, "tracks-jira", clientID, canary)
		next := metav1.LabelSelector{MatchLabels: map[string]string{"track": "next"}}
		prod := metav1.LabelSelector{MatchLabels: map[string]string{"stage": "prod"}}
		create(ctx, makeSite("tracks", func(s *v1alpha1.JiraSiteSpec) {
			s.Environments = []v1alpha1.EnvironmentRule{
				{ID: "next", Name: "Next", Type: "staging", Namespaces: []string{"*-tracks"}, WorkloadSelector: &next},
				{ID: "prod", Name: "Production", Type: "production", Namespaces: []string{"*-tracks"}},
				{ID: "prod", Name: "Production", Type: "production", NamespaceSelector: &prod},
			}
		}))
		awaitReason(ctx, "tracks", v1alpha1.ReasonReady)
		both, other := makeNamespace(ctx, "tracks"), makeNamespace(ctx, "other")
		create(ctx, labelled(both, "web", "tracks", "SHOP-730", nil))
		create(ctx, labelled(both, "web-next", "tracks", "SHOP-731", map[string]string{"track": "next"}))
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: other}}
		change(ctx, namespace, func(n *corev1.Namespace) { n.Labels["stage"] = "prod" })
		create(ctx, labelled(other, "web", "tracks", "SHOP-732", nil))
		inProd := v1alpha1.Environment{ID: "prod", Name: "Production", Type: "production"}
		Eventually(environments(ctx, both)).Should(Equal(map[string]v1alpha1.Environment{
			"web": inProd, "web-next": {ID: "next", Name: "Next", Type: "staging"},
		}))
		Eventually(environments(ctx, other)).Should(Equal(map[string]v1alpha1.Environment{"web": inProd}))
	})

	It("is none where a preview's namespace is left out, until it is not", func(ctx SpecContext) {
		mendSecret(ctx, "previews-jira", clientID, canary)
		site := makeSite("previews", func(s *v1alpha1.JiraSiteSpec) { s.ExcludeNamespaces = []string{"ns-*-pr-*"} })
		create(ctx, site)
		awaitReason(ctx, "previews", v1alpha1.ReasonReady)
		preview, prod := makeNamespace(ctx, "pr-12"), makeNamespace(ctx, "prod")
		create(ctx, labelled(preview, "web", "previews", "SHOP-740", nil))
		create(ctx, labelled(prod, "web", "previews", "SHOP-741", nil))
		awaitJira(prod, shown{1, "successful", "production", "SHOP-741"})
		sendMarker(ctx)
		Expect(records(ctx, preview)).To(BeEmpty())

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.ExcludeNamespaces = nil })
		awaitJira(preview, shown{1, "successful", "unmapped", "SHOP-740"})
	})

	It("is told to the site of its team, and to no other", func(ctx SpecContext) {
		namespaces := map[string]string{"team-a": makeNamespace(ctx, "a-prod"), "team-b": makeNamespace(ctx, "b-prod")}
		for team, namespace := range namespaces {
			jiraNow.AddCredential(team, canary, jiratest.Deployments)
			mendSecret(ctx, team+"-jira", team, canary)
			create(ctx, makeSite(team, func(s *v1alpha1.JiraSiteSpec) {
				s.WorkloadSelector = nil
				s.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}}
			}))
			awaitReason(ctx, team, v1alpha1.ReasonReady)
			create(ctx, labelled(namespace, "web", "nobody", "SHOP-750", nil))
		}
		for team, namespace := range namespaces {
			awaitJira(namespace, shown{1, "successful", "production", "SHOP-750"})
			Expect(records(ctx, namespace)).To(HaveExactElements(HaveField("Spec.Site", team)))
		}
	})

	It("and the deployment are named as the site's templates say", func(ctx SpecContext) {
		mendSecret(ctx, "named-jira", clientID, canary)
		create(ctx, makeSite("named", func(s *v1alpha1.JiraSiteSpec) {
			s.Templates.DisplayName = "{{ .Name }} {{ .Version }} for {{ .IssueKey }}"
			s.Templates.Description = "{{ .Name }} in {{ .Environment }}"
		}))
		awaitReason(ctx, "named", v1alpha1.ReasonReady)
		namespace := makeNamespace(ctx, "prod")
		create(ctx, labelled(namespace, "web", "named", "SHOP-760", nil))
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-760"})
		Expect(stored(jiraNow, namespace)).To(HaveExactElements(And(
			HaveField("DisplayName", "web 1.0.0 for SHOP-760"), HaveField("Description", "web in Production"))))
	})
})
