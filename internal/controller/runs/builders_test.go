// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// noon is the time at which the tests begin.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// web is the Job of the tests.
var web = client.ObjectKey{Namespace: "ci", Name: "web-7"}

// workshop is a controller of Jobs with an API server that fails where it is told to, and a cache that stands still where it is
// told to.
type workshop struct {
	t        *testing.T
	r        *Reconciler
	kube     client.Client // the API server
	recorder *events.FakeRecorder
	registry *prometheus.Registry
	now      time.Time

	create func(*v1alpha1.JiraBuild) error // what the API server says to a new record
	stale  *v1alpha1.JiraBuildList         // what the cache shows of records; nil is all
	gets   int                             // how often the API server was asked for a record
}

// newWorkshop has the namespaces ci and dev, and sites of these names.
func newWorkshop(t *testing.T, sites ...string) *workshop {
	t.Helper()
	w := &workshop{t: t, now: noon, recorder: events.NewFakeRecorder(100), registry: prometheus.NewRegistry()}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	var objects []client.Object
	for _, name := range []string{"ci", "dev"} {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": name}}})
	}
	for _, name := range sites {
		objects = append(objects, &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: 1}})
	}
	byRun := func(o client.Object) []string {
		if run := o.(*v1alpha1.JiraBuild).Spec.Run; run != nil {
			return []string{runIndex(record.GroupKind(run), run.Name)}
		}
		return nil
	}
	byPipeline := func(o client.Object) []string {
		b := o.(*v1alpha1.JiraBuild)
		return []string{pipelineIndex(b.Spec.Site, b.Spec.PipelineID)}
	}
	kube := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(&v1alpha1.JiraBuild{}).
		WithIndex(&v1alpha1.JiraBuild{}, indexRun, byRun).WithIndex(&v1alpha1.JiraBuild{}, indexPipeline, byPipeline).Build()
	w.kube = kube
	w.r = &Reconciler{
		Client:    interceptor.NewClient(kube, interceptor.Funcs{List: w.list, Create: w.created}),
		APIReader: interceptor.NewClient(kube, interceptor.Funcs{Get: w.get}),
		Kind:      Kinds[0], Cluster: "eu-1", ClusterUID: "uid-of-eu-1", Namespace: "rollcall-system", Metrics: metrics.New(w.registry), Recorder: w.recorder,
		Now: func() time.Time { return w.now },
	}
	return w
}

func (w *workshop) list(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
	if records, ok := list.(*v1alpha1.JiraBuildList); ok && w.stale != nil {
		w.stale.DeepCopyInto(records)
		return nil
	}
	return c.List(ctx, list, options...)
}

func (w *workshop) get(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	if _, ok := o.(*v1alpha1.JiraBuild); ok {
		w.gets++
	}
	return c.Get(ctx, key, o, options...)
}

func (w *workshop) created(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
	if b, ok := o.(*v1alpha1.JiraBuild); ok && w.create != nil {
		if err := w.create(b); err != nil {
			return err
		}
	}
	return c.Create(ctx, o, options...)
}

// makeJob makes a Job that runs, and names an issue.
func makeJob(key client.ObjectKey) *batchv1.Job {
	started := metav1.NewTime(noon)
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: key.Namespace, Name: key.Name, UID: types.UID("uid-of-" + key.Namespace + "-" + key.Name), CreationTimestamp: metav1.NewTime(noon),
			Labels: map[string]string{v1alpha1.LabelBuild: "true"}, Annotations: map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-1"},
		},
		Status: batchv1.JobStatus{StartTime: &started, Active: 1},
	}
}

func complete(j *batchv1.Job) {
	j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{
		Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon.Add(time.Minute)),
	})
}

// run has a Job run, and be observed.
func (w *workshop) run(j *batchv1.Job) {
	w.t.Helper()
	if err := w.kube.Create(w.t.Context(), j); err != nil {
		w.t.Fatal(err)
	}
	w.reconcile(client.ObjectKeyFromObject(j))
}

// change changes the Job of the tests.
func (w *workshop) change(change func(*batchv1.Job)) {
	w.t.Helper()
	var job batchv1.Job
	if err := w.kube.Get(w.t.Context(), web, &job); err != nil {
		w.t.Fatal(err)
	}
	change(&job)
	status := job.Status
	if err := w.kube.Update(w.t.Context(), &job); err != nil {
		w.t.Fatal(err)
	}
	job.Status = status
	if err := w.kube.Status().Update(w.t.Context(), &job); err != nil {
		w.t.Fatal(err)
	}
}

// vanish has a Job be deleted, as it was when it was last seen, and tells the controller.
func (w *workshop) vanish(j *batchv1.Job) {
	w.t.Helper()
	if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), j.DeepCopy())); err != nil {
		w.t.Fatal(err)
	}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[ctrl.Request]())
	defer queue.ShutDown()
	w.r.runHandler().Delete(w.t.Context(), event.DeleteEvent{Object: j}, queue)
	if queue.Len() != 1 {
		w.t.Errorf("%d runs are enqueued, want the one that went away", queue.Len())
	}
}

// reconcile makes a pass that must succeed.
func (w *workshop) reconcile(key client.ObjectKey) ctrl.Result {
	w.t.Helper()
	result, err := w.r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: key})
	if err != nil {
		w.t.Fatalf("Reconcile() error = %v", err)
	}
	return result
}

// records returns the records that the API server has, as "site run state".
func (w *workshop) records() []string {
	w.t.Helper()
	var list v1alpha1.JiraBuildList
	if err := w.kube.List(w.t.Context(), &list); err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, b := range list.Items {
		of := "by hand"
		if b.Spec.Run != nil {
			of = b.Spec.Run.Name
		}
		all = append(all, b.Spec.Site+" "+of+" "+string(b.Spec.State))
	}
	return all
}

// one returns the record that there is.
func (w *workshop) one() *v1alpha1.JiraBuild {
	w.t.Helper()
	var list v1alpha1.JiraBuildList
	if err := w.kube.List(w.t.Context(), &list); err != nil || len(list.Items) != 1 {
		w.t.Fatalf("there are %d records, want one: %v", len(list.Items), err)
	}
	return &list.Items[0]
}

// said returns the Events so far.
func (w *workshop) said() []string {
	var all []string
	for {
		select {
		case e := <-w.recorder.Events:
			all = append(all, e)
		default:
			return all
		}
	}
}

// counted returns the value of a counter of the site acme with a reason.
func (w *workshop) counted(name, reason string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if family.GetName() == name && labels["reason"] == reason && (labels["site"] == "acme" || labels["site"] == "") {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}
