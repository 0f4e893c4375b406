// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// noon is the time at which the tests begin.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// web is the Deployment of the tests.
var web = client.ObjectKey{Namespace: "shop-prod", Name: "web"}

// workshop is a workload controller with an API server that fails where it is told to, and a cache that stands still
// where it is told to.
type workshop struct {
	t        *testing.T
	r        *Reconciler
	kube     client.Client // the API server
	recorder *events.FakeRecorder
	registry *prometheus.Registry
	now      time.Time

	create, update, remove func(*v1alpha1.JiraDeployment) error // what the API server says to a write
	stale                  *v1alpha1.JiraDeploymentList         // what the cache shows of records; nil is all
	untold                 map[string]int                       // how many records wait for a site, by namespace
	counts                 int                                  // how often they were counted
}

// newWorkshop has a Deployment that is rolling out its first revision, and sites of these names.
func newWorkshop(t *testing.T, sites ...string) *workshop {
	t.Helper()
	w := &workshop{t: t, now: noon, recorder: events.NewFakeRecorder(100), registry: prometheus.NewRegistry()}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	objects := []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: web.Namespace}}, makeDeployment()}
	for _, site := range sites {
		objects = append(objects, makeSite(site))
	}
	indexed := func(o client.Object) []string {
		workload := o.(*v1alpha1.JiraDeployment).Spec.Workload
		return []string{workloadIndex(record.GroupKind(workload), workload.Name)}
	}
	kube := fake.NewClientBuilder().WithScheme(scheme).WithIndex(&v1alpha1.JiraDeployment{}, indexWorkload, indexed).WithObjects(objects...).Build()
	w.kube = kube
	w.r = &Reconciler{
		Client: interceptor.NewClient(kube, interceptor.Funcs{List: w.list, Create: w.created, Update: w.updated, Delete: w.deleted}), APIReader: kube,
		Kind: Kinds[0], Cluster: "eu-1", Namespace: "rollcall-system", Metrics: metrics.New(w.registry), Recorder: w.recorder,
		Now: func() time.Time { return w.now },
	}
	return w
}

func makeDeployment() *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: web.Namespace, Name: web.Name, UID: "uid-of-web", Generation: 1, CreationTimestamp: metav1.NewTime(noon),
			Annotations: map[string]string{"deployment.kubernetes.io/revision": "1", v1alpha1.AnnotationIssueKeys: "SHOP-1"},
		},
		Spec:   appsv1.DeploymentSpec{Replicas: ptr.To[int32](1)},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1},
	}
}

func makeSite(name string) *v1alpha1.JiraSite {
	return &v1alpha1.JiraSite{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: 1},
		Spec:       v1alpha1.JiraSiteSpec{Retention: v1alpha1.Retention{Revisions: 5}},
	}
}

func (w *workshop) list(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
	records, ok := list.(*v1alpha1.JiraDeploymentList)
	var of client.ListOptions
	if of.ApplyOptions(options); ok && of.FieldSelector != nil && strings.HasPrefix(of.FieldSelector.String(), indexUntold+"=") {
		w.counts++
		records.Items = make([]v1alpha1.JiraDeployment, w.untold[of.Namespace])
		return nil
	}
	if ok && w.stale != nil {
		w.stale.DeepCopyInto(records)
		return nil
	}
	return c.List(ctx, list, options...)
}

func (w *workshop) created(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
	if d, ok := o.(*v1alpha1.JiraDeployment); ok && w.create != nil {
		if err := w.create(d); err != nil {
			return err
		}
	}
	return c.Create(ctx, o, options...)
}

func (w *workshop) updated(ctx context.Context, c client.WithWatch, o client.Object, options ...client.UpdateOption) error {
	if d, ok := o.(*v1alpha1.JiraDeployment); ok && w.update != nil {
		if err := w.update(d); err != nil {
			return err
		}
	}
	return c.Update(ctx, o, options...)
}

func (w *workshop) deleted(ctx context.Context, c client.WithWatch, o client.Object, options ...client.DeleteOption) error {
	if d, ok := o.(*v1alpha1.JiraDeployment); ok && w.remove != nil {
		if err := w.remove(d); err != nil {
			return err
		}
	}
	return c.Delete(ctx, o, options...)
}

// change changes the Deployment and its status.
func (w *workshop) change(change func(*appsv1.Deployment)) {
	w.t.Helper()
	var deployment appsv1.Deployment
	if err := w.kube.Get(w.t.Context(), web, &deployment); err != nil {
		w.t.Fatal(err)
	}
	change(&deployment)
	status := deployment.Status
	if err := w.kube.Update(w.t.Context(), &deployment); err != nil {
		w.t.Fatal(err)
	}
	deployment.Status = status
	if err := w.kube.Status().Update(w.t.Context(), &deployment); err != nil {
		w.t.Fatal(err)
	}
}

func finish(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }

// restart makes the next revision of the Deployment, with the same template.
func restart(d *appsv1.Deployment) {
	d.Annotations["deployment.kubernetes.io/revision"] = "2"
	d.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
}

// reconcile makes a pass that must succeed.
func (w *workshop) reconcile() ctrl.Result {
	w.t.Helper()
	result, err := w.r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: web})
	if err != nil {
		w.t.Fatalf("Reconcile() error = %v", err)
	}
	return result
}

// records returns the records that the API server has.
func (w *workshop) records() []v1alpha1.JiraDeployment {
	w.t.Helper()
	var list v1alpha1.JiraDeploymentList
	if err := w.kube.List(w.t.Context(), &list); err != nil {
		w.t.Fatal(err)
	}
	return list.Items
}
