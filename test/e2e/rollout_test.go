// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

var _ = Describe("A rollout", func() {
	It("appears on its issues, in the environment that a rule or the namespace's name gives", func(ctx SpecContext) {
		for suffix, environment := range map[string]string{"dev": "development", "staging": "staging", "prod": "production", "team": "unmapped"} {
			namespace := makeNamespace(ctx, suffix)
			create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-1, SHOP-2").Obj())
			awaitJira(namespace, shown{1, "successful", environment, "SHOP-1 SHOP-2"})
			// On a busy machine the rollout may be over before its beginning was sent.
			Expect(toldStates(namespace)).To(Or(Equal([]string{"in_progress", "successful"}), Equal([]string{"successful"})))
			if environment == "unmapped" {
				Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(
					HavePrefix("EnvironmentUnmapped: Jira shows the deployment in no kind of environment")))
			}
		}
	})

	It("fails where its pods do not become ready in time, and is successful where they do after all", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-3").NeverReady(1).Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "failed", "production", "SHOP-3"})
		Expect(stored(jiraNow, namespace)[0].Description).To(ContainSubstring("has timed out progressing"))

		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-3"})
		Expect(toldStates(namespace)).To(ContainElements("failed", "successful"))
	})

	It("that is rolled back becomes rolled_back, and the earlier release is there again with its own keys", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-10").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-10"})
		first := d.Spec.Template.DeepCopy()

		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-11").NeverReady(1).Obj().Spec.Template
			d.Spec.ProgressDeadlineSeconds = ptr.To[int32](1)
		})
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-10"}, shown{2, "failed", "production", "SHOP-11"})

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Template = *first })
		awaitJira(namespace,
			shown{1, "successful", "production", "SHOP-10"},
			shown{2, "rolled_back", "production", "SHOP-11"},
			shown{3, "successful", "production", "SHOP-10"})
		Expect(stored(jiraNow, namespace)[2].Description).To(ContainSubstring("a rollback to revision 1"))
	})

	It("that is superseded, or whose workload is deleted, before it finished is cancelled", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-20").NeverReady(600).Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-20"})

		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template = makeDeployment(namespace, "web").IssueKeys("SHOP-21").NeverReady(600).Obj().Spec.Template
		})
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-20"}, shown{2, "in_progress", "production", "SHOP-21"})

		Expect(kube.Delete(ctx, d)).To(Succeed())
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-20"}, shown{2, "cancelled", "production", "SHOP-21"})
		for _, record := range records(ctx, namespace) {
			Expect(record.Annotations).To(HaveKey(v1alpha1.AnnotationWorkloadGoneSince))
		}
	})

	It("whose namespace is deleted before it finished is cancelled, and holds up nothing", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-25").NeverReady(600).Obj())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-25"})
		Expect(kube.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})).To(Succeed())
		awaitJira(namespace, shown{1, "cancelled", "production", "SHOP-25"})
		Eventually(func() bool {
			return apierrors.IsNotFound(kube.Get(ctx, client.ObjectKey{Name: namespace}, &corev1.Namespace{}))
		}).Should(BeTrue())
	})

	It("is silent where it is no deployment: scaling, restart, pods that are replaced, labels that change", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").IssueKeys("SHOP-30").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-30"})
		before := bulkRequests(namespace)

		change(ctx, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](5) })
		awaitAvailable(ctx, d, 5)
		Expect(kube.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace))).To(Succeed())
		awaitAvailable(ctx, d, 5)
		change(ctx, d, func(d *appsv1.Deployment) { d.Labels["team"] = "checkout" })
		change(ctx, d, func(d *appsv1.Deployment) {
			d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "2026-01-02T03:04:05Z"
		})
		Eventually(func(g Gomega) {
			g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
			g.Expect(d.Annotations).To(HaveKeyWithValue("deployment.kubernetes.io/revision", "2"))
		}).Should(Succeed())
		awaitAvailable(ctx, d, 5)

		sendMarker(ctx)
		Expect(inJira(namespace)).To(Equal([]shown{{1, "successful", "production", "SHOP-30"}}))
		Expect(bulkRequests(namespace)).To(Equal(before))
	})

	It("takes its keys from text, labels and image tags, and from the record where a person corrects them", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		d := makeDeployment(namespace, "web").
			Annotation(v1alpha1.AnnotationCommitMessage, "Merge branch 'main'\n\nSHOP-40: use UTF-8").
			Annotation(v1alpha1.AnnotationChangeCause, "release PAY-41").
			Label(v1alpha1.LabelVersion, "SHOP-42-fix-login").
			Image("registry.example:5000/shop/web:SHOP-43-348ac8f").Obj()
		create(ctx, d)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-40 PAY-41 SHOP-42 SHOP-43"})

		record := awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		change(ctx, &record, func(record *v1alpha1.JiraDeployment) {
			metav1.SetMetaDataAnnotation(&record.ObjectMeta, v1alpha1.AnnotationIssueKeys, "SHOP-44")
		})
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-44"})
	})

	It("is written down once for every site that selects it, and the workload can narrow that", func(ctx SpecContext) {
		jiraNow.AddCredential("second", canary, jiratest.Deployments)
		mendSecret(ctx, "second-jira", "second", canary)
		create(ctx, makeSite("second", func(s *v1alpha1.JiraSiteSpec) { s.WorkloadSelector.MatchLabels["site"] = "acme" }))
		awaitReason(ctx, "second", v1alpha1.ReasonReady)
		both, one := makeNamespace(ctx, "both-prod"), makeNamespace(ctx, "one-prod")
		create(ctx, makeDeployment(both, "web").IssueKeys("SHOP-50").Obj())
		create(ctx, makeDeployment(one, "web").IssueKeys("SHOP-51").Annotation(v1alpha1.AnnotationSites, "second").Obj())
		sites := func(namespace string) func() []string {
			return func() (names []string) {
				for _, record := range records(ctx, namespace) {
					names = append(names, record.Spec.Site)
				}
				return names
			}
		}
		Eventually(sites(both)).Should(ConsistOf("acme", "second"))
		Eventually(sites(one)).Should(ConsistOf("second"))

		// Each credential has a deployment of its own in Jira.
		fromJira := func(namespace string) func() []string {
			return func() (clients []string) {
				for _, d := range jiraNow.Deployments() {
					if strings.Contains(d.Pipeline.ID, "/"+namespace+"/") && d.State == "successful" {
						clients = append(clients, d.ClientID)
					}
				}
				return clients
			}
		}
		Eventually(fromJira(both)).Should(ConsistOf(clientID, "second"))
		Eventually(fromJira(one)).Should(ConsistOf("second"))
	})

	It("with more keys than Jira takes goes out with the first 500, and the record says so", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		keys := make([]string, 600)
		for i := range keys {
			keys[i] = fmt.Sprintf("SHOP-%d", i+1)
		}
		create(ctx, makeDeployment(namespace, "web").IssueKeys(strings.Join(keys, ",")).Obj())
		awaitJira(namespace, shown{1, "successful", "production", strings.Join(keys[:500], " ")})
		record := awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		Expect(record.Spec.DroppedAssociations).To(BeEquivalentTo(100))
		Expect(deliveredMessage(record)).To(ContainSubstring("100 issue keys and service ids were left out"))
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(
			HavePrefix("IssueKeysTruncated: 100 issue keys")))
	})

	It("of a workload with very long names is cut to what Jira takes", func(ctx SpecContext) {
		mendSecret(ctx, "longnames-jira", clientID, canary)
		create(ctx, makeSite("longnames", func(s *v1alpha1.JiraSiteSpec) {
			s.Templates.PipelineName = strings.Repeat("long-", 60) + "{{ .Name }}"
		}))
		namespace := makeNamespace(ctx, strings.Repeat("n", 45)+"-prod")
		name := strings.Repeat("w", 220)
		create(ctx, makeDeployment(namespace, name).Site("longnames").IssueKeys("SHOP-60").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-60"})
		got := stored(jiraNow, namespace)[0]
		Expect(got.Pipeline.ID).To(HaveLen(255))
		Expect(got.Pipeline.DisplayName).To(HaveLen(255))
	})
})

