// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/forge"
)

// watchedSite is the site of what is played for Prometheus. Its releases say their keys in commits.
const watchedSite = "watched"

// makeWatchedSite creates the site, and returns the repository of the shop.
func makeWatchedSite(ctx context.Context) *forge.Repository {
	GinkgoHelper()
	code, err := forge.Start(GinkgoT().TempDir(), "rollcall", canary)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(code.Close)
	shop, err := code.Create("acme/shop")
	Expect(err).NotTo(HaveOccurred())
	create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "watched-git", Annotations: map[string]string{
			v1alpha1.AnnotationRepositories: code.RepositoriesURL() + "/acme",
		}},
		StringData: map[string]string{"username": code.User, "password": canary},
	})
	makeBuildsSite(ctx, watchedSite, func(s *v1alpha1.JiraSiteSpec) {
		s.Commits = &v1alpha1.Commits{
			Registries:   []string{code.RegistryURL()},
			Repositories: []v1alpha1.CommitRepositories{{URL: code.RepositoriesURL() + "/acme", SecretName: "watched-git"}},
		}
	})
	return shop
}

// playReleases makes each of the things happen that the dashboard has a panel for.
func playReleases(ctx context.Context, shop *forge.Repository) {
	GinkgoHelper()
	playProduction(ctx, shop)
	playEvidence(ctx)
	playBuilds(ctx)
	playQuota(ctx)
	playLoop(ctx)
	playOutage(ctx)
}

// playProduction: a release succeeds, the next one fails, a third restores it, and is rolled back.
func playProduction(ctx context.Context, shop *forge.Repository) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "prod")
	d := makeDeployment(namespace, "web").Site(watchedSite).Image(buildOf(shop, "SHOP-950: Begin")).Obj()
	create(ctx, d)
	awaitJira(namespace, shown{1, "successful", "production", "SHOP-950"})
	first := d.Spec.Template.DeepCopy()

	change(ctx, d, func(d *appsv1.Deployment) {
		broken := makeDeployment(namespace, "web").Site(watchedSite).IssueKeys("SHOP-951").NeverReady(1).Obj()
		d.Spec.Template, d.Spec.ProgressDeadlineSeconds = broken.Spec.Template, broken.Spec.ProgressDeadlineSeconds
	})
	Eventually(func() string { return newestInJira(namespace).state }).Should(Equal("failed"))
	change(ctx, d, func(d *appsv1.Deployment) {
		d.Spec.Template = makeDeployment(namespace, "web").Image(buildOf(shop, "SHOP-952: Mend")).Obj().Spec.Template
	})
	Eventually(func() string { return newestInJira(namespace).state }).Should(Equal("successful"))
	change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template = *first })
	Eventually(func() []string { return toldStates(namespace) }).Should(ContainElement("rolled_back"))
}

// buildOf commits, and returns an image of it.
func buildOf(shop *forge.Repository, message string) string {
	GinkgoHelper()
	commit, err := shop.Commit(message)
	Expect(err).NotTo(HaveOccurred())
	image, err := shop.Build(commit[:12])
	Expect(err).NotTo(HaveOccurred())
	return image
}

// playEvidence: no key, a key that Jira does not know, more keys than it takes, and an environment without a type.
func playEvidence(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "team")
	keys := make([]string, 501)
	for i := range keys {
		keys[i] = fmt.Sprintf("SHOP-%d", i+1)
	}
	create(ctx, makeDeployment(namespace, "keyless").Site(watchedSite).Obj())
	create(ctx, makeDeployment(namespace, "unknown").Site(watchedSite).IssueKeys("NOPE-1").Obj())
	create(ctx, makeDeployment(namespace, "many").Site(watchedSite).IssueKeys(strings.Join(keys, ",")).Obj())
	Eventually(func() string { return newestInJira(namespace).environment }).Should(Equal("unmapped"))
}

