// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// written writes annotations on a Deployment's own metadata; pairs of a name and a value.
func written(d *appsv1.Deployment, pairs ...string) *appsv1.Deployment {
	for i := 0; i < len(pairs); i += 2 {
		metav1.SetMetaDataAnnotation(&d.ObjectMeta, pairs[i], pairs[i+1])
	}
	return d
}

// release gives a Deployment an image, and its pod template annotations; pairs of a name and a value.
func release(ctx context.Context, d *appsv1.Deployment, image string, pairs ...string) {
	GinkgoHelper()
	change(ctx, d, func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].Image = image
		for i := 0; i < len(pairs); i += 2 {
			metav1.SetMetaDataAnnotation(&d.Spec.Template.ObjectMeta, pairs[i], pairs[i+1])
		}
	})
}

// awaitRevision waits until a Deployment's rollout of a revision is finished.
func awaitRevision(ctx context.Context, d *appsv1.Deployment, revision string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Annotations).To(HaveKeyWithValue("deployment.kubernetes.io/revision", revision))
	}).Should(Succeed())
	awaitAvailable(ctx, d, *d.Spec.Replicas)
}

var _ = Describe("A text speaks of the release that it came with:", func() {
	const message = v1alpha1.AnnotationCommitMessage

	It("metadata alone rewrites no finished release", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		deployments := make([]*appsv1.Deployment, 3)
		for i := range deployments {
			deployments[i] = written(makeDeployment(namespace, fmt.Sprintf("w%d", i)).Obj(), message, fmt.Sprintf("SHOP-1%d: x", i))
			create(ctx, deployments[i])
		}
		keys := func() (all []string) {
			for _, d := range inJira(namespace) {
				all = append(all, d.state+" "+d.keys)
			}
			return all
		}
		want := ConsistOf("successful SHOP-10", "successful SHOP-11", "successful SHOP-12")
		Eventually(keys).Should(want)

		for _, d := range deployments {
			change(ctx, d, func(d *appsv1.Deployment) { written(d, message, "SHOP-20: x") })
		}
		sendMarker(ctx)
		Expect(keys()).To(want)
	})

	It("a revert to an earlier image is a rollback, whatever its message says, and names what is reverted", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Image("shop/web:1.0").Annotation(message, "SHOP-11: a").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-11"})
		release(ctx, d, "shop/web:1.1", message, "SHOP-12: b")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-11"}, shown{2, "successful", "production", "SHOP-12"})
		release(ctx, d, "shop/web:1.0", message, `Revert "SHOP-12: b"`)
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-11"},
			shown{2, "rolled_back", "production", "SHOP-12"},
			shown{3, "successful", "production", "SHOP-11"})
		Expect(stored(jiraNow, namespace)[2].Description).To(ContainSubstring(`a rollback to revision 1, reverts "SHOP-12: b"`))
	})

	It("a change cause that stays in the metadata is no evidence of the next release", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := written(makeDeployment(namespace, "web").Image("shop/web:1.4").Obj(), v1alpha1.AnnotationChangeCause, "release 1.4.0 (SHOP-12)")
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-12"})
		release(ctx, d, "shop/web:1.5")
		awaitRevision(ctx, d, "2")
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-12"}}))

		change(ctx, d, func(d *appsv1.Deployment) { written(d, v1alpha1.AnnotationChangeCause, "release 1.5.0 (SHOP-13)") })
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-12"}, shown{2, "successful", "production", "SHOP-13"})
	})

	It("a list that corrects a finished release is said to be ignored, and does not stick to the next one", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Image("shop/web:1.4").Annotation(message, "SHOP-10: x").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-10"})
		change(ctx, d, func(d *appsv1.Deployment) { written(d, v1alpha1.AnnotationIssueKeys, "SHOP-9") })
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(And(
			HavePrefix("IssueKeysIgnored: "), ContainSubstring("annotate jiradeployment web-1-"))))
		release(ctx, d, "shop/web:1.5", message, "SHOP-14: y")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-10"}, shown{2, "successful", "production", "SHOP-14"})
	})

	It("a list that does not change counts where nothing else names an issue, and an Event says so", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := written(makeDeployment(namespace, "web").Image("shop/web:1.4").Obj(), v1alpha1.AnnotationIssueKeys, "SHOP-9")
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-9"})
		release(ctx, d, "shop/web:1.5")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-9"}, shown{2, "successful", "production", "SHOP-9"})
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(
			HavePrefix("SameIssueKeys: Revision 2 has the issue keys of revision 1 (SHOP-9)")))
	})
})

