// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// ended returns how many rollouts ended in a state, of those that the site acme was told of.
func (w *workshop) ended(state v1alpha1.DeploymentState) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "rollcall_deployments_finished_total" && label(m, "site") == "acme" && label(m, "state") == string(state) {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestTheEndOfARolloutIsCountedOnce(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	if got := w.ended(v1alpha1.StateSuccessful); got != 0 {
		t.Errorf("%v rollouts succeeded before one did", got)
	}
	w.now = noon.Add(time.Minute)
	w.change(finish)
	for range 3 {
		w.reconcile()
	}
	w.change(func(d *appsv1.Deployment) { // the keys are corrected, and nothing is rolled out
		d.Annotations[v1alpha1.AnnotationURL] = "https://argocd.example.com/web"
	})
	w.reconcile()
	if got := w.ended(v1alpha1.StateSuccessful); got != 1 {
		t.Errorf("%v rollouts succeeded, want 1", got)
	}
	if got := w.records()[0].Spec.State; got != v1alpha1.StateSuccessful {
		t.Errorf("the record is %s", got)
	}
}

func TestTheEndOfARolloutThatIsNotWrittenIsNotCounted(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	w.change(finish)
	w.update = func(*v1alpha1.JiraDeployment) error { return errors.New("the API server is away") }
	if _, err := w.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: web}); err == nil {
		t.Error("a write failed, and Reconcile() did not")
	}
	if got := w.ended(v1alpha1.StateSuccessful); got != 0 {
		t.Errorf("%v rollouts succeeded, and no record says so", got)
	}
	w.update = nil
	w.reconcile()
	if got := w.ended(v1alpha1.StateSuccessful); got != 1 {
		t.Errorf("%v rollouts succeeded, want 1", got)
	}
}

func TestARecordWithTooManyKeysIsCountedOnce(t *testing.T) {
	w := newWorkshop(t, "acme")
	keys := make([]string, 510)
	for i := range keys {
		keys[i] = fmt.Sprint("SHOP-", i+1)
	}
	w.change(func(d *appsv1.Deployment) { d.Annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(keys, ",") })
	w.reconcile()
	w.change(finish)
	w.reconcile()
	if got := w.counted("rollcall_issue_keys_truncated_total", "acme", ""); got != 1 {
		t.Errorf("%v records are counted, want 1", got)
	}
}
