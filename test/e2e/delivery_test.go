// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var _ = Describe("A record", func() {
	It("that was made by hand is delivered like any other", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, handmade(namespace, "SHOP-200"))
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-200"})
	})

	It("whose keys Jira does not know says so, on the record and on the workload", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("NOPE-1,NOPE-2").Obj())
		record := awaitDelivered(ctx, namespace, v1alpha1.ReasonUnknownIssueKeys)
		Expect(deliveredMessage(record)).To(ContainSubstring("NOPE-1, NOPE-2"))
		Expect(record.Status.UnknownIssueKeys).To(Equal([]string{"NOPE-1", "NOPE-2"}))
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(HavePrefix("UnknownIssueKeys: Jira knows none of")))
	})

	It("with some unknown keys is accepted, and names them", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-201,NOPE-3").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-201"})
		record := awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		Expect(record.Status.UnknownIssueKeys).To(Equal([]string{"NOPE-3"}))
		Eventually(func() []string { return eventsAbout(ctx, namespace, "web") }).Should(ContainElement(ContainSubstring("NOPE-3")))
	})

	It("waits while Jira does not answer, and is sent once it does", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		for _, endpoint := range []jiratest.Endpoint{jiratest.Bulk, jiratest.Get} {
			jiraNow.Inject(jiratest.Fault{Match: endpoint, Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}, Times: 2})
		}
		DeferCleanup(jiraNow.ClearFaults)
		create(ctx, handmade(namespace, "SHOP-202"))
		awaitReason(ctx, "acme", v1alpha1.ReasonRateLimited)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-202"})
		awaitReason(ctx, "acme", v1alpha1.ReasonReady)
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
	})

	It("that something on the way refuses waits by itself, says so, and holds up no other", func(ctx SpecContext) {
		bad, good := makeNamespace(ctx, "bad-prod"), makeNamespace(ctx, "good-prod")
		jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusForbidden, Body: "<html>blocked</html>", Times: 3})
		DeferCleanup(jiraNow.ClearFaults)
		create(ctx, handmade(bad, "SHOP-203"))
		Eventually(func() string { return deliveredMessage(awaitDelivered(ctx, bad, v1alpha1.ReasonPending)) }).
			Should(ContainSubstring("this record alone"))
		awaitReason(ctx, "acme", v1alpha1.ReasonReady)
		jiraNow.ClearFaults()
		create(ctx, handmade(good, "SHOP-204"))
		awaitDelivered(ctx, good, v1alpha1.ReasonAccepted)
		awaitDelivered(ctx, bad, v1alpha1.ReasonAccepted)
	})

	It("is not given up where Jira refuses all that is sent", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusBadRequest, Body: `[{"message":"schema 2 is needed"}]`})
		DeferCleanup(jiraNow.ClearFaults)
		const all = 6
		for i := range all {
			d := handmade(namespace, fmt.Sprintf("SHOP-%d", 210+i))
			d.Name, d.Spec.Pipeline.ID = fmt.Sprintf("%s-%d", d.Name, i), fmt.Sprintf("%s-%d", d.Spec.Pipeline.ID, i)
			create(ctx, d)
		}
		waiting := func() (n int) {
			for _, record := range records(ctx, namespace) {
				delivered := meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionDelivered)
				if delivered != nil && delivered.Reason == v1alpha1.ReasonPending && strings.Contains(delivered.Message, "schema 2 is needed") {
					n++
				}
			}
			return n
		}
		Eventually(waiting).Should(Equal(all))
		jiraNow.ClearFaults()
		sendMarker(ctx)
		Eventually(func() int { return len(inJira(namespace)) }).Should(Equal(all))
	})

	It("whose status cannot be written holds up no other", func(ctx SpecContext) {
		bad, good := makeNamespace(ctx, "bad-prod"), makeNamespace(ctx, "good-prod")
		forbidStatus(ctx, bad)
		create(ctx, handmade(bad, "SHOP-206"))
		awaitJira(bad, shown{1, "successful", "production", "SHOP-206"})
		create(ctx, handmade(good, "SHOP-207"))
		awaitDelivered(ctx, good, v1alpha1.ReasonAccepted)
		Expect(bulkRequests(bad)).To(Equal(1), "what Jira answered is remembered, and not sent again")
	})

	It("is not sent again when the manager starts anew", func(ctx SpecContext) {
		namespace := makeNamespace(ctx, "prod")
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-205").Obj())
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-205"})
		awaitDelivered(ctx, namespace, v1alpha1.ReasonAccepted)
		before, ofThis := len(jiraNow.Requests()), bulkRequests(namespace)

		restartManager()
		sendMarker(ctx)
		Expect(bulkRequests(namespace)).To(Equal(ofThis))
		for _, request := range jiraNow.Requests()[before:] {
			for _, d := range request.Deployments {
				// Namespaces of other tests are being deleted: a rollout in flight there may be cancelled.
				Expect(d.State == "cancelled" || strings.Contains(d.Pipeline.ID, "-marker-prod/")).To(BeTrue(),
					"%s of %s was sent again", d.State, d.Pipeline.ID)
			}
		}
	})
})

// forbidStatus lets the API server refuse to write the statuses of records in a namespace, as a webhook that
// is down would.
func forbidStatus(ctx context.Context, namespace string) {
	GinkgoHelper()
	everywhere := admissionv1.AllScopes
	policy := &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "no-status-in-" + namespace},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Update},
					Rule: admissionv1.Rule{
						APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{"*"},
						Resources: []string{"jiradeployments/status"}, Scope: &everywhere,
					},
				},
			}}},
			Validations: []admissionv1.Validation{{Expression: "object.metadata.namespace != '" + namespace + "'", Message: "not here"}},
		},
	}
	create(ctx, policy)
	create(ctx, &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: policy.Name},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: policy.Name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		},
	})
	probe := handmade(namespace, "SHOP-1")
	probe.Name, probe.Spec.Site = "probe", "nobodys"
	create(ctx, probe)
	Eventually(func() error {
		before := probe.DeepCopy()
		probe.Status.UnknownIssueKeys = []string{rand.Text()}
		return kube.Status().Patch(ctx, probe, client.MergeFrom(before))
	}).Should(MatchError(ContainSubstring("not here")))
}

// handmade returns a record as a pipeline may write it.
func handmade(namespace, key string) *v1alpha1.JiraDeployment {
	return &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "by-hand"},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:        "acme",
			Pipeline:    v1alpha1.Pipeline{ID: clusterName + "/" + namespace + "/by-hand"},
			Environment: v1alpha1.Environment{ID: "production", Type: v1alpha1.EnvironmentProduction},
			State:       v1alpha1.StateSuccessful,
			Sequence:    1,
			IssueKeys:   []string{key},
		},
	}
}