var _ = Describe("A new release is a new template:", func() {
	It("the stamps of tools that restart pods are none", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Image("shop/web:1").IssueKeys("SHOP-12").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-12"})
		told := bulkRequests(namespace)

		release(ctx, d, "shop/web:1", "cattle.io/timestamp", "1")
		awaitRevision(ctx, d, "2")
		change(ctx, d, func(d *appsv1.Deployment) {
			c := &d.Spec.Template.Spec.Containers[0]
			c.Env = append(c.Env, corev1.EnvVar{Name: "STAKATER_WEB_CONFIGMAP", Value: "abc"})
		})
		awaitRevision(ctx, d, "3")
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-12"}}))
		Expect(bulkRequests(namespace)).To(Equal(told))
	})

	It("the same tag with other keys of its own is one", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Image("shop/web:latest").IssueKeys("SHOP-1").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-1"})
		release(ctx, d, "shop/web:latest", v1alpha1.AnnotationIssueKeys, "SHOP-2")
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-1"}, shown{2, "successful", "production", "SHOP-2"})
	})

	It("undo, then forward again rolls back nothing that was restored on the way", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").Image("shop/web:1").IssueKeys("SHOP-1").Obj()
		create(ctx, d)
		one, two := shown{1, "successful", "production", "SHOP-1"}, shown{2, "rolled_back", "production", "SHOP-2"}
		awaitJira(namespace, one)
		release(ctx, d, "shop/web:2", v1alpha1.AnnotationIssueKeys, "SHOP-2")
		awaitJira(namespace, one, shown{2, "successful", "production", "SHOP-2"})
		release(ctx, d, "shop/web:1", v1alpha1.AnnotationIssueKeys, "SHOP-1")
		awaitJira(namespace, one, two, shown{3, "successful", "production", "SHOP-1"})
		release(ctx, d, "shop/web:2", v1alpha1.AnnotationIssueKeys, "SHOP-2")
		awaitJira(namespace, one, two, shown{3, "successful", "production", "SHOP-1"}, shown{4, "successful", "production", "SHOP-2"})
	})

	It("a StatefulSet that is deleted without its pods and made anew is none", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeStatefulSet(namespace, "db").IssueKeys("SHOP-30").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-30"})

		orphaned(ctx, makeStatefulSet(namespace, "db").Obj())
		create(ctx, makeStatefulSet(namespace, "db").IssueKeys("SHOP-30").Obj())
		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-30"}}))
		Eventually(func() map[string]string { return records(ctx, namespace)[0].Annotations }).ShouldNot(HaveKey(v1alpha1.AnnotationWorkloadGoneSince))
	})

	It("a Deployment that is made anew in mid-rollout goes on with its release", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		half := func() *appsv1.Deployment {
			return makeDeployment(namespace, "web").IssueKeys("SHOP-31").NeverReady(600).Obj()
		}
		create(ctx, half())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-31"})

		orphaned(ctx, half())
		create(ctx, half())
		sendMarker(ctx)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-31"})
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-31"})
	})
})

// orphaned deletes a workload, and leaves its pods.
func orphaned(ctx context.Context, o client.Object) {
	GinkgoHelper()
	Expect(kube.Delete(ctx, o, client.PropagationPolicy(metav1.DeletePropagationOrphan))).To(Succeed())
	Eventually(func() error { return kube.Get(ctx, client.ObjectKeyFromObject(o), o) }).ShouldNot(Succeed())
}
