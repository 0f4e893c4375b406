// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
)

// A Job of a thousand pods has thousands of changes of its status, and is one build: what changes nothing of the build is no
// observation.
func TestAJobOfAThousandPodsIsObservedWhenItsBuildChanges(t *testing.T) {
	passes := Kinds[0].buildChanged()
	for trimmed, trim := range map[string]bool{"as the API server has it": false, "as the cache keeps it": true} {
		t.Run(trimmed, func(t *testing.T) {
			job := makeJob(web)
			observed := 0
			step := func(change func(*batchv1.Job)) {
				before := job.DeepCopy()
				change(job)
				after := job.DeepCopy()
				if trim {
					for _, o := range []any{before, after} {
						if _, known := build.Trim(o); !known {
							t.Fatalf("a %T is not trimmed", o)
						}
					}
				}
				if passes.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}) {
					observed++
				}
			}
			for pod := range 1000 {
				step(func(j *batchv1.Job) {
					j.Status.Active, j.Status.Ready = int32(pod+1), new(int32(pod))
					j.ResourceVersion, j.Status.Terminating = time.Duration(pod).String(), new(int32(1))
				})
			}
			for pod := range 1000 {
				step(func(j *batchv1.Job) {
					j.Status.Succeeded, j.Status.Active, j.Status.Failed = int32(pod), int32(1000-pod), int32(pod%7)
					j.Status.CompletedIndexes = "0-" + time.Duration(pod).String()
					j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
				})
			}
			if observed != 0 {
				t.Errorf("%d of 2,000 changes are observed, want none", observed)
			}
			step(func(j *batchv1.Job) {
				j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: batchv1.JobSuccessCriteriaMet, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon)})
			})
			if observed != 1 {
				t.Error("its success is not observed")
			}
			step(func(j *batchv1.Job) { j.Annotations[v1alpha1.AnnotationTests] = "total=1,passed=1" })
			if observed != 2 {
				t.Error("what is written on it afterwards is not observed")
			}
		})
	}
}

func TestWhichChangesOfRunsAreObserved(t *testing.T) {
	passes := Kinds[0].buildChanged()
	for name, tt := range map[string]struct {
		change func(*batchv1.Job)
		want   bool
	}{
		"nothing":                       {func(*batchv1.Job) {}, false},
		"an annotation of another tool": {func(j *batchv1.Job) { j.Annotations["x"] = "y" }, true}, // the site may read it
		"a label":                       {func(j *batchv1.Job) { j.Labels["x"] = "y" }, true},
		"a deletion that begins":        {func(j *batchv1.Job) { j.DeletionTimestamp = &metav1.Time{Time: noon} }, true},
		"a suspension":                  {func(j *batchv1.Job) { j.Spec.Suspend = new(true) }, true},
		"a run that was made anew":      {func(j *batchv1.Job) { j.UID = "another" }, true},
		"a finalizer":                   {func(j *batchv1.Job) { j.Finalizers = []string{"a/b"} }, false},
		"managed fields":                {func(j *batchv1.Job) { j.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "x"}} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := makeJob(web), makeJob(web)
			tt.change(after)
			if got := passes.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != tt.want {
				t.Errorf("observed is %t, want %t", got, tt.want)
			}
		})
	}
	if !passes.Create(event.CreateEvent{Object: makeJob(web)}) || !passes.Delete(event.DeleteEvent{Object: makeJob(web)}) {
		t.Error("a run that comes, or goes, is not observed")
	}
}

