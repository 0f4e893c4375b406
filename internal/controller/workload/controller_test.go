package workload

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// A record of a rollout changes twice at a time: Jira's answer to its beginning is written while the rollout ends.
func TestARecordThatChangedMeanwhileIsObservedAgain(t *testing.T) {
	conflict := apierrors.NewConflict(v1alpha1.GroupVersion.WithResource("jiradeployments").GroupResource(), "web", errors.New("changed"))
	broken := errors.New("the API server is away")
	for name, tt := range map[string]struct {
		update, remove error
		again          time.Duration
		fails          bool
	}{
		"all is well":                         {},
		"the record changed":                  {update: conflict, again: staleCacheRetry},
		"that of a site that is gone changed": {remove: conflict, again: staleCacheRetry},
		"the API server is away":              {update: broken, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.update, w.remove = tt.update, tt.remove
			result, err := w.reconcile()
			if (err != nil) != tt.fails || result.RequeueAfter != tt.again {
				t.Errorf("Reconcile() = %s, %v; want %s, an error: %t", result.RequeueAfter, err, tt.again, tt.fails)
			}
			w.update, w.remove = nil, nil
			if _, err := w.reconcile(); err != nil {
				t.Fatal(err)
			}
			var records v1alpha1.JiraDeploymentList
			if err := w.r.List(t.Context(), &records); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range records.Items {
				got = append(got, d.Spec.Site+" "+string(d.Spec.State))
			}
			if diff := cmp.Diff([]string{"acme successful"}, got); diff != "" {
				t.Errorf("records after the next observation (-want +got):\n%s", diff)
			}
		})
	}
}

// workshop is a workload controller with an API server that fails where it is told to.
type workshop struct {
	t              *testing.T
	r              *Reconciler
	update, remove error
	// behind says that the cache shows no records.
	behind bool
}

// newWorkshop has a Deployment that has just finished. Its record at one site says otherwise yet; that at another site,
// which is gone, is still there.
func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{t: t}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	web := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-prod", Name: "web", UID: "uid-of-web", Generation: 1, CreationTimestamp: metav1.NewTime(noon),
			Annotations: map[string]string{"deployment.kubernetes.io/revision": "1", v1alpha1.AnnotationIssueKeys: "SHOP-1"},
		},
		Spec:   appsv1.DeploymentSpec{Replicas: ptr.To[int32](1)},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1},
	}
	gone := makeSiteNamed("gone")
	kube := fake.NewClientBuilder().WithScheme(scheme).
		WithIndex(&v1alpha1.JiraDeployment{}, indexWorkload, func(o client.Object) []string {
			workload := o.(*v1alpha1.JiraDeployment).Spec.Workload
			return []string{workloadIndex(record.GroupKind(workload), workload.Name)}
		}).
		WithObjects(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop-prod"}}, makeSiteNamed("acme"), gone, web).
		WithInterceptorFuncs(interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
				if _, ok := list.(*v1alpha1.JiraDeploymentList); ok && w.behind {
					return nil
				}
				return c.List(ctx, list, options...)
			},
			Update: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.UpdateOption) error {
				if w.update != nil {
					return w.update
				}
				return c.Update(ctx, o, options...)
			},
			Delete: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.DeleteOption) error {
				if w.remove != nil {
					return w.remove
				}
				return c.Delete(ctx, o, options...)
			},
		}).Build()
	w.r = &Reconciler{
		Client: kube, Kind: Kinds[0], Cluster: "eu-1", Namespace: "rollcall-system", Metrics: metrics.New(prometheus.NewRegistry()),
		Recorder: events.NewFakeRecorder(100), Now: func() time.Time { return noon },
	}
	if _, err := w.reconcile(); err != nil {
		t.Fatal(err)
	}
	web.Status.AvailableReplicas = 1
	if err := errors.Join(kube.Delete(t.Context(), gone), kube.Status().Update(t.Context(), web)); err != nil {
		t.Fatal(err)
	}
	return w
}

func makeSiteNamed(name string) *v1alpha1.JiraSite {
	return &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-of-" + name), Generation: 1}}
}

// restart makes the next revision of the Deployment, with the same template.
func (w *workshop) restart() {
	w.t.Helper()
	var web appsv1.Deployment
	if err := w.r.Get(w.t.Context(), client.ObjectKey{Namespace: "shop-prod", Name: "web"}, &web); err != nil {
		w.t.Fatal(err)
	}
	web.Annotations["deployment.kubernetes.io/revision"] = "2"
	web.Spec.Template.Annotations = map[string]string{"kubectl.kubernetes.io/restartedAt": "now"}
	if err := w.r.Update(w.t.Context(), &web); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workshop) reconcile() (ctrl.Result, error) {
	w.t.Helper()
	return w.r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "shop-prod", Name: "web"}})
}
