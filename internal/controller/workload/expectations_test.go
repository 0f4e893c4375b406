// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// expected returns how many records are expected of the Deployment.
func (w *workshop) expected() int { return len(w.r.memory.of(web).expectations) }

// A restart just after its release was recorded is no release, however long the cache is behind.
func TestARestartIsNoReleaseWhereTheCacheIsBehind(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	w.change(finish)
	w.change(restart)
	for range 3 {
		w.now = w.now.Add(time.Minute)
		if result := w.reconcile(); result.RequeueAfter > expectationsInterval || w.expected() != 1 {
			t.Errorf("Reconcile() = %s with %d expectations, want one of at most %s", result.RequeueAfter, w.expected(), expectationsInterval)
		}
		if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		w.stale = &v1alpha1.JiraDeploymentList{}
	}
	w.stale = nil
	if result := w.reconcile(); result.RequeueAfter != 0 || w.expected() != 0 {
		t.Errorf("once the cache shows the record Reconcile() = %s with %d expectations, want none", result.RequeueAfter, w.expected())
	}
}

// The cache shows the record as it was before this manager changed it.
func TestAnUpdateIsPlannedWithWhereTheCacheIsBehind(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	w.stale = &v1alpha1.JiraDeploymentList{Items: w.records()}
	w.r.APIReader = deaf{}
	w.change(finish)
	w.reconcile()
	w.change(restart)
	for range 2 {
		if result := w.reconcile(); result.RequeueAfter != expectationsInterval || w.expected() != 1 {
			t.Errorf("Reconcile() = %s with %d expectations, want one that nobody is asked for", result.RequeueAfter, w.expected())
		}
	}
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// The cache shows the record as it was before another leader changed it. What is planned from it is not written.
func TestAStaleRecordIsNotWrittenOver(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	w.stale = &v1alpha1.JiraDeploymentList{Items: w.records()}
	w.change(finish)
	w.reconcile()
	w.r.memory = memory{}
	w.change(func(d *appsv1.Deployment) {
		restart(d)
		d.Spec.Template.Labels = map[string]string{"app": "web"}
		d.Status.AvailableReplicas = 0
	})
	if result := w.reconcile(); result.RequeueAfter != 5*time.Millisecond {
		t.Errorf("Reconcile() = %s, want another pass soon", result.RequeueAfter)
	}
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 successful", "acme 2 in_progress"}, summary(w.records())); diff != "" {
		t.Errorf("records of the next pass, which asks for the first one (-want +got):\n%s", diff)
	}
	w.r.APIReader = deaf{}
	if result := w.reconcile(); result.RequeueAfter != expectationsInterval || w.expected() != 2 {
		t.Errorf("Reconcile() = %s with %d expectations, want two that nobody is asked for", result.RequeueAfter, w.expected())
	}
	w.stale = nil
	if result := w.reconcile(); result.RequeueAfter != 0 || w.expected() != 0 {
		t.Errorf("once the cache has caught up Reconcile() = %s with %d expectations, want none", result.RequeueAfter, w.expected())
	}
}

