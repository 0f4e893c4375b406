// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

var resource = v1alpha1.GroupVersion.WithResource("jiradeployments").GroupResource()

// summary tells what is recorded: site, revision and state of each record, sorted.
func summary(records []v1alpha1.JiraDeployment) []string {
	var all []string
	for _, d := range records {
		all = append(all, fmt.Sprintf("%s %d %s", d.Spec.Site, d.Spec.Revision, d.Spec.State))
	}
	slices.Sort(all)
	return all
}

// A record of a rollout changes twice at a time: Jira's answer to its beginning is written while the rollout ends.
func TestARecordThatChangedMeanwhileIsObservedAgain(t *testing.T) {
	fails := func(err error) func(*v1alpha1.JiraDeployment) error {
		return func(*v1alpha1.JiraDeployment) error { return err }
	}
	conflict := apierrors.NewConflict(resource, "web", errors.New("changed"))
	for name, tt := range map[string]struct {
		update, remove func(*v1alpha1.JiraDeployment) error
		want           []time.Duration
		wantError      bool
	}{
		"all is well":                         {want: []time.Duration{expectationsInterval, 0}}, // the cache shows the update with the second pass
		"the record changed":                  {update: fails(conflict), want: []time.Duration{5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}},
		"that of a site that is gone changed": {remove: fails(conflict), want: []time.Duration{5 * time.Millisecond, 10 * time.Millisecond}},
		"the API server is away":              {update: fails(errors.New("away")), want: []time.Duration{0}, wantError: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme", "gone")
			w.reconcile()
			w.change(finish)
			if err := w.kube.Delete(t.Context(), makeSite("gone")); err != nil {
				t.Fatal(err)
			}
			w.update, w.remove = tt.update, tt.remove
			for _, want := range tt.want {
				result, err := w.r.Reconcile(t.Context(), ctrl.Request{NamespacedName: web})
				if (err != nil) != tt.wantError || result.RequeueAfter != want {
					t.Errorf("Reconcile() = %s, %v; want %s, an error: %t", result.RequeueAfter, err, want, tt.wantError)
				}
			}
			w.update, w.remove = nil, nil
			w.reconcile() // the cache shows what this writes after that
			if result := w.reconcile(); result.RequeueAfter != 0 {
				t.Errorf("after the trouble Reconcile() = %s, want no further pass", result.RequeueAfter)
			}
			if diff := cmp.Diff([]string{"acme 1 successful"}, summary(w.records())); diff != "" {
				t.Errorf("records after the next observation (-want +got):\n%s", diff)
			}
			if len(w.recorder.Events) > 0 {
				t.Errorf("there is an Event %q, want none", <-w.recorder.Events)
			}
		})
	}
}

// Two sites want a record of the same workload, and the API server takes that of one.
func TestARecordThatIsRefusedHoldsUpNoOther(t *testing.T) {
	quota := apierrors.NewForbidden(resource, "web-1", errors.New("exceeded quota: records, requested: 1, used: 0, limited: 0"))
	for name, tt := range map[string]struct {
		err        error
		wantReason string
		wantWords  string
	}{
		"by a quota":            {quota, "Forbidden", "exceeded quota: records, requested: 1, used: 0, limited: 0"},
		"by a policy":           {apierrors.NewInvalid(schema.GroupKind{Kind: "JiraDeployment"}, "web-1", nil), "Invalid", "is invalid"},
		"by a webhook's reason": {&apierrors.StatusError{ErrStatus: metav1.Status{Code: 403, Reason: "Because we say so", Message: "no"}}, "Forbidden", ": no"},
	} {
		for _, refused := range []string{"acme", "globex"} {
			t.Run(name+" at "+refused, func(t *testing.T) {
				w := newWorkshop(t, "acme", "globex")
				w.create = func(d *v1alpha1.JiraDeployment) error {
					if d.Spec.Site == refused {
						return tt.err
					}
					return nil
				}
				for _, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
					if result := w.reconcile(); result.RequeueAfter != want {
						t.Errorf("Reconcile() = %s, want %s", result.RequeueAfter, want)
					}
				}
				w.change(finish)
				w.reconcile()
				good := map[string]string{"acme": "globex", "globex": "acme"}[refused]
				if diff := cmp.Diff([]string{good + " 1 successful"}, summary(w.records())); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				want := "Warning RecordRefused The rollout is not recorded for JiraSite " + refused
				if event := w.event("RecordRefused"); !startsAndEnds(event, want, tt.wantWords) {
					t.Errorf("Event %q, want %q ... %q", event, want, tt.wantWords)
				}
				if got := w.refused(refused, tt.wantReason); got != 4 {
					t.Errorf("%v refusals with reason %s are counted, want 4", got, tt.wantReason)
				}
				w.create = nil
				w.reconcile()
				if got := summary(w.records()); len(got) != 2 {
					t.Errorf("once it is allowed there are records %v, want two", got)
				}
			})
		}
	}
}

