package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
)

// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites/status,verbs=patch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments/status,verbs=patch
// +kubebuilder:rbac:groups=core,resources=secrets,verbs=get;list;watch,namespace=rollcall-system
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler probes the sites, delivers their records, and says how both went.
type Reconciler struct {
	// Client reads from the cache. APIReader asks the API server itself.
	Client    client.Client
	APIReader client.Reader
	// Namespace is the operator's own: the only one whose Secrets are read.
	Namespace string
	// Cluster is the cluster's name; it goes out with every request.
	Cluster string
	// Transport carries the requests to Jira, which name UserAgent.
	Transport http.RoundTripper
	UserAgent string
	Metrics   *metrics.Metrics
	Recorder  events.EventRecorder
	Now       func() time.Time

	// states are what is known of the sites, by their names.
	states    sync.Map
	statuses  *statusWriter
	deletions deletions
	// orphansExplained is when the records of sites that do not exist were last looked through.
	orphansExplained time.Time
}

// phase is a step of a pass. It returns false where the pass ends there: the pass says why.
type phase func(context.Context, *pass) (bool, error)

// pass is one reconciliation of a site.
type pass struct {
	site  *v1alpha1.JiraSite
	state *state
	// reason and message are those of the Ready condition.
	reason, message string
	// limited says that the site has used up its rate for a while.
	limited      bool
	requeueAfter time.Duration
}

// Reconcile makes a pass over a site.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	if req.Name == noSite {
		return r.explainOrphans(ctx)
	}
	var site v1alpha1.JiraSite
	if err := r.Client.Get(ctx, req.NamespacedName, &site, client.UnsafeDisableDeepCopy); apierrors.IsNotFound(err) {
		r.states.Delete(req.Name)
		r.deletions.take(req.Name)
		r.Metrics.Forget(req.Name)
		return ctrl.Result{}, nil
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("get JiraSite: %w", err)
	}
	p := &pass{site: &site, state: r.stateOf(&site)}
	for _, phase := range []phase{r.bury, r.validate, r.credentials, r.probe, r.deliver} {
		if goOn, err := phase(ctx, p); err != nil {
			return ctrl.Result{}, err
		} else if !goOn {
			break
		}
	}
	if err := errors.Join(r.explain(ctx, p), r.report(ctx, p)); err != nil && p.requeueAfter == 0 {
		return ctrl.Result{}, err
	} else if err != nil { // an error would take the place of the wait
		ctrl.LoggerFrom(ctx).Error(err, "Could not report; it is tried again")
	}
	return ctrl.Result{RequeueAfter: p.requeueAfter}, nil
}

// notReady ends a pass: the site takes nothing.
func (p *pass) notReady(reason, message string) bool {
	p.reason, p.message = reason, message
	return false
}

// requeue asks for another pass after so long, or earlier.
func (p *pass) requeue(after time.Duration) {
	p.requeueAfter = min(after, cmp.Or(p.requeueAfter, after))
}