func TestWhichChangesOfRecordsAreObserved(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*v1alpha1.JiraBuild)
		want   bool
	}{
		"a change of its spec":   {func(b *v1alpha1.JiraBuild) { b.Generation++ }, true},
		"keys that were written": {func(b *v1alpha1.JiraBuild) { b.Annotations = map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-1"} }, true},
		"Jira's answer":          {func(b *v1alpha1.JiraBuild) { b.Status.DeliveredGeneration = 1 }, false},
		"another annotation":     {func(b *v1alpha1.JiraBuild) { b.Annotations = map[string]string{"a": "b"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := &v1alpha1.JiraBuild{}, &v1alpha1.JiraBuild{}
			tt.change(after)
			if got := recordChanged.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != tt.want {
				t.Errorf("observed is %t, want %t", got, tt.want)
			}
		})
	}
}

// A watch that was broken shows the new run in the place of the old one, and nobody saw that go.
func TestARunThatWasMadeAnewWhileTheWatchWasBrokenIsKept(t *testing.T) {
	w := newWorkshop(t, "acme")
	before, after := makeJob(web), makeJob(web)
	complete(before)
	after.UID = "another"
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	w.r.runHandler().Update(t.Context(), event.UpdateEvent{ObjectOld: before, ObjectNew: after}, queue)
	if err := w.kube.Create(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	w.reconcile(web)
	got := map[string]bool{}
	for _, r := range w.records() {
		got[r] = true
	}
	if diff := cmp.Diff(map[string]bool{"acme web-7 successful": true, "acme web-7 in_progress": true}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Of what nobody wants to know of, nothing is kept: clusters have many Jobs.
func TestARunThatNobodyWantsIsNotKept(t *testing.T) {
	unlabelled := func() *batchv1.Job {
		j := makeJob(web)
		j.Labels = nil
		return j
	}
	w := newWorkshop(t, "acme")
	w.vanish(unlabelled())
	if n := len(w.r.vanished.byKey); n > 0 {
		t.Errorf("%d runs are kept, want none", n)
	}
	w.run(makeJob(web)) // a record tells of it
	w.vanish(unlabelled())
	if n := len(w.r.vanished.byKey); n != 1 {
		t.Errorf("%d runs are kept, want the one that has a record", n)
	}
	w.reconcile(web)
	w.expect("acme web-7 unknown")
}

func TestARecordWakesTheRunThatItIsOf(t *testing.T) {
	w := newWorkshop(t, "acme")
	of := func(apiVersion, kind string) *v1alpha1.JiraBuild {
		return &v1alpha1.JiraBuild{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ci", Name: "x"},
			Spec:       v1alpha1.JiraBuildSpec{Run: &v1alpha1.WorkloadReference{APIVersion: apiVersion, Kind: kind, Name: "web-7", UID: "1"}},
		}
	}
	for name, tt := range map[string]struct {
		record *v1alpha1.JiraBuild
		want   []ctrl.Request
	}{
		"a Job's":                    {of("batch/v1", "Job"), []ctrl.Request{{NamespacedName: web}}},
		"a Job's of another version": {of("batch/v2", "Job"), []ctrl.Request{{NamespacedName: web}}},
		"a PipelineRun's":            {of("tekton.dev/v1", "PipelineRun"), nil},
		"one by hand":                {&v1alpha1.JiraBuild{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, w.r.runOf(t.Context(), tt.record)); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANamespaceWakesItsRuns(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.run(makeJob(web))
	w.run(makeJob(client.ObjectKey{Namespace: "dev", Name: "api-1"}))
	got := w.r.allIn(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ci"}})
	if diff := cmp.Diff([]ctrl.Request{{NamespacedName: web}}, got); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
}

// Every kind has an object, and a list, that its informer can ask for.
func TestEveryKindCanBeObserved(t *testing.T) {
	names := map[string]bool{}
	for _, kind := range Kinds {
		if names[kind.Name()] || kind.Name() == "" {
			t.Errorf("the name %q is taken, or none", kind.Name())
		}
		names[kind.Name()] = true
		o, list := kind.New(), kind.NewList()
		if _, typed := o.(*unstructured.Unstructured); typed == !kind.Optional {
			t.Errorf("%s: optional is %t, and the object a %T", kind.Name(), kind.Optional, o)
		}
		if kind.Optional && (o.GetObjectKind().GroupVersionKind() != kind.Kind || list.GetObjectKind().GroupVersionKind() != kind.Kind.GroupVersion().WithKind(kind.Kind.Kind+"List")) {
			t.Errorf("%s: the object is a %s, and the list a %s", kind.Name(), o.GetObjectKind().GroupVersionKind(), list.GetObjectKind().GroupVersionKind())
		}
		o.SetNamespace("ci")
		o.SetName("x")
		o.SetUID("1")
		if b := kind.Observe(o); b.Kind != kind.Kind.Kind || b.APIVersion != kind.Kind.GroupVersion().String() || b.Namespace != "ci" || b.Name != "x" {
			t.Errorf("%s: it is observed as %s %s %s/%s", kind.Name(), b.APIVersion, b.Kind, b.Namespace, b.Name)
		}
	}
}
