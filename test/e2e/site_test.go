// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("A JiraSite", func() {
	// Each of these is what a person may get wrong. The workload is there all the time: once the cause is
	// mended, without a restart, its rollout reaches Jira by itself.
	var namespace, name string
	var number int

	BeforeEach(func(ctx SpecContext) {
		number++
		name = fmt.Sprintf("site-%d", number)
		namespace = makeNamespace(ctx, fmt.Sprintf("site-%d-prod", number))
		create(ctx, makeDeployment(namespace, "web").Site(name).IssueKeys("SHOP-100").Obj())
	})

	arrives := func() {
		GinkgoHelper()
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-100"})
	}

	It("says which Secret is missing, which key of it, and that Jira refuses what it holds", func(ctx SpecContext) {
		create(ctx, makeSite(name))
		secret := name + "-jira"
		Expect(awaitReason(ctx, name, v1alpha1.ReasonSecretNotFound)).To(And(ContainSubstring(secret), ContainSubstring(operatorNamespace), ContainSubstring("create")))
		Expect(deliveredMessage(awaitDelivered(ctx, namespace, v1alpha1.ReasonSiteNotReady))).To(ContainSubstring("SecretNotFound"))

		mendSecret(ctx, secret, clientID, "")
		Expect(awaitReason(ctx, name, v1alpha1.ReasonSecretIncomplete)).To(ContainSubstring("client-secret"))
		mendSecret(ctx, secret, "  ", canary)
		Eventually(func() string { return readyOf(ctx, name).Message }).Should(ContainSubstring("client-id"))
		mendSecret(ctx, secret, clientID, "not-the-secret")
		Expect(awaitReason(ctx, name, v1alpha1.ReasonCredentialsRejected)).To(ContainSubstring("check client-id and client-secret"))
		Expect(inJira(namespace)).To(BeEmpty())

		mendSecret(ctx, secret, clientID, canary)
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("says that there is no such host", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.Host = "no-such-site.invalid" })
		create(ctx, site)
		Eventually(func() string { return readyOf(ctx, name).Reason }).Should(BeElementOf(v1alpha1.ReasonSiteNotFound, v1alpha1.ReasonUnreachable))
		Expect(readyOf(ctx, name).Message).To(ContainSubstring("no-such-site.invalid"))

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Host = jiraNow.Host() })
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("that is renamed to another host goes on there, and its links follow", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name)
		create(ctx, site)
		arrives()
		Expect(stored(jiraNow, namespace)[0].URL).To(HavePrefix("https://" + jiraNow.Host() + "/browse/"))

		renamed := strings.Replace(jiraNow.Host(), "127.0.0.1", "localhost", 1)
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Host = renamed })
		Eventually(func() string { return stored(jiraNow, namespace)[0].URL }).Should(Equal("https://" + renamed + "/browse/SHOP-100"))
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("says which template does not parse, or yields no URL", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.Templates.URL = "https://argocd.example/{{ .Name" })
		create(ctx, site)
		Expect(awaitReason(ctx, name, v1alpha1.ReasonInvalidTemplate)).To(ContainSubstring("spec.templates.url does not parse"))
		awaitDelivered(ctx, namespace, v1alpha1.ReasonSiteNotReady)

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Templates.URL = "argocd/web" })
		Eventually(func() string { return readyOf(ctx, name).Message }).Should(ContainSubstring("no http or https URL"))

		change(ctx, site, func(s *v1alpha1.JiraSite) {
			s.Spec.Templates.URL = "https://argocd.example/{{ .Namespace }}/{{ .Name }}"
		})
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
		// The record may be sent as it waited, and again once its link is renewed.
		Eventually(func() string { return stored(jiraNow, namespace)[0].URL }).Should(Equal("https://argocd.example/" + namespace + "/web"))
	})

	It("says which namespace pattern does not parse", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.Environments[0].Namespaces = []string{"shop-[prod"} })
		create(ctx, site)
		Expect(awaitReason(ctx, name, v1alpha1.ReasonInvalidNamespacePattern)).To(ContainSubstring(`"shop-[prod"`))

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Environments[0].Namespaces = []string{"*-prod"} })
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("says that the credential lacks the permission", func(ctx SpecContext) {
		jiraNow.AddCredential(name, canary, jiratest.Builds)
		mendSecret(ctx, name+"-jira", name, canary)
		create(ctx, makeSite(name))
		Expect(awaitReason(ctx, name, v1alpha1.ReasonPermissionMissing)).To(ContainSubstring("Deployments permission"))

		jiraNow.SetPermissions(name, jiratest.Deployments)
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("goes on with a rotated secret, without a restart", func(ctx SpecContext) {
		jiraNow.AddCredential(name, "old-secret", jiratest.Deployments)
		mendSecret(ctx, name+"-jira", name, "old-secret")
		create(ctx, makeSite(name))
		arrives()

		jiraNow.RotateCredential(name, canary)
		create(ctx, makeDeployment(namespace, "late").Site(name).IssueKeys("SHOP-101").Obj())
		awaitReason(ctx, name, v1alpha1.ReasonCredentialsRejected)
		mendSecret(ctx, name+"-jira", name, canary)
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-101"}, shown{1, "successful", "production", "SHOP-100"})
	})

	It("that is suspended, or a dry run, writes records and sends nothing", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true })
		create(ctx, site)
		awaitReason(ctx, name, v1alpha1.ReasonSuspended)
		awaitDelivered(ctx, namespace, v1alpha1.ReasonSiteNotReady)

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Suspend, s.Spec.DryRun = false, true })
		awaitReason(ctx, name, v1alpha1.ReasonDryRun)
		awaitDelivered(ctx, namespace, v1alpha1.ReasonDryRun)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(BeEmpty())

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.DryRun = false })
		arrives()
	})

	It("goes live for the namespaces that it selects, once the records of its dry run are deleted", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		later := makeNamespace(ctx, "later-prod")
		create(ctx, makeDeployment(later, "web").Site(name).IssueKeys("SHOP-101").Obj())
		site := makeSite(name, func(s *v1alpha1.JiraSiteSpec) { s.DryRun = true })
		create(ctx, site)
		awaitDelivered(ctx, namespace, v1alpha1.ReasonDryRun)
		awaitDelivered(ctx, later, v1alpha1.ReasonDryRun)

		selected := map[string]string{corev1.LabelMetadataName: namespace}
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.NamespaceSelector = &metav1.LabelSelector{MatchLabels: selected} })
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(site), site)).To(Succeed())
			g.Expect(site.Status.ObservedGeneration).To(Equal(site.Generation))
		}).Should(Succeed())
		for _, trial := range []string{namespace, later} {
			ofSite := client.MatchingFields{"spec.site": name}
			Expect(kube.DeleteAllOf(ctx, &v1alpha1.JiraDeployment{}, client.InNamespace(trial), ofSite)).To(Succeed())
		}
		awaitDelivered(ctx, namespace, v1alpha1.ReasonDryRun)
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.DryRun = false })
		arrives()
		sendMarker(ctx)
		Expect(records(ctx, later)).To(BeEmpty())
		Expect(inJira(later)).To(BeEmpty())

		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.NamespaceSelector = nil })
		awaitJira(later, shown{1, "successful", "production", "SHOP-101"})
	})

	It("of one tenant gets nothing of another tenant's Secret, not even when the older site is deleted", func(ctx SpecContext) {
		elsewhere, err := jiratest.Start()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(elsewhere.Close)
		secret := name + "-jira"
		mendSecret(ctx, secret, clientID, canary)
		site := makeSite(name)
		create(ctx, site)
		awaitReason(ctx, name, v1alpha1.ReasonReady)

		thief := makeSite(name+"-thief", func(s *v1alpha1.JiraSiteSpec) { s.APIURL, s.Credentials.SecretName = elsewhere.URL(), secret })
		create(ctx, thief)
		Expect(awaitReason(ctx, thief.Name, v1alpha1.ReasonCredentialsRefused)).To(And(
			ContainSubstring("annotation rollcall.dev/api-url of the Secret"), ContainSubstring(elsewhere.URL())))
		Expect(kube.Delete(ctx, site)).To(Succeed())
		change(ctx, thief, func(s *v1alpha1.JiraSite) { s.Spec.Projects = []string{"SHOP"} }) // another pass, without the older one
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(thief), thief)).To(Succeed())
			g.Expect(thief.Status.ObservedGeneration).To(Equal(thief.Generation))
		}).Should(Succeed())
		Expect(readyOf(ctx, thief.Name).Reason).To(Equal(v1alpha1.ReasonCredentialsRefused))
		Expect(elsewhere.Requests()).To(BeEmpty())

		change(ctx, thief, func(s *v1alpha1.JiraSite) { s.Spec.APIURL = "https://evil.example" })
		Expect(awaitReason(ctx, thief.Name, v1alpha1.ReasonHostNotAllowed)).To(ContainSubstring("--allowed-api-hosts"))
	})

	It("of a tenant that a Secret does not name gets nothing of it", func(ctx SpecContext) {
		secret := name + "-jira"
		mendSecret(ctx, secret, clientID, canary)
		change(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: secret}}, func(s *corev1.Secret) {
			s.Annotations[v1alpha1.AnnotationSites] = "another, " + name + "-not"
		})
		create(ctx, makeSite(name))
		Expect(awaitReason(ctx, name, v1alpha1.ReasonCredentialsRefused)).To(ContainSubstring("add " + name))
		change(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: secret}}, func(s *corev1.Secret) {
			s.Annotations[v1alpha1.AnnotationSites] += ", " + name
		})
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		arrives()
	})

	It("goes on with another Secret, without a restart", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name)
		create(ctx, site)
		arrives()
		jiraNow.AddCredential(name, canary, jiratest.Deployments)
		change(ctx, site, func(s *v1alpha1.JiraSite) { s.Spec.Credentials.SecretName = name + "-new" })
		awaitReason(ctx, name, v1alpha1.ReasonSecretNotFound)
		mendSecret(ctx, name+"-new", name, canary)
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		create(ctx, makeDeployment(namespace, "late").Site(name).IssueKeys("SHOP-101").Obj())
		Eventually(func() []string {
			var by []string
			for _, request := range jiraNow.Requests() {
				if len(request.Deployments) > 0 && strings.Contains(request.Deployments[0].Pipeline.ID, namespace+"/Deployment/late") {
					by = append(by, request.ClientID)
				}
			}
			return by
		}).Should(ContainElement(name))
	})

	It("that reports what another reports already, to the same Jira, says which", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		create(ctx, makeSite(name))
		awaitReason(ctx, name, v1alpha1.ReasonReady)
		twin := makeSite(name)
		twin.Name = name + "-twin"
		create(ctx, twin)
		Expect(awaitReason(ctx, twin.Name, v1alpha1.ReasonDuplicateSite)).To(ContainSubstring("JiraSite " + name + " reports the same workloads"))
		arrives()
	})

	It("that is deleted takes its records along, and Jira keeps its history", func(ctx SpecContext) {
		mendSecret(ctx, name+"-jira", clientID, canary)
		site := makeSite(name)
		create(ctx, site)
		arrives()
		Expect(kube.Delete(ctx, site)).To(Succeed())
		Eventually(func() []v1alpha1.JiraDeployment { return records(ctx, namespace) }).Should(BeEmpty())
		arrives()
	})
})
