// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

// The tests stand in for the controllers of Argo Rollouts, Flagger and Knative: they write what those write.
var _ = Describe("Who deploys here:", Ordered, func() {
	var namespace string

	BeforeAll(func(ctx SpecContext) {
		installArgo(ctx)
		Expect(cluster.Apply(ctx, kube, "testdata/flagger-crd.yaml")).To(Succeed())
		Eventually(func() (string, error) {
			log, err := os.ReadFile(managerLog)
			return string(log), err
		}).Should(MatchRegexp(`"Watching".*"kind":\s*"Canary"|Watching.*Canary`))
	})

	BeforeEach(func(ctx SpecContext) {
		namespace = makeNamespace(ctx, "prod")
	})

	It("a Rollout that takes its template from a Deployment is told, and the Deployment is not, whatever becomes of its pods", func(ctx SpecContext) {
		o := makeArgoRollout(namespace, "web", "")
		delete(o.Object["spec"].(map[string]any), "template")
		o.Object["spec"].(map[string]any)["workloadRef"] = map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "scaleDown": "progressively",
		}
		create(ctx, o)
		sendMarker(ctx) // the manager knows of the Rollout
		web := makeDeployment(namespace, "web").IssueKeys("SHOP-600").Obj()
		create(ctx, web)
		playArgoWith(ctx, o, web, 1, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-600"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/Rollout/web"))

		nextSecond()
		change(ctx, web, releaseOf("shop/web:2.0.0", "SHOP-601"))
		awaitAvailable(ctx, web, 3)
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-600"}}), "Argo's controller has not seen the template")
		playArgoWith(ctx, o, web, 2, argoPaused)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-600"}, shown{2, "pending", "production", "SHOP-601"})
		change(ctx, web, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) }) // it is Argo that scales it down
		playArgoWith(ctx, o, web, 2, argoAborted)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-600"}, shown{2, "failed", "production", "SHOP-601"})
	})

	It("Flagger's target is told under its own name: the promotion is the release, and a failed analysis is failed", func(ctx SpecContext) {
		analysis := makeCanary(namespace, "Deployment", "web")
		web := makeDeployment(namespace, "web").IssueKeys("SHOP-610").Obj()
		create(ctx, analysis)
		create(ctx, web)
		primary := &appsv1.Deployment{ObjectMeta: primaryMeta(analysis, web), Spec: *web.Spec.DeepCopy()}
		primary.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web-primary"}}
		copyTemplate(&primary.Spec.Template.ObjectMeta, &web.Spec.Template.ObjectMeta)
		create(ctx, primary)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-610"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/Deployment/web"))
		scaleTo(ctx, web, 0)
		playFlagger(ctx, analysis, "Initialized", "True")

		By("an analysis that fails")
		nextSecond()
		change(ctx, web, releaseOf("shop/web:2.0.0", "SHOP-611"))
		playFlagger(ctx, analysis, "Progressing", "Unknown")
		scaleTo(ctx, web, 1)
		awaitAvailable(ctx, web, 1)
		first := shown{1, "successful", "production", "SHOP-610"}
		awaitJira(namespace, first, shown{2, "in_progress", "production", "SHOP-611"})
		scaleTo(ctx, web, 0)
		playFlagger(ctx, analysis, "Failed", "False")
		awaitJira(namespace, first, shown{2, "failed", "production", "SHOP-611"})
		Expect(stored(jiraNow, namespace)[1].Description).To(ContainSubstring("Canary is Failed."))

		By("the next, which is promoted")
		nextSecond()
		change(ctx, web, releaseOf("shop/web:3.0.0", "SHOP-612"))
		playFlagger(ctx, analysis, "Progressing", "Unknown")
		scaleTo(ctx, web, 1)
		awaitJira(namespace, first, shown{2, "failed", "production", "SHOP-611"}, shown{3, "in_progress", "production", "SHOP-612"})
		change(ctx, primary, func(d *appsv1.Deployment) {
			d.Spec.Template.Spec = web.Spec.Template.Spec
			copyTemplate(&d.Spec.Template.ObjectMeta, &web.Spec.Template.ObjectMeta)
		})
		playFlagger(ctx, analysis, "Promoting", "Unknown")
		awaitJira(namespace, first, shown{2, "failed", "production", "SHOP-611"}, shown{3, "successful", "production", "SHOP-612"})
		playFlagger(ctx, analysis, "Succeeded", "True")
		scaleTo(ctx, web, 0)

		By("nothing was told of the primary's own, and nothing more when the manager starts anew")
		before := bulkRequests(namespace)
		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(before))
		Expect(inJira(namespace)).To(Equal([]shown{first, {2, "failed", "production", "SHOP-611"}, {3, "successful", "production", "SHOP-612"}}))
	})

	It("a DaemonSet that Flagger scales to zero is no release, and is told as its primary stands", func(ctx SpecContext) {
		makeNode(ctx, namespace, "a")
		analysis := makeCanary(namespace, "DaemonSet", "agent")
		agent := makeDaemonSet(namespace, "agent").IssueKeys("SHOP-620").Obj()
		create(ctx, analysis)
		create(ctx, agent)
		primary := &appsv1.DaemonSet{ObjectMeta: primaryMeta(analysis, agent), Spec: *agent.Spec.DeepCopy()}
		primary.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "agent-primary"}}
		copyTemplate(&primary.Spec.Template.ObjectMeta, &agent.Spec.Template.ObjectMeta)
		primary.Spec.Template.Labels["app"] = "agent-primary"
		create(ctx, primary)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-620"})
		change(ctx, agent, func(d *appsv1.DaemonSet) {
			d.Spec.Template.Spec.NodeSelector["flagger.app/scale-to-zero"] = "true"
		})
		playFlagger(ctx, analysis, "Initialized", "True")
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(agent), agent)).To(Succeed())
			g.Expect(agent.Status.ObservedGeneration).To(Equal(agent.Generation))
			g.Expect(agent.Status.DesiredNumberScheduled).To(BeZero())
		}).Should(Succeed())
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-620"}}))
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/DaemonSet/agent"))
	})

	It("a Deployment that Knative makes for each revision is counted, and told where a site asks for it", func(ctx SpecContext) {
		mendSecret(ctx, "revisions-jira", clientID, canary)
		create(ctx, makeSite("revisions", func(s *v1alpha1.JiraSiteSpec) {
			s.RevisionWorkloadSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"serving.knative.dev/service": "shop"}}
		}))
		awaitReason(ctx, "revisions", v1alpha1.ReasonReady)
		owner := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}} // Knative is not here
		owner.SetNamespace(namespace)
		owner.SetName("shop-00007")
		create(ctx, owner)
		for _, revision := range []struct{ site, service, number string }{
			{"acme", "shop", "00007"}, {"revisions", "pay", "00007"}, {"revisions", "shop", "00008"},
		} {
			d := makeDeployment(namespace, revision.service+"-"+revision.number+"-deployment").Site(revision.site).IssueKeys("SHOP-630").Obj()
			d.Labels["serving.knative.dev/service"] = revision.service
			d.OwnerReferences = ownedBy("serving.knative.dev/v1", "Revision", owner)
			create(ctx, d)
		}
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-630"})
		Expect(stored(jiraNow, namespace)[0].Pipeline.ID).To(HaveSuffix("/Deployment/shop-00008-deployment"))
		sendMarker(ctx)
		Expect(scrape(ctx)).To(And(
			ContainSubstring(`rollcall_rollouts_skipped_total{reason="MadePerRevision",site="acme"} 1`),
			ContainSubstring(`rollcall_rollouts_skipped_total{reason="MadePerRevision",site="revisions"} 1`)))
	})

	It("a Deployment that becomes a Rollout goes on in one pipeline where the site identifies pipelines by name", func(ctx SpecContext) {
		mendSecret(ctx, "movers-jira", clientID, canary)
		create(ctx, makeSite("movers", func(s *v1alpha1.JiraSiteSpec) { s.PipelineIDs = v1alpha1.PipelineIDsName }))
		awaitReason(ctx, "movers", v1alpha1.ReasonReady)
		web := makeDeployment(namespace, "web").Site("movers").IssueKeys("SHOP-640").Obj()
		create(ctx, web)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-640"})
		nextSecond()
		o := makeArgoRollout(namespace, "web", "SHOP-641")
		o.SetLabels(map[string]string{"site": "movers"})
		Expect(kube.Delete(ctx, web)).To(Succeed())
		create(ctx, o)
		playArgo(ctx, o, 2, argoHealthy)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-640"}, shown{2, "successful", "production", "SHOP-641"})
		for _, d := range stored(jiraNow, namespace) {
			Expect(d.Pipeline.ID).To(Equal(clusterName + "/" + namespace + "/web"))
		}
	})
})
