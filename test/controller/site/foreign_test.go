// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"context"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const otherClusterUID = "d9a6a1de-3a39-4b61-8c36-6d1a6a3a7a11"

// made makes a record as the workload controller of a cluster does, for a Deployment of the record's name that was
// created then.
func made(cluster, namespace, name string, workload types.UID, workloadCreated, lastUpdated time.Time) func(*v1alpha1.JiraDeployment) {
	return func(d *v1alpha1.JiraDeployment) {
		d.Spec.ClusterUID, d.Spec.State, d.Spec.LastUpdated = types.UID(cluster), v1alpha1.StateInProgress, metav1.NewTime(lastUpdated)
		d.Spec.Sequence = workloadCreated.Unix()*1_000_000 + 2
		d.Spec.Pipeline.ID = "eu-1/" + namespace + "/Deployment/" + name
		d.Spec.Workload = &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name, UID: workload}
	}
}

// makeWorkload makes a Deployment, and returns its UID.
func makeWorkload(g *WithT, namespace, name string) types.UID {
	g.Expect(makeNamespace(context.Background(), namespace)).To(Succeed())
	labels := map[string]string{"app": name}
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "shop.example/web:1"}}},
		},
	}}
	g.Expect(shared.kube.Create(context.Background(), d)).To(Succeed())
	return d.UID
}

// Records that were restored from a backup are not sent: not in another cluster, not in a namespace that was made anew,
// not beside a workload that was made anew. Those of this cluster are.
func TestRecordsThatWereRestoredAreNotSent(t *testing.T) {
	g := start(t)
	makeSecret(g, "restored")
	makeSite(g, "restored", "restored")
	g.Eventually(ready("restored"), eventually).Should(Equal([]string{v1alpha1.ReasonReady}))
	const namespace = "restored-prod"
	lives, anew := makeWorkload(g, namespace, "lives"), makeWorkload(g, namespace, "anew")
	now, old := time.Now(), time.Now().Add(-time.Hour)
	for name, change := range map[string]func(*v1alpha1.JiraDeployment){
		"lives":            made(clusterUID, namespace, "lives", lives, now, now),
		"before-the-field": made("", namespace, "lives", lives, now, now),
		"fresh":            made(clusterUID, namespace, "gone", "uid-of-gone", now, now),
		"other-cluster":    made(otherClusterUID, namespace, "lives", lives, now, now),
		"other-namespace":  made(clusterUID, "shop-prod", "lives", lives, now, now),
		"old-namespace":    made(clusterUID, namespace, "gone", "uid-of-gone", old, now),
		"beside-a-new-one": made(clusterUID, namespace, "anew", "not-"+anew, now, old),
		"without-workload": made(clusterUID, namespace, "gone", "uid-of-gone", now, old),
	} {
		makeRecord(g, namespace, name, "restored", change, func(d *v1alpha1.JiraDeployment) { d.Spec.Environment.ID = name })
	}
	g.Eventually(delivered(namespace), eventually).Should(Equal(map[string]string{
		"lives": v1alpha1.ReasonAccepted, "before-the-field": v1alpha1.ReasonAccepted, "fresh": v1alpha1.ReasonAccepted,
		"other-cluster": v1alpha1.ReasonForeign, "other-namespace": v1alpha1.ReasonForeign, "old-namespace": v1alpha1.ReasonForeign,
		"beside-a-new-one": v1alpha1.ReasonForeign, "without-workload": v1alpha1.ReasonForeign,
	}))
	var sent []string
	for _, d := range shared.jira.Deployments() {
		if d.ClientID == "restored" {
			sent = append(sent, d.Environment.ID)
		}
	}
	g.Expect(sent).To(ConsistOf("lives", "before-the-field", "fresh"))
	g.Expect(settled(namespace)()).To(BeTrue(), "what is foreign is pending no more")
	g.Eventually(eventsOf(namespace), eventually).Should(ContainElement(And(HavePrefix("Foreign"), ContainSubstring(otherClusterUID))))
}

// settled says whether nothing more is to be sent of a namespace.
func settled(namespace string) func() bool {
	return func() bool {
		var list v1alpha1.JiraDeploymentList
		if err := shared.kube.List(context.Background(), &list, client.InNamespace(namespace)); err != nil {
			return false
		}
		for i := range list.Items {
			if !list.Items[i].Settled() {
				return false
			}
		}
		return true
	}
}

// eventsOf returns the Events of a namespace.
func eventsOf(namespace string) func() []string {
	return func() []string {
		var list corev1.EventList
		if err := shared.kube.List(context.Background(), &list, client.InNamespace(namespace)); err != nil {
			return []string{err.Error()}
		}
		var notes []string
		for _, e := range list.Items {
			notes = append(notes, strings.Join([]string{e.Reason, e.Message}, " "))
		}
		return notes
	}
}
