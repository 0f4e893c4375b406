// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/forge"
)

// The registry is listed, and its credential is not there: whoever asks it says so.
var _ = Describe("Builds know of which commit an image is", Ordered, ContinueOnFailure, func() {
	var (
		code        *forge.Forge
		shop        *forge.Repository
		ci, strange string
	)

	BeforeAll(func(ctx SpecContext) {
		var err error
		code, err = forge.Start(GinkgoT().TempDir(), "rollcall", canary)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(code.Close)
		shop, err = code.Create("acme/shop")
		Expect(err).NotTo(HaveOccurred())
		create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "images-git", Annotations: map[string]string{
				v1alpha1.AnnotationRepositories: code.RepositoriesURL() + "/acme",
			}},
			StringData: map[string]string{"username": code.User, "password": canary},
		})
		makeBuildsSite(ctx, "images", func(s *v1alpha1.JiraSiteSpec) {
			s.Commits = &v1alpha1.Commits{
				Registries: []string{code.RegistryURL()}, RegistrySecretName: "not-there",
				Repositories: []v1alpha1.CommitRepositories{{URL: code.RepositoriesURL() + "/acme", SecretName: "images-git"}},
			}
			s.Builds.ImageNamespaces = &metav1.LabelSelector{MatchLabels: map[string]string{"builds": "trusted"}}
		})
		ci, strange = makeNamespace(ctx, "ci"), makeNamespace(ctx, "strange")
		label(ctx, ci, "builds", "trusted")
	})

	// commit commits, and returns the commit and the reference of an image that is not in the registry.
	commit := func(message string) (revision, image string) {
		GinkgoHelper()
		revision, err := shop.Commit(message)
		Expect(err).NotTo(HaveOccurred())
		return revision, code.Registry() + "/acme/shop@" + digestOf(revision)
	}

	// buildIt has a Job in a namespace build a commit, and waits until the build's keys are in Jira.
	buildIt := func(ctx context.Context, namespace, revision string, keys string) {
		GinkgoHelper()
		before := len(storedBuilds(namespace))
		j := makeJob(namespace, "shop-").Site("images").Annotation(v1alpha1.AnnotationRepository, shop.URL).
			Annotation(v1alpha1.AnnotationRevision, revision).Annotation(v1alpha1.AnnotationImageDigest, digestOf(revision)).Obj()
		create(ctx, j)
		playJob(ctx, j, jobStarted, jobSucceeded)
		Eventually(func() []built { return buildsInJira(namespace) }).Should(And(
			HaveLen(before+1), ContainElement(built{"Job/shop", "successful", keys})))
	}

	It("a Deployment of it has the build's commits, without a question to the registry", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "own-prod")
		pulled := code.Pulls()
		first, image := commit("SHOP-500: a")
		buildIt(ctx, namespace, first, "SHOP-500")
		d := makeDeployment(namespace, "web").Site("images").Image(image).Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-500"})
		_, _ = commit("SHOP-501: b")
		third, image := commit("SHOP-502: c")
		nextSecond()
		buildIt(ctx, namespace, third, "SHOP-502 SHOP-501")
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-500"}, shown{2, "successful", "production", "SHOP-502 SHOP-501"})
		for i, revision := range []string{first, third} {
			source := records(ctx, namespace)[i].Spec.Source
			Expect(source.From).To(Equal(v1alpha1.SourceBuild))
			Expect(source.Repository).To(Equal(shop.URL))
			Expect(source.Revision).To(Equal(revision))
		}
		Expect(code.Pulls()).To(Equal(pulled))
	})

	It("a Deployment that was there before the build ended has its commits once it has, at each site that may ask for them", func(ctx SpecContext) {
		makeBuildsSite(ctx, "images-alone", func(s *v1alpha1.JiraSiteSpec) {
			s.Commits = &v1alpha1.Commits{
				Repositories: []v1alpha1.CommitRepositories{{URL: code.RepositoriesURL() + "/acme", SecretName: "images-git"}},
			}
		})
		namespace := makeNamespace(ctx, "early-prod")
		revision, image := commit("SHOP-510: a")
		web := makeDeployment(namespace, "web").Site("images").Image(image).Obj()
		create(ctx, web)
		api := makeStatefulSet(namespace, "api").Site("images-alone").Obj()
		api.Spec.Template.Spec.Containers[0].Image = image
		create(ctx, api)
		awaitAvailable(ctx, web, 3)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(BeEmpty())
		buildIt(ctx, namespace, revision, "SHOP-510")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-510"}, shown{1, "successful", "production", "SHOP-510"})
	})

	It("tenant: in other namespaces only where the site trusts the build's", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		forged, _ := commit("SHOP-520: the stranger's")
		genuine, image := commit("SHOP-521: what it is")
		stranger := makeJob(strange, "shop-").Site("images").Annotation(v1alpha1.AnnotationRepository, shop.URL).
			Annotation(v1alpha1.AnnotationRevision, forged).Annotation(v1alpha1.AnnotationImageDigest, digestOf(genuine)).Obj()
		create(ctx, stranger)
		playJob(ctx, stranger, jobStarted, jobSucceeded)
		Eventually(func() []built { return buildsInJira(strange) }).Should(Equal([]built{{"Job/shop", "successful", "SHOP-520"}}))
		create(ctx, makeDeployment(namespace, "untrusted").Site("images").Image(image).IssueKeys("SHOP-529").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-529"})
		Expect(records(ctx, namespace)[0].Spec.Source).To(Or(BeNil(), HaveField("From", Not(Equal(v1alpha1.SourceBuild)))))

		nextSecond()
		buildIt(ctx, ci, genuine, "SHOP-521")
		create(ctx, makeDeployment(namespace, "web").Site("images").Image(image).Obj())
		Eventually(func() []shown { return inJira(namespace) }).Should(ContainElement(shown{1, "successful", "production", "SHOP-521"}))
	})
})
