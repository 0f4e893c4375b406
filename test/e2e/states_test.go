// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var _ = Describe("The state of a rollout", func() {
	It("is pending while it is paused half-way, and goes on from there", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-400").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-400"})

		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-401").NeverReady(600).Obj().Spec.Template
		})
		awaitStatus(ctx, d, func(s appsv1.DeploymentStatus) bool { return s.UpdatedReplicas > 0 })
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Paused = true })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-400"}, shown{2, "pending", "production", "SHOP-401"})

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Paused = false })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-400"}, shown{2, "in_progress", "production", "SHOP-401"})
	})

	It("is nothing for a new template on a paused Deployment, until it is resumed", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-402").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-402"})

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Paused = true })
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-403").Image("shop/web:2").Obj().Spec.Template
		})
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-402"}}))

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Paused = false })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-402"}, shown{2, "successful", "production", "SHOP-403"})
	})

	It("stays failed where the next release recreates the pods", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-404").NeverReady(1).Obj()
		d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
		create(ctx, d)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-404"})
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-405").Obj().Spec.Template
		})
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-404"}, shown{2, "successful", "production", "SHOP-405"})
	})

	It("is successful without a progress deadline", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-406").Obj()
		d.Spec.ProgressDeadlineSeconds = ptr.To[int32](math.MaxInt32)
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-406"})
	})

	It("keeps a release's issues where the next one is scaled in the same apply", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-408").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-408"})
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-409").Obj().Spec.Template
			d.Spec.Replicas = ptr.To[int32](5)
		})
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-408"}, shown{2, "successful", "production", "SHOP-409"})
	})

	It("is cancelled by a release without issue keys, which has none itself", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-410").NeverReady(600).Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-410"})
		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template = makeDeployment(namespace, "web").Obj().Spec.Template })
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-410"})
		Expect(scrape(ctx)).To(ContainSubstring(`rollcall_rollouts_skipped_total{reason="NoIssueKey",site="acme"}`))
	})

	It("is followed to its end by a site that does not select it any more", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-411").NeverReady(600).Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-411"})
		change(ctx, d, func(d *appsv1.Deployment) { d.Labels["site"] = "nobodys" })
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-411"})
	})

	It("arrives though the manager is killed in the middle", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-412").NeverReady(600).Obj())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-412"})
		running.Kill()
		healPods(ctx, namespace)
		runManager()
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-412"})
	})
})

var _ = Describe("The records of a workload", func() {
	It("are those of its newest revisions, and Jira keeps the others", func(ctx SpecContext) {
		mendSecret(ctx, "short-jira", clientID, canary)
		create(ctx, makeSite("short", func(s *v1alpha1.JiraSiteSpec) {
			s.Retention.Revisions = 2
			s.Restarts = v1alpha1.RestartsReport
		}))
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Site("short").IssueKeys("SHOP-420").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-420"})
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-421").Obj().Spec.Template
		})
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-420"}, shown{2, "successful", "production", "SHOP-421"})

		By("A restart is a deployment of its own, where the site says so.")
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-02T03:04:05Z"
		})
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-420"},
			shown{2, "successful", "production", "SHOP-421"},
			shown{3, "successful", "production", "SHOP-421"})
		Eventually(func() (revisions []int64) {
			for _, record := range records(ctx, namespace) {
				revisions = append(revisions, record.Spec.Revision)
			}
			return revisions
		}).Should(Equal([]int64{2, 3}))
	})

	It("have rising numbers, also where it is deleted and created again under its name", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-430").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-430"})
		Expect(kube.Delete(ctx, d)).To(Succeed())
		time.Sleep(1100 * time.Millisecond) // creation times are good to the second, and so are the numbers
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-431").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-430"}, shown{1, "successful", "production", "SHOP-431"})
	})

	It("follow the label of their namespace", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "team")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-440").Obj())
		awaitJira(namespace, shown{1, "successful", "unmapped", "SHOP-440"})
		ns := &corev1.Namespace{}
		Expect(kube.Get(ctx, client.ObjectKey{Name: namespace}, ns)).To(Succeed())
		change(ctx, ns, func(ns *corev1.Namespace) { ns.Labels[v1alpha1.KeyEnvironmentType] = "staging" })
		awaitJira(namespace, shown{1, "successful", "staging", "SHOP-440"})
	})
})

func awaitStatus(ctx SpecContext, d *appsv1.Deployment, holds func(appsv1.DeploymentStatus) bool) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(holds(d.Status)).To(BeTrue())
	}).Should(Succeed())
}