// A Deployment is deleted and made anew while the cache stands still: it shows the records of the former life as they were
// before Jira's answers. Each of them is changed, because its workload is there again.
func TestAConflictHoldsUpNoOtherRecord(t *testing.T) {
	for name, tt := range map[string]struct {
		changes func(d *v1alpha1.JiraDeployment) bool // the record changes with every write of ours
		want    [2][]string
	}{
		"the cache is behind": {
			changes: func(*v1alpha1.JiraDeployment) bool { return false },
			want:    [2][]string{{"acme 1 cancelled, gone", "acme 2 cancelled"}, {"acme 1 cancelled", "acme 2 cancelled", "acme 3 in_progress"}},
		},
		"a tool writes a record all the time": {
			changes: func(d *v1alpha1.JiraDeployment) bool { return d.Spec.Revision == 1 },
			want:    [2][]string{{"acme 1 cancelled, gone", "acme 2 cancelled"}, {"acme 1 cancelled, gone", "acme 2 cancelled", "acme 3 in_progress"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			for revision := range 2 {
				w.change(func(d *appsv1.Deployment) { release(d, revision+1) })
				w.reconcile()
			}
			if err := w.kube.Delete(t.Context(), makeDeployment()); err != nil {
				t.Fatal(err)
			}
			w.reconcile()
			w.stale = &v1alpha1.JiraDeploymentList{Items: w.records()}
			answered := w.records()[0]
			answered.Status.DeliveredGeneration = 1
			if err := w.kube.Update(t.Context(), &answered); err != nil {
				t.Fatal(err)
			}
			anew := makeDeployment()
			anew.UID, anew.CreationTimestamp = "uid-of-another", metav1.NewTime(noon.Add(time.Minute))
			release(anew, 3)
			if err := w.kube.Create(t.Context(), anew); err != nil {
				t.Fatal(err)
			}
			w.update = func(d *v1alpha1.JiraDeployment) error {
				if tt.changes(d) {
					return apierrors.NewConflict(resource, d.Name, errors.New("changed"))
				}
				return nil
			}
			for pass, want := range tt.want {
				w.reconcile()
				var got []string
				for _, d := range w.records() {
					line := fmt.Sprintf("%s %d %s", d.Spec.Site, d.Spec.Revision, d.Spec.State)
					if _, gone := d.Annotations[v1alpha1.AnnotationWorkloadGoneSince]; gone {
						line += ", gone"
					}
					got = append(got, line)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("records after pass %d (-want +got):\n%s", pass+1, diff)
				}
			}
		})
	}
}

// release makes a revision of the Deployment.
func release(d *appsv1.Deployment, revision int) {
	d.Annotations["deployment.kubernetes.io/revision"] = strconv.Itoa(revision)
	d.Spec.Template.Labels = map[string]string{"release": strconv.Itoa(revision)}
}

// While a record is assumed, the API server is not asked for it.
func TestAnAssumedRecordCostsNoRequest(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	w.r.APIReader = deaf{}
	w.change(finish)
	w.reconcile()
	w.change(restart)
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// A record that is assumed and has changed meanwhile meets a conflict, and is asked for.
func TestAnAssumedRecordThatHasChangedIsAskedFor(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	d := w.records()[0]
	d.Labels = map[string]string{"team": "shop"}
	if err := w.kube.Update(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	w.change(finish)
	if result := w.reconcile(); result.RequeueAfter != 5*time.Millisecond {
		t.Errorf("Reconcile() = %s, want another pass soon", result.RequeueAfter)
	}
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestARecordThatAPersonDeletedIsRecordedAnew(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	before := w.records()[0]
	if err := w.kube.Delete(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(expectationsInterval)
	w.reconcile()
	if after := w.records(); len(after) != 1 || after[0].Name != before.Name || w.expected() != 1 {
		t.Errorf("records %v and %d expectations, want the same record anew, expected again", summary(after), w.expected())
	}
}

// The cache shows the update and the deletion of the record in one pass.
func TestARecordThatAPersonDeletedAfterAnUpdateIsRecordedAnewAtOnce(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	w.change(finish)
	w.reconcile()
	before := w.records()[0]
	if err := w.kube.Delete(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Another leader wrote the record, and this one's cache does not show it yet.
func TestARecordThatExistsAlreadyIsUsed(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	w.r.memory = memory{}
	w.stale = &v1alpha1.JiraDeploymentList{}
	if result := w.reconcile(); result.RequeueAfter != 5*time.Millisecond || w.expected() != 1 {
		t.Errorf("Reconcile() = %s with %d expectations, want another pass soon, and one", result.RequeueAfter, w.expected())
	}
	w.change(finish)
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if event := w.event("RecordRefused"); event != "" {
		t.Errorf("Event %q, want none", event)
	}
}

// Somebody wrote a record of this very name by hand.
func TestANameThatIsTakenIsARefusal(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	taken := w.records()[0]
	if err := w.kube.Delete(t.Context(), &taken); err != nil {
		t.Fatal(err)
	}
	taken.ResourceVersion, taken.Spec.Workload.Name = "", "another"
	if err := w.kube.Create(t.Context(), &taken); err != nil {
		t.Fatal(err)
	}
	w.r.memory = memory{}
	w.reconcile()
	if result := w.reconcile(); result.RequeueAfter != 10*time.Second || w.refused("acme", "AlreadyExists") != 1 {
		t.Errorf("Reconcile() = %s, %v refusals; want another pass after 10 s, and one", result.RequeueAfter, w.refused("acme", "AlreadyExists"))
	}
	if event := w.event("RecordRefused"); !startsAndEnds(event, "Warning", `"`+taken.Name+`" already exists`) {
		t.Errorf("Event %q, want one with the server's words", event)
	}
	if err := w.kube.Delete(t.Context(), makeDeployment()); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if n := w.r.memory.size(); n > 0 {
		t.Errorf("%d workloads are remembered, want none: it is gone, and has no record", n)
	}
}

// The workload goes before the cache has shown its record, which has to be closed all the same.
func TestARecordOfAWorkloadThatIsGoneIsClosedWhereTheCacheIsBehind(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	if err := w.kube.Delete(t.Context(), makeDeployment()); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if diff := cmp.Diff([]string{"acme 1 cancelled"}, summary(w.records())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if err := w.kube.DeleteAllOf(t.Context(), &v1alpha1.JiraDeployment{}, client.InNamespace(web.Namespace)); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(expectationsInterval)
	w.reconcile()
	if n := w.r.memory.size(); n > 0 {
		t.Errorf("%d workloads are remembered, want none", n)
	}
}

// deaf is an API server that does not answer.
type deaf struct{ client.Reader }

func (deaf) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return apierrors.NewServerTimeout(resource, "get", 1)
}

func TestNothingIsPlannedWhereAnExpectedRecordCannotBeRead(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.stale = &v1alpha1.JiraDeploymentList{}
	w.reconcile()
	w.change(restart)
	w.now = w.now.Add(expectationsInterval)
	w.r.APIReader = deaf{}
	if _, err := w.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: web}); !apierrors.IsServerTimeout(err) {
		t.Errorf("Reconcile() error = %v, want the API server's", err)
	}
	if got := summary(w.records()); len(got) != 1 {
		t.Errorf("records %v, want one", got)
	}
}
