// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/controller/site"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/resolver"
	"github.com/rollcall-dev/rollcall/internal/tracing"
)

// +kubebuilder:rbac:groups=batch,resources=jobs,verbs=get;list;watch
// +kubebuilder:rbac:groups=tekton.dev,resources=pipelineruns,verbs=get;list;watch
// +kubebuilder:rbac:groups=shipwright.io,resources=buildruns,verbs=get;list;watch
// +kubebuilder:rbac:groups=argoproj.io,resources=workflows,verbs=get;list;watch
// +kubebuilder:rbac:groups=kpack.io,resources=builds,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jirabuilds,verbs=get;list;watch;create;patch;delete

// Reconciler writes down how the builds of runs of one kind stand: a record for each run and site. It never writes on a run.
type Reconciler struct {
	// Client reads from the cache.
	client.Client
	// APIReader reads from the API server.
	APIReader client.Reader
	Kind      Kind
	// Cluster is the cluster's name, and ClusterUID its UID.
	Cluster    string
	ClusterUID types.UID
	// Namespace is the operator's own.
	Namespace string
	// Resolver knows which commits a run is of; nil: nobody is asked.
	Resolver *resolver.Resolver
	Metrics  *metrics.Metrics
	Tracer   *tracing.Tracer
	Recorder events.EventRecorder
	Now      func() time.Time

	// woken are the runs of which the Resolver knows more than before.
	woken    chan event.GenericEvent
	sites    workload.Sites
	vanished vanished
	crowds   workload.Crowds
	throttle workload.Throttle
	// remembered is what is remembered of runs until the next pass, by their keys.
	remembered sync.Map
}

// remembered is lost with a restart of Rollcall.
type remembered struct {
	retries workload.Retries
	// skipped are the sites at which a run was counted as one without a record, by its UID.
	skipped map[types.UID]sets.Set[string]
}

// skip says whether a run is without a record at a site for the first time.
func (k *remembered) skip(uid types.UID, site string) bool {
	if k.skipped[uid].Has(site) {
		return false
	}
	if k.skipped[uid] == nil {
		k.skipped[uid] = sets.New[string]()
	}
	k.skipped[uid].Insert(site)
	return true
}

// Reconcile brings the records of the runs that had a name to where the builds are. Each run and site has a plan of its own,
// and an error at one holds up no other.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	known := r.remember(req.NamespacedName)
	defer func() { r.keep(req.NamespacedName, known) }() // also that it has to be tried again
	runs, err := r.observe(ctx, req.NamespacedName)
	if err != nil {
		return known.retries.Result(0, err)
	}
	sites, err := r.sites.List(ctx, r.Client)
	if err != nil {
		return known.retries.Result(0, err)
	}
	namespace, err := r.namespaceOf(ctx, req.Namespace)
	if err != nil {
		return known.retries.Result(0, err)
	}
	var after time.Duration
	var errs []error
	for _, run := range runs {
		for _, name := range sets.List(sets.KeySet(sites).Union(sets.KeySet(run.records))) {
			left, err := r.follow(ctx, sites[name], namespace, run, name, known)
			after, errs = sooner(after, left), append(errs, err)
		}
	}
	maps.DeleteFunc(known.skipped, func(uid types.UID, _ sets.Set[string]) bool { return runs[uid] == nil || runs[uid].gone })
	if err := errors.Join(errs...); err == nil {
		r.vanished.forget(goneOf(runs))
	}
	return known.retries.Result(after, errs...)
}

// observed is what is known of a run.
type observed struct {
	build *build.Build
	gone  bool
	// records are the run's, by site.
	records map[string]*v1alpha1.JiraBuild
}

