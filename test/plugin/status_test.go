// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var _ = Describe("kubectl rollcall status --wait", func() {
	var namespace string

	BeforeEach(func(ctx SpecContext) { namespace = makeNamespace(ctx, "prod") })

	await := func(ctx SpecContext, workload string, more ...string) result {
		return rollcall(ctx, control.Kubeconfig(), append([]string{"status", workload, "-n", namespace, "--wait", "--timeout=40s"}, more...)...)
	}

	It("waits for the release that was applied just before, of a Deployment", func(ctx SpecContext) {
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-1").Obj()
		create(ctx, d)
		r := await(ctx, "deploy/web")
		Expect(r.code).To(BeZero(), r.String())
		Expect(r.stdout).To(Equal("acme: Jira has revision 1, successful in Production (SHOP-1).\n"))
		for i, keys := range []string{"SHOP-2", "SHOP-3"} {
			change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = keys })
			r = await(ctx, "deploy/web")
			Expect(r.code).To(BeZero(), r.String())
			Expect(r.stdout).To(Equal(fmt.Sprintf("acme: Jira has revision %d, successful in Production (%s).\n", i+2, keys)))
		}
	})

	It("waits for the release that was applied just before, of a StatefulSet and a DaemonSet", func(ctx SpecContext) {
		template := makeDeployment(namespace, "db").IssueKeys("SHOP-1").Obj().Spec
		meta := metav1.ObjectMeta{Namespace: namespace, Name: "db", Labels: map[string]string{"site": "acme"}}
		s := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{Replicas: template.Replicas, Selector: template.Selector, Template: template.Template}}
		ds := &appsv1.DaemonSet{ObjectMeta: *meta.DeepCopy(), Spec: appsv1.DaemonSetSpec{Selector: template.Selector, Template: *template.Template.DeepCopy()}}
		ds.Name = "agent"
		create(ctx, s)
		create(ctx, ds)
		for _, workload := range []string{"sts/db", "ds/agent"} {
			r := await(ctx, workload)
			Expect(r.code).To(BeZero(), r.String())
		}
		change(ctx, s, func(s *appsv1.StatefulSet) { s.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-2" })
		r := await(ctx, "sts/db")
		Expect(r.stdout).To(ContainSubstring("successful in Production (SHOP-2)"), r.String())
		change(ctx, ds, func(d *appsv1.DaemonSet) { d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-3" })
		r = await(ctx, "ds/agent")
		Expect(r.stdout).To(ContainSubstring("successful in Production (SHOP-3)"), r.String())
	})

	It("ends in 1 where Jira has it as failed", func(ctx SpecContext) {
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-1").NeverReady(1).Obj())
		r := await(ctx, "deploy/web")
		Expect(r.code).To(Equal(1), r.String())
		Expect(r.stdout).To(ContainSubstring("revision 1, failed in Production"))
		Expect(r.stderr).To(ContainSubstring("kubectl rollcall explain deployments/web -n " + namespace))
	})

	It("ends in 3 where it takes too long", func(ctx SpecContext) {
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-1").NeverReady(600).Obj())
		r := await(ctx, "deploy/web", "--timeout=3s")
		Expect(r.code).To(Equal(3), r.String())
		Expect(r.stderr).To(ContainSubstring("it took longer than 3s"))
	})

	It("ends in 4 at once where waiting changes nothing", func(ctx SpecContext) {
		d := makeDeployment(namespace, "web").Obj()
		create(ctx, d)
		awaitRevision(ctx, d)
		begun := time.Now()
		r := await(ctx, "deploy/web")
		Expect(r.code).To(Equal(4), r.String())
		Expect(r.stdout).To(ContainSubstring("No text of the release names an issue of the site"))
		Expect(time.Since(begun)).To(BeNumerically("<", 20*time.Second))
	})

	It("ends in 5 where somebody has to mend the site", func(ctx SpecContext) {
		create(ctx, makeSite("mended"))
		create(ctx, makeDeployment(namespace, "web").Site("mended").IssueKeys("SHOP-1").Obj())
		r := await(ctx, "deploy/web", "--site=mended")
		Expect(r.code).To(Equal(5), r.String())
		Expect(r.stdout).To(ContainSubstring("SecretNotFound"))
	})

	It("ends in 6 where there is no such workload, and in 2 where it names none", func(ctx SpecContext) {
		r := await(ctx, "deploy/none")
		Expect(r.code).To(Equal(6), r.String())
		r = await(ctx, "web")
		Expect(r.code).To(Equal(2), r.String())
	})

	It("says how far it is without --wait, also as JSON, to a user of the namespace alone", func(ctx SpecContext) {
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-1").Obj())
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		tenant := makeTenant(ctx, namespace)
		Eventually(func(g Gomega) {
			r := rollcall(ctx, tenant, "status", "deploy/web", "-o", "json")
			g.Expect(r.code).To(BeZero(), r.String())
			g.Expect(r.stdout).To(ContainSubstring(`"state": "successful"`))
		}).Should(Succeed())
	})
})
