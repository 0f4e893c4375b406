// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// trimmed returns an object as the cache keeps it.
func trimmed[T client.Object](t *testing.T, o T) T {
	t.Helper()
	if _, err := rollout.Trim(o); err != nil {
		t.Fatal(err)
	}
	return o
}

func manyLabels() map[string]string {
	labels := map[string]string{}
	for i := range 1000 {
		labels[fmt.Sprintf("a.io/%d", i)] = "x"
	}
	return labels
}

// replace puts another object in the place of one, as the API server has it.
func (w *workshop) replace(o client.Object) {
	w.t.Helper()
	if err := w.kube.Delete(w.t.Context(), o); client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	o.SetResourceVersion("")
	if err := w.kube.Create(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func TestAWorkloadThatIsNotUnderstoodSaysSoOnce(t *testing.T) {
	unreadable := canaryOf("Deployment", web.Name, "Succeeded")
	unreadable.Object["status"] = "text"
	for name, tt := range map[string]struct {
		breaks, mends func(*workshop)
		want          string
	}{
		"its labels": {
			breaks: func(w *workshop) {
				d := makeDeployment()
				d.Labels = manyLabels()
				w.replace(trimmed(w.t, d))
			},
			mends: func(w *workshop) { w.replace(makeDeployment()) },
			want:  "it has too many labels: 1000, ",
		},
		"its namespace's labels": {
			breaks: func(w *workshop) {
				kept := trimmed(w.t, &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: web.Namespace, Labels: manyLabels()}})
				w.replace(&corev1.Namespace{ObjectMeta: kept.ObjectMeta})
			},
			mends: func(w *workshop) { w.replace(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: web.Namespace}}) },
			want:  "of its namespace: it has too many labels: 1000, ",
		},
		"its Canary": {
			breaks: func(w *workshop) { w.replace(trimmed(w.t, unreadable.DeepCopy())) },
			mends: func(w *workshop) {
				if err := w.kube.Delete(w.t.Context(), canaryOf("Deployment", web.Name, "")); err != nil {
					w.t.Fatal(err)
				}
			},
			want: "of its Canary: it is not written as a Canary is: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			w.r.Deployers = Deployers[1:]
			w.r.served.add(rollout.Canary)
			tt.breaks(w)
			w.reconcile()
			want := "Warning NotUnderstood The workload is not reported to JiraSite acme: " + tt.want
			if got := w.event("NotUnderstood"); !strings.HasPrefix(got, want) {
				t.Errorf("Event %q, want %q ...", got, want)
			}
			w.reconcile()
			if again := w.event("NotUnderstood"); again != "" {
				t.Errorf("the Event came once more: %q", again)
			}
			if n := w.counted("rollcall_rollouts_skipped_total", "acme", "NotUnderstood"); n != 1 || len(w.records()) > 0 {
				t.Errorf("%v are counted and %d recorded, want 1 and none", n, len(w.records()))
			}
			tt.mends(w)
			w.reconcile()
			if records := w.records(); len(records) != 1 {
				t.Errorf("%d records once it is mended, want 1", len(records))
			}
		})
	}
}

// Nobody hears of what no site selects.
func TestWhatNoSiteSelectsIsNotSaidToBeUnread(t *testing.T) {
	w := newWorkshop(t)
	site := makeSite("acme")
	site.Spec.ExcludeNamespaces = []string{web.Namespace}
	w.replace(site)
	d := makeDeployment()
	d.Labels = manyLabels()
	w.replace(trimmed(t, d))
	w.reconcile()
	if event := w.event("NotUnderstood"); event != "" {
		t.Errorf("there is an Event %q, want none", event)
	}
}

func TestAnAnnotationThatIsReadAndWasCutIsSaidOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		annotation, text string
		want             string
		records          int
	}{
		"with a key in what was read": {v1alpha1.AnnotationCommitMessage, "SHOP-1 ", "Only a part of rollcall.dev/commit-message was read", 1},
		"without one":                 {v1alpha1.AnnotationCommitMessage, "", "Only a part of rollcall.dev/commit-message was read", 0},
		"one that nobody reads":       {"acme.example/state", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme", "globex")
			d := makeDeployment()
			delete(d.Annotations, v1alpha1.AnnotationIssueKeys)
			d.Annotations[tt.annotation] = tt.text + strings.Repeat("x", 100<<10)
			w.replace(trimmed(t, d))
			w.reconcile()
			if got := w.event("AnnotationsCut"); !strings.HasPrefix(strings.TrimPrefix(got, "Warning AnnotationsCut "), tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("Event %q, want %q ...", got, tt.want)
			}
			w.reconcile()
			if again := w.event("AnnotationsCut"); again != "" {
				t.Errorf("the Event came once more: %q", again)
			}
			if n := len(w.records()); n != 2*tt.records {
				t.Errorf("%d records, want %d", n, 2*tt.records)
			}
		})
	}
}

func TestAWorkloadIsObservedAgainWhenItIsUnderstoodNoMore(t *testing.T) {
	refused := makeDeployment()
	refused.Labels = manyLabels()
	update := event.UpdateEvent{ObjectOld: trimmed(t, makeDeployment()), ObjectNew: trimmed(t, refused)}
	if !Kinds[0].observationChanged().Update(update) {
		t.Error("the change does not pass")
	}
	update.ObjectOld = update.ObjectNew.DeepCopyObject().(*appsv1.Deployment)
	if Kinds[0].observationChanged().Update(update) {
		t.Error("no change passes")
	}
}

// What people and tools write on a record stays there, also where the cache keeps none of it.
func TestAWriteOfATrimmedRecordLosesNothing(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.reconcile()
	long := w.records()[0]
	long.Annotations["a.io/long"] = strings.Repeat("x", 100<<10)
	long.Finalizers = []string{"a.io/keep"}
	if err := w.kube.Update(t.Context(), &long); err != nil {
		t.Fatal(err)
	}
	cached := w.records()[0]
	if _, err := record.Trim(&cached); err != nil || !record.Trimmed(&cached) {
		t.Fatalf("Trim(): %v, trimmed %v", err, record.Trimmed(&cached))
	}
	w.stale = &v1alpha1.JiraDeploymentList{Items: []v1alpha1.JiraDeployment{cached}}
	w.change(finish)
	w.reconcile()
	after := w.records()[0]
	if after.Spec.State != v1alpha1.StateSuccessful || len(after.Annotations["a.io/long"]) != 100<<10 || len(after.Finalizers) != 1 || record.Trimmed(&after) {
		t.Errorf("the record is %s with %d annotations and %d finalizers", after.Spec.State, len(after.Annotations), len(after.Finalizers))
	}
}