// The Deployment is made anew. A record of the former one is deleted after its retention, one second, though the other
// site's record is refused.
func TestARefusalDelaysNoDeadline(t *testing.T) {
	w := newWorkshop(t, "acme", "globex")
	w.create = func(d *v1alpha1.JiraDeployment) error {
		if d.Spec.Site == "acme" {
			return apierrors.NewForbidden(resource, "web-1", errors.New("no"))
		}
		return nil
	}
	failed := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Reason: "ProgressDeadlineExceeded", LastTransitionTime: metav1.NewTime(noon)}
	w.change(func(d *appsv1.Deployment) { d.Status.Conditions = []appsv1.DeploymentCondition{failed} })
	w.reconcile()
	w.change(func(d *appsv1.Deployment) { // it shows the failure of the first revision, which is its own after a deadline
		d.Annotations["deployment.kubernetes.io/revision"] = "2"
		d.Spec.Template.Labels = map[string]string{"app": "web"}
	})
	if result := w.reconcile(); result.RequeueAfter != time.Second || w.refused("acme", "Forbidden") != 2 {
		t.Errorf("Reconcile() = %s after %v refusals, want one second after two", result.RequeueAfter, w.refused("acme", "Forbidden"))
	}
}

func TestANamespaceThatIsGoingIsNoError(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.create = func(*v1alpha1.JiraDeployment) error {
		err := apierrors.NewForbidden(resource, "web-1", errors.New("namespace shop-prod is being terminated"))
		err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
		return err
	}
	if result := w.reconcile(); result.RequeueAfter != 0 || len(w.recorder.Events) > 0 {
		t.Errorf("Reconcile() = %s with %d Events, want neither a further pass nor an Event", result.RequeueAfter, len(w.recorder.Events))
	}
	if err := w.kube.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: web.Namespace}}); err != nil {
		t.Fatal(err)
	}
	if result := w.reconcile(); result.RequeueAfter != 5*time.Millisecond {
		t.Errorf("without a namespace Reconcile() = %s, want another pass: the cache may be behind", result.RequeueAfter)
	}
}

// OpenKruise has a StatefulSet as well, and a fleet that moves to it has two of one name for a while.
func TestTwoKindsOfOneNameAreTwoWorkloads(t *testing.T) {
	w := newWorkshop(t, "acme")
	kruise := newWorkshop(t, "acme").r
	kruise.Client, kruise.APIReader = w.r.Client, w.r.APIReader
	kruise.Kind = Kind{
		Resource: "advanceddeployments", GroupKind: schema.GroupKind{Group: "apps.kruise.io", Kind: "Deployment"},
		New: func() client.Object {
			o := &unstructured.Unstructured{}
			o.SetGroupVersionKind(schema.GroupVersionKind{Group: "apps.kruise.io", Version: "v1alpha1", Kind: "Deployment"})
			return o
		},
		Observe: func(o client.Object, _ Beside) (rollout.Rollout, bool) {
			return rollout.Rollout{
				Workload: rollout.Workload{
					APIVersion: "apps.kruise.io/v1alpha1", Kind: "Deployment", Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), Created: noon,
				},
				Sources:  rollout.Sources{Annotations: o.GetAnnotations()},
				Revision: 1, TemplateHash: "a", State: rollout.InProgress,
			}, true
		},
	}
	other := kruise.Kind.New()
	other.SetNamespace(web.Namespace)
	other.SetName(web.Name)
	other.SetUID("uid-of-the-other")
	other.SetAnnotations(map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-2"})
	if err := w.kube.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.reconcile()
		if _, err := kruise.Reconcile(t.Context(), ctrl.Request{NamespacedName: web}); err != nil {
			t.Fatal(err)
		}
	}
	records := w.records()
	if diff := cmp.Diff([]string{"acme 1 in_progress", "acme 1 in_progress"}, summary(records)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	pipelines := map[string]int{}
	for i := range records {
		d := &records[i]
		pipelines[d.Spec.Pipeline.ID] = len(w.r.workloadOf(t.Context(), d)) - len(kruise.workloadOf(t.Context(), d))
	}
	want := map[string]int{"eu-1/shop-prod/Deployment/web": 1, "eu-1/shop-prod/Deployment.apps.kruise.io/web": -1}
	if diff := cmp.Diff(want, pipelines); diff != "" {
		t.Errorf("pipelines, and whose they are (-want +got):\n%s", diff)
	}
}

// A workload stays the same when its API gets another version.
func TestARecordIsOfItsWorkloadInEveryVersion(t *testing.T) {
	r := &Reconciler{Kind: Kinds[0]}
	for apiVersion, want := range map[string]int{"apps/v1": 1, "apps/v2": 1, "apps.kruise.io/v1": 0, "v1": 0, "": 0, "a/b/c": 0} {
		d := &v1alpha1.JiraDeployment{Spec: v1alpha1.JiraDeploymentSpec{
			Workload: &v1alpha1.WorkloadReference{APIVersion: apiVersion, Kind: "Deployment", Name: "web"},
		}}
		if got := len(r.workloadOf(t.Context(), d)); got != want {
			t.Errorf("a record of %q wakes %d workloads, want %d", apiVersion, got, want)
		}
	}
}