// observe returns the runs that have, or had, a name, by their UIDs: the one that is there, those that went away and are not
// recorded yet, and those that have records.
func (r *Reconciler) observe(ctx context.Context, key client.ObjectKey) (map[types.UID]*observed, error) {
	runs := map[types.UID]*observed{}
	for uid, b := range r.vanished.of(key) {
		runs[uid] = &observed{build: b, gone: true}
	}
	live := r.Kind.New()
	err := r.Get(ctx, key, live, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("get %s: %w", r.Kind.Kind.Kind, err)
	}
	if err == nil {
		b := r.Kind.Observe(live)
		runs[b.UID] = &observed{build: &b}
	}
	var list v1alpha1.JiraBuildList
	of := client.MatchingFields{indexRun: runIndex(r.Kind.Kind.GroupKind(), key.Name)}
	if err := r.List(ctx, &list, client.InNamespace(key.Namespace), of, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	for i := range list.Items {
		b := &list.Items[i]
		run := runs[b.Spec.Run.UID]
		if run == nil {
			run = &observed{gone: true}
			runs[b.Spec.Run.UID] = run
		}
		if run.records == nil {
			run.records = map[string]*v1alpha1.JiraBuild{}
		}
		run.records[b.Spec.Site] = b
	}
	return runs, nil
}

// namespaceOf returns a namespace as the cache shows it. Of one that it does not show the name is known.
func (r *Reconciler) namespaceOf(ctx context.Context, name string) (environment.Namespace, error) {
	found, err := workload.Namespace(ctx, r.Client, name)
	if client.IgnoreNotFound(err) != nil {
		return environment.Namespace{}, fmt.Errorf("get Namespace: %w", err)
	}
	return environment.Namespace{Name: name, Labels: found.Labels, Annotations: found.Annotations}, nil
}

// follow brings the record of a run at a site to where the build is. The records of a site that is gone go with it.
func (r *Reconciler) follow(ctx context.Context, compiled *record.Site, namespace environment.Namespace, run *observed, name string, known *remembered) (time.Duration, error) {
	existing := run.records[name]
	if compiled == nil {
		return 0, r.remove(ctx, existing)
	}
	o := record.BuildObservation{
		Now: r.Now(), Cluster: r.Cluster, ClusterUID: r.ClusterUID, Namespace: namespace, OperatorNamespace: r.Namespace,
		Build: run.build, Gone: run.gone, Record: existing,
	}
	o.Crowded = func() bool {
		return r.crowds.Crowded(namespace.Name, name, r.Now(), func() int { return r.countUntold(ctx, namespace.Name, name) })
	}
	if r.Resolver != nil {
		asker := resolver.Asker{Wake: r.woken, Object: runKey(run)}
		o.Ask = func(q record.Question) record.Answer { return r.Resolver.Ask(q, asker) }
	}
	return r.write(ctx, compiled, o, known)
}

// countUntold returns how many records of a namespace a site was not told of.
func (r *Reconciler) countUntold(ctx context.Context, namespace, name string) int {
	var list v1alpha1.JiraBuildList
	err := r.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{site.IndexPending: name}, client.UnsafeDisableDeepCopy)
	if err != nil { // the cache has no such index: a bug, and no reason to record nothing
		ctrl.LoggerFrom(ctx).Error(err, "Could not count the records of a namespace", "namespace", namespace)
	}
	return len(list.Items)
}

func runKey(run *observed) types.NamespacedName {
	if run.build != nil {
		return keyOf(run.build)
	}
	for _, b := range run.records {
		return client.ObjectKey{Namespace: b.Namespace, Name: b.Spec.Run.Name}
	}
	return types.NamespacedName{}
}

func goneOf(runs map[types.UID]*observed) map[types.UID]*build.Build {
	gone := map[types.UID]*build.Build{}
	for uid, run := range runs {
		if run.gone && run.build != nil {
			gone[uid] = run.build
		}
	}
	return gone
}

func (r *Reconciler) remember(key client.ObjectKey) *remembered {
	if known, ok := r.remembered.Load(key); ok {
		return known.(*remembered)
	}
	return &remembered{retries: workload.Retries{}, skipped: map[types.UID]sets.Set[string]{}}
}

// keep keeps what is remembered. Where that is nothing, it costs no memory.
func (r *Reconciler) keep(key client.ObjectKey, known *remembered) {
	if len(known.retries)+len(known.skipped) == 0 {
		r.remembered.Delete(key)
	} else {
		r.remembered.Store(key, known)
	}
}

func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}
