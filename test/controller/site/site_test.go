// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"fmt"
	"net"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// A site says the first thing that is wrong, and notices by itself when that is mended.
func TestASiteSaysTheFirstThingThatIsWrong(t *testing.T) {
	g := start(t)
	makeSite(g, "order", "order", func(s *v1alpha1.JiraSiteSpec) { s.Suspend = true })
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonSuspended}))
	edit(g, "order", func(s *v1alpha1.JiraSiteSpec) { s.Suspend = false })
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonSecretNotFound, v1alpha1.ConditionStalled}))
	g.Expect(shared.kube.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "order"}})).To(Succeed())
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonCredentialsRefused, v1alpha1.ConditionStalled}))
	annotateSecret(g, "order", shared.jira.URL())
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonSecretIncomplete, v1alpha1.ConditionStalled}))
	g.Expect(shared.kube.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "order"}})).To(Succeed())
	makeSecret(g, "order")
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))
	edit(g, "order", func(s *v1alpha1.JiraSiteSpec) { s.DryRun = true })
	g.Eventually(ready("order"), eventually).Should(Equal([]string{v1alpha1.ReasonDryRun}))
}

// Of two sites with one Secret the older is right. The younger one notices when the older one goes.
func TestOfTwoSitesWithOneSecretTheOlderIsRight(t *testing.T) {
	g := start(t)
	makeSecret(g, "shared")
	makeSite(g, "a-first", "shared")
	g.Eventually(ready("a-first"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))
	makeSite(g, "b-second", "shared")
	g.Eventually(ready("b-second"), eventually).Should(Equal([]string{v1alpha1.ReasonDuplicateSite, v1alpha1.ConditionStalled}))
	g.Expect(shared.kube.Delete(t.Context(), &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: "a-first"}})).To(Succeed())
	g.Eventually(ready("b-second"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))
}

// Sixty records of one namespace that a finalizer holds are pending no more, and stop nobody in another.
func TestRecordsThatAFinalizerHoldsStopNobody(t *testing.T) {
	g := start(t)
	makeSecret(g, "held")
	for i := range 60 {
		makeRecord(g, "bad", fmt.Sprintf("web-%d", i), "held", func(d *v1alpha1.JiraDeployment) { d.Finalizers = []string{"example.com/hold"} })
	}
	g.Expect(shared.kube.DeleteAllOf(t.Context(), &v1alpha1.JiraDeployment{}, client.InNamespace("bad"))).To(Succeed())
	makeRecord(g, "good", "web", "held")
	makeSite(g, "held", "held")
	g.Eventually(delivered("good"), eventually).Should(Equal(map[string]string{"web": v1alpha1.ReasonAccepted}))
	g.Expect(delivered("bad")()).NotTo(ContainElement(v1alpha1.ReasonAccepted))
}

// Eight sites that swallow connections hold up no other.
func TestSitesThatSwallowConnectionsHoldUpNoOther(t *testing.T) {
	g := start(t)
	hole, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = hole.Close() })
	for i := range 8 {
		name := fmt.Sprintf("hole-%d", i)
		makeSecret(g, name)
		annotateSecret(g, name, "http://"+hole.Addr().String())
		makeSite(g, name, name, func(s *v1alpha1.JiraSiteSpec) {
			s.Host, s.APIURL = hole.Addr().String(), "http://"+hole.Addr().String()
		})
		makeRecord(g, "swallowed", name, name)
	}
	makeSecret(g, "works")
	makeSite(g, "works", "works")
	makeRecord(g, "served", "web", "works")
	g.Eventually(delivered("served"), eventually).Should(Equal(map[string]string{"web": v1alpha1.ReasonAccepted}))
}

// Records that name sites which do not exist say so, and are sent once the site is there.
func TestRecordsOfASiteThatComesLater(t *testing.T) {
	g := start(t)
	makeRecord(g, "early", "web", "later")
	g.Eventually(delivered("early"), eventually).Should(Equal(map[string]string{"web": v1alpha1.ReasonSiteNotReady}))
	makeSecret(g, "later")
	makeSite(g, "later", "later")
	g.Eventually(delivered("early"), eventually).Should(Equal(map[string]string{"web": v1alpha1.ReasonAccepted}))
	var d v1alpha1.JiraDeployment
	g.Expect(shared.kube.Get(t.Context(), client.ObjectKey{Namespace: "early", Name: "web"}, &d)).To(Succeed())
	g.Expect(d.Status.ObservedGeneration).To(Equal(d.Generation))
	g.Expect(d.Status.DeliveredGeneration).To(Equal(d.Generation))
}
