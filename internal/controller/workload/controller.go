package workload

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/resolver"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets;daemonsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=argoproj.io,resources=rollouts,verbs=get;list;watch
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get;list;watch
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
	Recorder events.EventRecorder
	Now      func() time.Time

	// woken are the workloads of which the Resolver knows more than before.
	woken    chan event.GenericEvent
	sites    compiledSites
	memory   memory
	throttle throttle
	crowds   crowds
	served   servedKinds
}

// Reconcile brings the records of a workload to where its rollout is. Each site has a plan of its own, and an error at
// one site holds up no other. The records of a site that is gone go with it.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	known := r.memory.of(req.NamespacedName)
	defer r.memory.keep(req.NamespacedName, known)
	observation, err := r.observe(ctx, req, known)
	if err != nil {
		return known.retries.result(0, err)
	}
	records, err := r.recordsOf(ctx, req, known.expectations)
	if err != nil {
		return known.retries.result(0, err)
	}
	if observation.LiveUID == "" && len(records) == 0 {
		*known = remembered{}
		return ctrl.Result{}, nil
	}
	sites, err := r.sites.list(ctx, r.Client)
	if err != nil {
		return known.retries.result(0, err)
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
			observation.Crowded = func() bool { return r.crowded(ctx, req.Namespace, name) }
			plan = r.plan(req.Name, site, observation, records[name], &known.current)
		}
		throttled, failed := r.apply(ctx, plan, known.expectations)
		after, errs = sooner(sooner(after, plan.RequeueAfter), throttled), append(errs, failed...)
	}
	if len(known.expectations) > 0 {
		after = sooner(after, expectationsInterval)
	}
	return known.retries.result(after, errs...)
}

// observe gets the workload and its namespace.
func (r *Reconciler) observe(ctx context.Context, req ctrl.Request, known *remembered) (record.Observation, error) {
	observation := record.Observation{
		Now: r.Now(), Cluster: r.Cluster, ClusterUID: r.ClusterUID, Namespace: environment.Namespace{Name: req.Namespace},
	}
	namespace, missing := getNamespace(ctx, r.Client, req.Namespace)
	if client.IgnoreNotFound(missing) != nil {
		return observation, fmt.Errorf("get Namespace: %w", missing)
	}
	observation.NamespaceCreated = namespace.CreationTimestamp.Time
	observation.Namespace.Labels, observation.Namespace.Annotations = namespace.Labels, namespace.Annotations
	workload := r.Kind.New()
	err := r.Get(ctx, req.NamespacedName, workload, client.UnsafeDisableDeepCopy)
	if client.IgnoreNotFound(err) != nil {
		return observation, fmt.Errorf("get %s: %w", r.Kind.GroupKind.Kind, err)
	}
	if err != nil || !workload.GetDeletionTimestamp().IsZero() {
		known.current = current{}
		return observation, nil
	}
	observation.LiveUID, observation.LiveCreated = workload.GetUID(), workload.GetCreationTimestamp().Time
	observation.Rollout, observation.HandedOver, err = r.rolloutOf(ctx, workload)
	if why := rollout.NotUnderstood(namespace); why != "" {
		observation.Rollout, err = nil, notUnderstood("of its namespace: "+why)
		observation.Namespace.Annotations = nil // a site may select all namespaces, and say why it does not report this one
	}
	if refused := notUnderstood(""); errors.As(err, &refused) {
		observation.NotUnderstood = string(refused)
		return observation, nil
	} else if err != nil {
		return observation, err
	}
	if observation.Rollout != nil {
		observation.Progress = known.current.note(observation.Rollout, observation.Now)
	}
	if missing != nil { // it is new, or gone, and one of the two caches does not show that yet
		return observation, errOutdated
	}
	return observation, nil
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
