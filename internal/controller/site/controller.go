// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/audit"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/tracing"
)

// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jirasites/status,verbs=patch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments;jirabuilds,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments/status;jirabuilds/status,verbs=patch
// +kubebuilder:rbac:groups=core,resources=secrets,verbs=get;list;watch,namespace=rollcall-system
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get;list;watch
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
	// Home finds what lives where a record is, to tell those that were restored from a backup.
	Home func(context.Context, v1alpha1.Record) (record.Home, error)
	// Hosts are where requests may go.
	Hosts Hosts
	// Transport carries the requests to Jira, which name UserAgent.
	Transport http.RoundTripper
	UserAgent string
	Metrics   *metrics.Metrics
	Tracer    *tracing.Tracer
	Recorder  events.EventRecorder
	// Audit keeps what Jira was told; nil where that is not wanted.
	Audit *audit.Log
	Now   func() time.Time
	// Random returns numbers from 0 to 1. With it the clusters that share a limit do not act in the same moment.
	Random func() float64

	// states are what is known of the sites, by their names.
	states    sync.Map
	statuses  *statusWriter
	deletions deletions
	// orphansExplained is when the records of sites that do not exist were last looked through.
	orphansExplained time.Time
}

// pass is one reconciliation of a site.
type pass struct {
	site  *v1alpha1.JiraSite
	state *state
	// reason and message are those of the Ready condition.
	reason, message string
	// resync is what the site's status is to say of a resync; nil where that stays.
	resync       *v1alpha1.ResyncStatus
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
	r.Metrics.Begin(site.Name)
	p := &pass{site: &site, state: r.stateOf(&site)}
	p.assumeStatus()
	// A phase returns false where the pass ends: the pass says why.
	for _, phase := range []func(context.Context, *pass) (bool, error){r.bury, r.validate, r.credentials, r.probe, r.resync, r.deliver, r.readBack} {
		if goOn, err := phase(ctx, p); err != nil {
			return ctrl.Result{}, err
		} else if !goOn {
			break
		}
	}
	if pace := p.state.pace; pace != nil {
		r.Metrics.Pace(site.Name, pace.PerMinute(r.Now()))
	}
	if err := errors.Join(r.explain(ctx, p), r.report(ctx, p)); err != nil { // returned, it would take the place of the wait
		ctrl.LoggerFrom(ctx).Error(err, "Could not report; it is tried again")
		p.requeue(outbox.Lasting)
	}
	return ctrl.Result{RequeueAfter: p.requeueAfter}, nil
}

// assumeStatus gives the site the status that was written, where the cache does not show it yet. Else what is to be written would
// be compared with what was there before, and a Ready that went and came back within the lag of the cache would stay away.
func (p *pass) assumeStatus() {
	if p.state.written != nil && p.state.over == p.site.ResourceVersion {
		p.site.Status = *p.state.written
	} else {
		p.state.written = nil
	}
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

// state is what is known of a site between two passes. It belongs to the pass: those of a site do not overlap. A new
// manager starts with what the statuses say: it goes on with the probes where the one before it was, and sends nothing that was
// answered.
type state struct {
	uid types.UID
	// compiled is the spec of this generation, and problems what is wrong with it.
	generation int64
	compiled   *record.Site
	problems   []record.Problem
	// credential is what was found in the Secret. client talks to Jira with it; fingerprint is that of its configuration.
	credential  credential
	client      *jira.Client
	fingerprint [sha256.Size]byte
	health      health
	// pace is how many requests the site is sent. It let none be sent from limitedFrom to limitedUntil; zero where some were
	// sent since.
	pace                      *outbox.Pace
	limitedFrom, limitedUntil time.Time
	// deliveries are one a kind of records, and turn counts the batches of all of them.
	deliveries []*delivery
	turn       int
	// host is that of the spec, for links to issues.
	host string
	// looked is when the records were last looked through for a resync, and marked says that none was left to be marked.
	looked time.Time
	marked bool
	// written is the site's status as it was written over a version of the site: until the cache shows another version, the
	// site has it.
	written *v1alpha1.JiraSiteStatus
	over    string
	progress
	readBack
}

// stateOf returns the state of a site. A site that was deleted and created anew starts anew.
func (r *Reconciler) stateOf(site *v1alpha1.JiraSite) *state {
	known, _ := r.states.Load(site.Name)
	s, _ := known.(*state)
	if s == nil || s.uid != site.UID {
		s = &state{uid: site.UID, readBack: readBack{since: r.Now()}}
		browse := func(key string) string { return record.BrowseURL(s.host, key) }
		s.deliveries = newDeliveries(site.Name, browse)
		r.states.Store(site.Name, s)
	}
	s.host = site.Spec.Host
	if s.compiled == nil || s.generation != site.Generation {
		s.compiled, s.problems = record.Compile(site)
		s.generation = site.Generation
	}
	return s
}
