// SPDX-License-Identifier: Apache-2.0

package workload_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestEachSiteGetsARecordOfItsOwn(t *testing.T) {
	w := newWorld(t, 2)
	w.deploy()
	w.roll(0)
	w.Eventually(w.records, eventually).Should(Equal([]string{w.site(0) + " 1 in_progress", w.site(1) + " 1 in_progress"}))
	w.roll(1)
	w.Eventually(w.records, eventually).Should(Equal([]string{w.site(0) + " 1 successful", w.site(1) + " 1 successful"}))
}

// A reconciler whose cache shows no record meets one that exists, and then a restart.
func TestARecordThatTheCacheDoesNotShowIsUsed(t *testing.T) {
	w := newWorld(t, 1)
	w.deploy()
	w.roll(1)
	w.Eventually(w.records, eventually).Should(Equal([]string{w.site(0) + " 1 successful"}))

	stale := newReconciler(staleClient{shared.manager.GetClient()}, kinds[0])
	web := ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.web)}
	result, err := stale.Reconcile(t.Context(), web)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(result.RequeueAfter).To(Equal(5*time.Millisecond), "the record exists: it is to be planned with")

	w.restart()
	w.Eventually(func(g Gomega) {
		var cached appsv1.Deployment
		g.Expect(shared.manager.GetClient().Get(t.Context(), web.NamespacedName, &cached)).To(Succeed())
		g.Expect(cached.Status.ObservedGeneration).To(Equal(w.web.Generation))
	}, eventually).Should(Succeed())
	for range 3 {
		result, err = stale.Reconcile(t.Context(), web)
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(result.RequeueAfter).To(Equal(time.Minute), "it is done, and expects the cache to show the record")
	}
	w.Expect(w.records()).To(Equal([]string{w.site(0) + " 1 successful"}), "a restart is no release")
	w.Expect(w.notes("RecordRefused")).To(BeEmpty())
}

// Nothing takes the namespace away here, so that it is being terminated for as long as the test runs.
func TestANamespaceThatIsBeingTerminatedIsNoTrouble(t *testing.T) {
	w := newWorld(t, 1)
	w.deploy()
	w.Expect(shared.kube.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}})).To(Succeed())
	w.Eventually(w.createRecord, eventually).Should(MatchError(ContainSubstring("being terminated")))
	w.roll(1)
	w.Eventually(w.tries, eventually).Should(BeNumerically(">", 0))
	w.Consistently(w.tries, time.Second).Should(BeNumerically("<=", few))
	w.Expect(w.notes("RecordRefused")).To(BeEmpty())
}

func TestARecordThatAQuotaRefusesIsSaidAndTriedAgain(t *testing.T) {
	w := newWorld(t, 1)
	none := corev1.ResourceList{"count/jiradeployments.rollcall.dev": resource.MustParse("0")}
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "no-records"},
		Spec:       corev1.ResourceQuotaSpec{Hard: none},
	}
	w.Expect(shared.kube.Create(t.Context(), quota)).To(Succeed())
	quota.Status = corev1.ResourceQuotaStatus{Hard: none, Used: none} // as kube-controller-manager does
	w.Expect(shared.kube.Status().Update(t.Context(), quota)).To(Succeed())
	w.Eventually(w.createRecord, eventually).Should(MatchError(ContainSubstring("exceeded quota: no-records")))

	w.deploy()
	w.roll(0)
	w.Eventually(func() []string { return w.notes("RecordRefused") }, eventually).Should(ConsistOf(And(
		HavePrefix("The rollout is not recorded for JiraSite "+w.site(0)),
		HaveSuffix("exceeded quota: no-records, requested: count/jiradeployments.rollcall.dev=1, used: count/jiradeployments.rollcall.dev=0, limited: count/jiradeployments.rollcall.dev=0"),
	)))
	w.Consistently(w.tries, time.Second).Should(BeNumerically("<=", few), "it is not tried in a loop")

	w.Expect(shared.kube.Delete(t.Context(), quota)).To(Succeed())
	w.Eventually(w.records, eventually).Should(Equal([]string{w.site(0) + " 1 in_progress"}))
}

// few is how often a record is tried without a loop: a site that another test deletes has all workloads observed.
const few = 3

// tries returns how often the controller tried to create a record.
func (w *world) tries() int { return shared.writes.created(w.namespace) }

// createRecord asks the API server whether it would take a record, without writing it.
func (w *world) createRecord() error {
	return shared.kube.Create(w.t.Context(), &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "probe"},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site: "acme", Sequence: 1, State: v1alpha1.StateSuccessful, LastUpdated: metav1.NewTime(time.Now()), IssueKeys: []string{"SHOP-1"},
			DisplayName: "web", URL: "https://acme.example.com/web",
			Pipeline:    v1alpha1.Pipeline{ID: "eu-1/web", Name: "web", URL: "https://acme.example.com/web"},
			Environment: v1alpha1.Environment{ID: "prod", Name: "prod", Type: v1alpha1.EnvironmentProduction},
		},
	}, client.DryRunAll)
}
