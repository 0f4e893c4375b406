// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"context"
	"errors"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/resolver"
	"github.com/rollcall-dev/rollcall/internal/tracing"
)

// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets;daemonsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=argoproj.io,resources=rollouts,verbs=get;list;watch
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jirabuilds,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments,verbs=get;list;watch;create;update;delete

// Reconciler writes down what workloads of one kind roll out: a record for each revision and site.
type Reconciler struct {
	// Client reads from the cache.
	client.Client
	// APIReader reads from the API server.
	APIReader client.Reader
	Kind      Kind
	// Deployers are what may roll out workloads of the kind.
	Deployers []Deployer
	// Cluster is the cluster's name, and ClusterUID its UID.
	Cluster    string
	ClusterUID types.UID
	// Namespace is the operator's own, whose workloads are reported only where a site names it.
	Namespace string
	// Resolver knows which commits revisions ship; nil: nobody is asked.
	Resolver *resolver.Resolver
	Metrics  *metrics.Metrics
	Tracer   *tracing.Tracer
	Recorder events.EventRecorder
	Now      func() time.Time

	// woken are the workloads of which the Resolver knows more than before.
	woken    chan event.GenericEvent
	sites    Sites
	memory   memory
	throttle Throttle
	crowds   Crowds
	served   servedKinds
}

// Reconcile brings the records of a workload to where its rollout is. Each site has a plan of its own, and an error at
// one site holds up no other. The records of a site that is gone go with it.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	known := r.memory.of(req.NamespacedName)
	defer r.memory.keep(req.NamespacedName, known)
	observation, err := r.observe(ctx, req, known)
	if err != nil {
		return known.retries.Result(0, err)
	}
	records, err := r.recordsOf(ctx, req, known.expectations)
	if err != nil {
		return known.retries.Result(0, err)
	}
	if observation.LiveUID == "" && len(records) == 0 {
		*known = remembered{}
		return ctrl.Result{}, nil
	}
	sites, err := r.sites.List(ctx, r.Client)
	if err != nil {
		return known.retries.Result(0, err)
	}
	if r.Resolver != nil {
		asker := resolver.Asker{Wake: r.woken, Object: req.NamespacedName}
		observation.Ask = func(q record.Question) record.Answer { return r.Resolver.Ask(q, asker) }
	}
	var after time.Duration
	var errs []error
	for _, name := range sets.List(sets.KeySet(sites).Union(sets.KeySet(records))) {
		plan := record.Plan{Delete: records[name]}
		if site := sites[name]; site != nil {
			observation.Built = func(image string) *v1alpha1.BuildCommit {
				return r.observer().builtFrom(ctx, site, observation.Namespace, image)
			}
			observation.Crowded = func() bool { return r.crowded(ctx, req.Namespace, name) }
			plan = r.plan(req.Name, site, observation, records[name], &known.current)
		}
		throttled, failed := r.apply(ctx, plan, records[name], known.expectations)
		after, errs = sooner(sooner(after, plan.RequeueAfter), throttled), append(errs, failed...)
	}
	if len(known.expectations) > 0 {
		after = sooner(after, expectationsInterval)
	}
	return known.retries.Result(after, errs...)
}

// observe returns how the workload stands, with what was seen of its progress so far.
func (r *Reconciler) observe(ctx context.Context, req ctrl.Request, known *remembered) (record.Observation, error) {
	observation, err := r.observer().Observe(ctx, req.NamespacedName)
	switch {
	case err != nil && !errors.Is(err, ErrOutdated):
	case observation.LiveUID == "":
		known.current = current{}
	case observation.Rollout != nil:
		observation.Progress = known.current.note(observation.Rollout, observation.Now)
	}
	return observation, err
}

// observer returns what reads for the reconciler, from the cache.
func (r *Reconciler) observer() *Observer {
	return &Observer{
		Reader: r.Client, Kind: r.Kind, Deployers: r.Deployers, Cluster: r.Cluster, ClusterUID: r.ClusterUID, Now: r.Now,
		Serves: func(kind schema.GroupVersionKind) (bool, error) { return r.served.has(r.RESTMapper(), kind) },
	}
}

// plan returns what should happen to the workload's records at a site, and counts a rollout that gets none.
func (r *Reconciler) plan(workload string, site *record.Site, observation record.Observation, records []*v1alpha1.JiraDeployment, current *current) record.Plan {
	observation.Unselected = observation.Rollout != nil && !site.Selects(observation.Namespace, observation.Rollout, r.Namespace)
	observation.Records = records
	plan := site.Plan(observation)
	if len(plan.Left) > 0 && !current.told {
		current.told = true
		r.warnAbout(workload, observation, v1alpha1.EventAnnotationsCut, "Only a part of %s was read, or nothing: of an annotation the first 32 KiB are read, and of all 64 KiB. No issue key is found in the rest.",
			strings.Join(plan.Left, ", "))
	}
	switch {
	case plan.Unkeyed && current.skip(site.Name()):
		r.Metrics.Skipped(site.Name(), "NoIssueKey")
	case plan.PerRevision && current.skip(site.Name()):
		r.Metrics.Skipped(site.Name(), "MadePerRevision")
	case plan.RevisionRegressed && current.skip(site.Name()):
		r.Metrics.Skipped(site.Name(), "RevisionRegressed")
	case observation.NotUnderstood != "" && site.SelectsNamespace(observation.Namespace, r.Namespace) && current.skip(site.Name()):
		r.Metrics.Skipped(site.Name(), v1alpha1.EventNotUnderstood)
		r.warnAbout(workload, observation, v1alpha1.EventNotUnderstood, "The workload is not reported to JiraSite %s: %s. It is once that is mended.",
			site.Name(), observation.NotUnderstood)
	}
	return plan
}
