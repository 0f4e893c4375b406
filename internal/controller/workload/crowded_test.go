// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// recordOfAnother has a Deployment of another namespace observed, and returns the records there.
func (w *workshop) recordOfAnother() []v1alpha1.JiraDeployment {
	w.t.Helper()
	theirs := makeDeployment()
	theirs.Namespace, theirs.UID = "pay-prod", "uid-of-theirs"
	for _, o := range []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: theirs.Namespace}}, theirs} {
		if err := w.kube.Create(w.t.Context(), o); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(theirs)}); err != nil {
		w.t.Fatal(err)
	}
	var records v1alpha1.JiraDeploymentList
	if err := w.kube.List(w.t.Context(), &records, client.InNamespace(theirs.Namespace)); err != nil {
		w.t.Fatal(err)
	}
	return records.Items
}

// One tenant's namespace is full of records that the site was never told of.
func TestTenantCrowdIsNobodyElses(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.untold = map[string]int{web.Namespace: crowd}
	if result := w.reconcile(); len(w.records()) > 0 || result.RequeueAfter != 10*time.Second || w.refused("acme", "Crowded") != 1 {
		t.Errorf("%d records, Reconcile() = %s, %v refusals; want none, 10 s, and one", len(w.records()), result.RequeueAfter, w.refused("acme", "Crowded"))
	}
	if event := w.event(v1alpha1.EventRecordRefused); !startsAndEnds(event, "Warning", "and the release that is there then is recorded") {
		t.Errorf("Event %q, want one that says why, and that the release is not lost", event)
	}
	if got := w.recordOfAnother(); len(got) != 1 {
		t.Errorf("%d records in the other namespace, want one", len(got))
	}
	w.untold = nil
	w.now = w.now.Add(countInterval)
	w.reconcile()
	if got := len(w.records()); got != 2 {
		t.Errorf("once there is room there are %d records, want both", got)
	}
}

func TestACrowdIsCountedSeldom(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.loop(10, release)
	if w.counts != 1 {
		t.Errorf("it was counted %d times for ten releases in ten seconds, want once", w.counts)
	}
	if got := len(w.r.crowds.counted); got != 1 {
		t.Errorf("%d namespaces are remembered, want one", got)
	}
	w.r.crowds.set(spot{"pay-prod", "acme"}, count{at: w.now.Add(time.Minute)})
	if got := len(w.r.crowds.counted); got != 1 {
		t.Errorf("a minute later %d namespaces are remembered, want the other alone", got)
	}
}

func TestUntoldAt(t *testing.T) {
	d := &v1alpha1.JiraDeployment{ObjectMeta: metav1.ObjectMeta{Generation: 1}, Spec: v1alpha1.JiraDeploymentSpec{Site: "acme"}}
	ours := d.DeepCopy()
	ours.Spec.Workload = &v1alpha1.WorkloadReference{}
	told := ours.DeepCopy()
	told.Generation, told.Status.DeliveredGeneration = 2, 1
	for name, tt := range map[string]struct {
		record *v1alpha1.JiraDeployment
		want   int
	}{"never told": {ours, 1}, "told of an earlier state": {told, 0}, "made by hand": {d, 0}} {
		if got := untoldAt(tt.record); len(got) != tt.want {
			t.Errorf("%s: untoldAt() = %v, want %d", name, got, tt.want)
		}
	}
}