// healPods lets the pods of a namespace become ready after all.
func healPods(ctx context.Context, namespace string) {
	GinkgoHelper()
	var pods corev1.PodList
	Expect(kube.List(ctx, &pods, client.InNamespace(namespace))).To(Succeed())
	for i := range pods.Items {
		change(ctx, &pods.Items[i], func(p *corev1.Pod) { delete(p.Annotations, cluster.NeverReadyAnnotation) })
	}
}

func awaitAvailable(ctx context.Context, d *appsv1.Deployment, replicas int32) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(kube.Get(ctx, client.ObjectKeyFromObject(d), d)).To(Succeed())
		g.Expect(d.Status.ObservedGeneration).To(Equal(d.Generation))
		g.Expect(d.Status.Replicas).To(Equal(replicas))
		g.Expect(d.Status.UpdatedReplicas).To(Equal(replicas))
		g.Expect(d.Status.AvailableReplicas).To(Equal(replicas))
	}).Should(Succeed())
}

// sendMarker rolls out something new and waits until Jira shows it: whatever happened before had its turn.
func sendMarker(ctx context.Context) {
	GinkgoHelper()
	namespace := makeNamespace(ctx, "marker-prod")
	create(ctx, makeDeployment(namespace, "marker").IssueKeys("SHOP-99").Obj())
	awaitJira(namespace, shown{1, "successful", "production", "SHOP-99"})
}