// playBuilds: a build succeeds, another fails, and a third names no issue.
func playBuilds(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "ci")
	good, bad := makeJob(namespace, "good").Site(watchedSite).Branch("SHOP-960").Obj(), makeJob(namespace, "bad").Site(watchedSite).Branch("SHOP-961").Obj()
	create(ctx, good)
	create(ctx, bad)
	create(ctx, makeJob(namespace, "keyless").Site(watchedSite).Obj())
	playJob(ctx, good, jobStarted, jobSucceeded)
	playJob(ctx, bad, jobStarted, jobFailed)
	awaitBuilds(namespace, built{"Job/bad", "failed", "SHOP-961"}, built{"Job/good", "successful", "SHOP-960"})
}

// playQuota: the API server refuses a record.
func playQuota(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "staging")
	_, err := cluster.Limit(ctx, kube, namespace, "jiradeployments.rollcall.dev", 0)
	Expect(err).NotTo(HaveOccurred())
	create(ctx, makeDeployment(namespace, "web").Site(watchedSite).IssueKeys("SHOP-970").Obj())
	Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(HavePrefix("RecordRefused")))
}

// playLoop: something stamps the pod template again and again.
func playLoop(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "dev")
	d := makeDeployment(namespace, "loop").Site(watchedSite).IssueKeys("SHOP-980").Obj()
	create(ctx, d)
	Eventually(func() []string {
		release(ctx, d, "shop/web:"+time.Now().Format("150405.000"))
		return eventsAbout(ctx, namespace, "loop")
	}).WithPolling(500 * time.Millisecond).Should(ContainElement(HavePrefix("ReleasesThrottled")))
}

// playOutage: Jira is away for some seconds, and a release waits for it.
func playOutage(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "prod")
	jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 503})
	DeferCleanup(jiraNow.ClearFaults)
	create(ctx, makeDeployment(namespace, "web").Site(watchedSite).IssueKeys("SHOP-990").Obj())
	time.Sleep(5 * time.Second) // so long it has to wait, for Prometheus to see it
	jiraNow.ClearFaults()
	awaitJira(namespace, shown{1, "successful", "production", "SHOP-990"})
}

// playDay rolls releases out through the environments: one of seven fails at first, one of ten says its keys in a commit, and
// with one of five something is built.
func playDay(ctx context.Context, shop *forge.Repository, length time.Duration) {
	GinkgoHelper()
	var deployments []*appsv1.Deployment
	for _, environment := range []string{"dev", "staging", "prod"} {
		namespace := makeNamespace(ctx, environment)
		for _, name := range []string{"web", "cart", "search", "orders", "stock", "mail", "login"} {
			d := makeDeployment(namespace, name).Site(watchedSite).IssueKeys("SHOP-1").Obj()
			create(ctx, d)
			deployments = append(deployments, d)
		}
	}
	ci := makeNamespace(ctx, "ci")
	end := time.Now().Add(length)
	for i := 0; time.Now().Before(end); i++ {
		keys := fmt.Sprintf("SHOP-%d", 2+i%900)
		if i%5 == 0 {
			playBuild(ctx, ci, keys, i%15 == 0)
		}
		next := makeDeployment("", "").IssueKeys(keys).Image("shop/web:" + keys)
		switch {
		case i%7 == 0:
			next = next.NeverReady(2)
		case i%10 == 0:
			next = makeDeployment("", "").Image(buildOf(shop, keys+": Change"))
		}
		change(ctx, deployments[i%len(deployments)], func(d *appsv1.Deployment) {
			d.Spec.Template, d.Spec.ProgressDeadlineSeconds = next.Obj().Spec.Template, next.Obj().Spec.ProgressDeadlineSeconds
		})
		time.Sleep(700 * time.Millisecond)
	}
}

// playBuild: a Job runs.
func playBuild(ctx context.Context, namespace, keys string, fails bool) {
	GinkgoHelper()
	j := makeJob(namespace, "build-").Site(watchedSite).Branch(keys).Obj()
	create(ctx, j)
	end := jobSucceeded
	if fails {
		end = jobFailed
	}
	playJob(ctx, j, jobStarted, end)
}
