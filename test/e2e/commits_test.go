// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/forge"
)

var _ = Describe("Commits", Ordered, func() {
	const site = "commits"
	var (
		code   *forge.Forge
		shop   *forge.Repository
		images []string
	)

	// release commits, builds an image of it, and returns a Deployment that runs it.
	release := func(message string) string {
		GinkgoHelper()
		_, err := shop.Commit(message)
		Expect(err).NotTo(HaveOccurred())
		image, err := shop.Build(fmt.Sprintf("1.%d", len(images)))
		Expect(err).NotTo(HaveOccurred())
		images = append(images, image)
		return image
	}

	// sourceOf waits until the record of a revision says this of its source.
	sourceOf := func(ctx context.Context, namespace string, revision int64, reason string) v1alpha1.JiraDeployment {
		GinkgoHelper()
		var found v1alpha1.JiraDeployment
		Eventually(func(g Gomega) {
			for _, d := range records(ctx, namespace) {
				if d.Spec.Revision == revision {
					found = d
				}
			}
			says := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionSourceResolved)
			g.Expect(says).NotTo(BeNil())
			g.Expect(says.Reason).To(Equal(reason), says.Message)
			g.Expect(says.ObservedGeneration).To(Equal(found.Generation))
		}).Should(Succeed())
		return found
	}

	BeforeAll(func(ctx SpecContext) {
		var err error
		code, err = forge.Start(GinkgoT().TempDir(), "rollcall", canary)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(code.Close)
		shop, err = code.Create("acme/shop")
		Expect(err).NotTo(HaveOccurred())
		create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "commits-git", Annotations: map[string]string{
				v1alpha1.AnnotationRepositories: code.RepositoriesURL() + "/acme",
			}},
			StringData: map[string]string{"username": code.User, "password": canary},
		})
		mendSecret(ctx, "commits-jira", clientID, canary)
		create(ctx, makeSite(site, func(s *v1alpha1.JiraSiteSpec) {
			s.Commits = &v1alpha1.Commits{
				Registries:   []string{code.RegistryURL()},
				Repositories: []v1alpha1.CommitRepositories{{URL: code.RepositoriesURL() + "/acme", SecretName: "commits-git"}},
			}
		}))
		awaitReason(ctx, site, v1alpha1.ReasonReady)
	})

	It("that went to development one by one are shipped to production together", func(ctx SpecContext) {
		dev, prod := makeNamespace(ctx, "dev"), makeNamespace(ctx, "prod")
		first := release("SHOP-900: Begin")
		inDev, inProd := makeDeployment(dev, "web").Site(site).Image(first).Obj(), makeDeployment(prod, "web").Site(site).Image(first).Obj()
		create(ctx, inDev)
		create(ctx, inProd)
		awaitJira(prod, shown{1, "successful", "production", "SHOP-900"})
		for i, message := range []string{"SHOP-901: a", "Merge branch 'SHOP-902-b'", "SHOP-903: c"} {
			image := release(message)
			change(ctx, inDev, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = image })
			Eventually(func() shown { return newestInJira(dev) }).Should(
				Equal(shown{int64(i + 2), "successful", "development", fmt.Sprintf("SHOP-90%d", i+1)}))
		}
		change(ctx, inProd, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = images[3] })
		awaitJira(prod, shown{1, "successful", "production", "SHOP-900"}, shown{2, "successful", "production", "SHOP-903 SHOP-902 SHOP-901"})
		record := sourceOf(ctx, prod, 2, v1alpha1.ReasonResolved)
		Expect(record.Spec.Source.Commits).To(BeEquivalentTo(3))
		Expect(record.Spec.Source.Base).To(Equal(sourceOf(ctx, prod, 1, v1alpha1.ReasonResolved).Spec.Source.Revision))
		Expect(record.Spec.Description).To(MatchRegexp(`, 3 commits, [0-9a-f]{7}[.]{3}[0-9a-f]{7}$`))
		for _, request := range jiraNow.Requests() {
			for _, d := range request.Deployments {
				if strings.HasPrefix(d.Pipeline.ID, clusterName+"/"+prod+"/") && d.DeploymentSequenceNumber%1_000_000 == 2 {
					Expect(d.Associations[0].Values).To(Equal([]string{"SHOP-903", "SHOP-902", "SHOP-901"}), "in progress and successful have the same keys")
				}
			}
		}

		By("rolling out the same image with another setting: it ships nothing")
		change(ctx, inProd, func(d *appsv1.Deployment) {
			metav1.SetMetaDataAnnotation(&d.Spec.Template.ObjectMeta, "setting", "other")
		})
		again := sourceOf(ctx, prod, 3, v1alpha1.ReasonResolved)
		Expect(again.Spec.Source.Range).To(Equal(v1alpha1.RangeSame))
		Eventually(func() *metav1.Condition {
			return meta.FindStatusCondition(sourceOf(ctx, prod, 3, v1alpha1.ReasonResolved).Status.Conditions, v1alpha1.ConditionDelivered)
		}).Should(HaveField("Reason", v1alpha1.ReasonNoIssueKeys))
		Expect(inJira(prod)).To(HaveLen(2))

		By("starting the manager anew: nobody is asked again")
		asked, pulled := code.GitRequests(), code.Pulls()
		restartManager()
		awaitReason(ctx, site, v1alpha1.ReasonReady)
		create(ctx, makeDeployment(dev, "marker").Site(site).IssueKeys("SHOP-904").Image("shop/unlisted:1").Obj())
		Eventually(func() []shown { return inJira(dev) }).Should(ContainElement(shown{1, "successful", "development", "SHOP-904"}))
		Expect(code.GitRequests()).To(Equal(asked))
		Expect(code.Pulls()).To(Equal(pulled))
	})

	It("that nobody answers for hold up nothing, and come later", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		image := release("SHOP-911: x")
		code.Down(true)
		DeferCleanup(code.Down, false)
		d := makeDeployment(namespace, "web").Site(site).Image(image).Obj()
		d.Annotations = map[string]string{v1alpha1.AnnotationCommitMessage: "SHOP-910: from the pipeline"}
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-910"})
		sourceOf(ctx, namespace, 1, v1alpha1.ReasonUnreachable)
		Expect(eventsAbout(ctx, namespace, "web")).To(ContainElement(HavePrefix(v1alpha1.EventSourceNotResolved)))
		code.Down(false)
		Eventually(func() []shown { return inJira(namespace) }).WithTimeout(2 * time.Minute).Should(
			Equal([]shown{{1, "successful", "production", "SHOP-911"}}))
	})

	It("of one image are asked for once, however many run it", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		image := release("SHOP-920: x")
		asked, pulled := code.GitRequests(), code.Pulls()
		for n := range 20 {
			create(ctx, makeDeployment(namespace, fmt.Sprintf("web-%d", n)).Site(site).Image(image).Obj())
		}
		Eventually(func() int { return len(inJira(namespace)) }).Should(Equal(20))
		Expect(code.GitRequests() - asked).To(BeNumerically("<=", 2))
		Expect(code.Pulls() - pulled).To(BeNumerically("<=", 4))
	})

	It("tenant: of a repository that is not listed are not asked for, and others' are", func(ctx SpecContext) {
		mallory, honest := makeNamespace(ctx, "mallory-prod"), makeNamespace(ctx, "prod")
		elsewhere, err := code.Create("evil/shop")
		Expect(err).NotTo(HaveOccurred())
		_, err = elsewhere.Commit("SHOP-930: y")
		Expect(err).NotTo(HaveOccurred())
		evil, err := elsewhere.Build("1")
		Expect(err).NotTo(HaveOccurred())
		image, asked := release("SHOP-931: x"), code.GitRequests()
		create(ctx, makeDeployment(mallory, "web").Site(site).Image(evil).Obj())
		sourceOf(ctx, mallory, 1, v1alpha1.ReasonRepositoryNotListed)
		create(ctx, makeDeployment(mallory, "leads-out").Site(site).Annotation(v1alpha1.AnnotationRepository, code.RepositoriesURL()+"/acme/../evil/shop").
			Annotation(v1alpha1.AnnotationRevision, "main").Obj())
		create(ctx, makeDeployment(mallory, "as-somebody").Site(site).
			Annotation(v1alpha1.AnnotationRepository, "http://me:secret@"+code.RepositoriesURL()[len("http://"):]+"/acme/shop").
			Annotation(v1alpha1.AnnotationRevision, "main").Obj())
		for _, name := range []string{"leads-out", "as-somebody"} { // other Events are Kubernetes' own
			Eventually(func() []string { return eventsAbout(ctx, mallory, name) }).Should(
				ContainElement(HavePrefix(v1alpha1.EventSourceNotResolved)))
		}
		Expect(code.GitRequests()).To(Equal(asked))
		Expect(inJira(mallory)).To(BeEmpty())

		create(ctx, makeDeployment(honest, "web").Site(site).Image(image).Obj())
		awaitJira(honest, shown{1, "successful", "production", "SHOP-931"})
	})

	It("leave their credential in no log, and in no object", func(ctx SpecContext) {
		log, err := os.ReadFile(managerLog)
		Expect(err).NotTo(HaveOccurred())
		expectNoSecret("the log", string(log))
		searchObjects(ctx)
	})
})
