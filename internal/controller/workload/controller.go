package workload

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets;daemonsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=argoproj.io,resources=rollouts,verbs=get;list;watch
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollcall.dev,resources=jiradeployments,verbs=get;list;watch;create;update;delete

// staleCacheRetry is when a plan is made again that came of a record that the cache has not caught up with:
// Jira's answer to it is being written at the same time.
const staleCacheRetry = 10 * time.Millisecond

// Reconciler writes down what workloads of one kind roll out: a record for each revision and site.
type Reconciler struct {
	client.Client
	Kind Kind
	// Cluster is the cluster's name.
	Cluster string
	// Namespace is the operator's own, whose workloads are reported only where a site names it.
	Namespace string
	Metrics   *metrics.Metrics
	Recorder  events.EventRecorder
	Now       func() time.Time

	sites    compiledSites
	counts   counts
	progress progress
	unseen   unseen
}

// Reconcile brings the records of a workload to where its rollout is.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	observation, err := r.observe(ctx, req)
	if err != nil {
		return ctrl.Result{}, err
	}
	if observation.LiveUID == "" {
		r.counts.forget(req.NamespacedName)
		r.progress.forget(req.NamespacedName)
	}
	records, err := r.recordsOf(ctx, req)
	if err != nil || (observation.LiveUID == "" && len(records) == 0) {
		return ctrl.Result{}, err
	}
	if wait := r.unseen.wait(req.NamespacedName, records, r.Now()); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	sites, err := r.sites.list(ctx, r.Client)
	if err != nil {
		return ctrl.Result{}, err
	}
	var result ctrl.Result
	for _, plan := range r.plans(sites, observation, records) {
		if err := r.carryOut(ctx, plan); apierrors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: staleCacheRetry}, nil
		} else if err != nil {
			return ctrl.Result{}, err
		}
		if plan.RequeueAfter > 0 && (result.RequeueAfter == 0 || plan.RequeueAfter < result.RequeueAfter) {
			result.RequeueAfter = plan.RequeueAfter
		}
	}
	return result, nil
}

// plans returns what should happen to the workload's records at each site. Those of a site that is gone go with it.
func (r *Reconciler) plans(sites map[string]*record.Site, observation record.Observation, records map[string][]*v1alpha1.JiraDeployment) []record.Plan {
	var plans []record.Plan
	for name, site := range sites {
		plans = append(plans, r.plan(site, observation, records[name]))
	}
	for name, orphans := range records {
		if sites[name] == nil {
			plans = append(plans, record.Plan{Delete: orphans})
		}
	}
	return plans
}

// observe gets the workload and its namespace.
func (r *Reconciler) observe(ctx context.Context, req ctrl.Request) (record.Observation, error) {
	observation := record.Observation{Now: r.Now(), Cluster: r.Cluster, Namespace: environment.Namespace{Name: req.Namespace}}
	workload := r.Kind.New()
	if err := r.Get(ctx, req.NamespacedName, workload, client.UnsafeDisableDeepCopy); apierrors.IsNotFound(err) {
		return observation, nil
	} else if err != nil {
		return observation, fmt.Errorf("get %s: %w", r.Kind.Name, err)
	}
	if !workload.GetDeletionTimestamp().IsZero() {
		return observation, nil
	}
	observation.LiveUID = workload.GetUID()
	history, err := r.historyOf(ctx, workload)
	if err != nil {
		return observation, err
	}
	if found, ok := r.Kind.Observe(workload, history); ok {
		observation.Rollout, observation.Progress = &found, r.progress.note(&found, observation.Now)
	}
	namespace := metav1.PartialObjectMetadata{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := r.Get(ctx, client.ObjectKey{Name: req.Namespace}, &namespace, client.UnsafeDisableDeepCopy); err != nil {
		return observation, fmt.Errorf("get Namespace: %w", err)
	}
	observation.Namespace.Labels, observation.Namespace.Annotations = namespace.Labels, namespace.Annotations
	return observation, nil
}

// recordsOf returns the records of all workloads that had this name, by site.
func (r *Reconciler) recordsOf(ctx context.Context, req ctrl.Request) (map[string][]*v1alpha1.JiraDeployment, error) {
	var list v1alpha1.JiraDeploymentList
	index := workloadIndex(r.Kind.GroupKind(), req.Name)
	err := r.List(ctx, &list, client.InNamespace(req.Namespace), client.MatchingFields{indexWorkload: index}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	records := map[string][]*v1alpha1.JiraDeployment{}
	for i := range list.Items {
		site := list.Items[i].Spec.Site
		records[site] = append(records[site], &list.Items[i])
	}
	return records, nil
}

// plan asks what should happen to the workload's records at a site, and counts what gets none.
func (r *Reconciler) plan(site *record.Site, observation record.Observation, records []*v1alpha1.JiraDeployment) record.Plan {
	observation.Unselected = observation.Rollout != nil && !site.Selects(observation.Namespace, observation.Rollout, r.Namespace)
	observation.Records = records
	plan := site.Plan(observation)
	for reason, skipped := range map[string]bool{"NoIssueKey": plan.Unkeyed, "RevisionRegressed": plan.RevisionRegressed} {
		if skipped && r.counts.first(observation.Rollout, site.Name()) {
			r.Metrics.Skipped(site.Name(), reason)
		}
	}
	return plan
}

// carryOut does what a plan says. What is closed is written before what is new: after a crash between the
// two the next pass goes on from there.
func (r *Reconciler) carryOut(ctx context.Context, plan record.Plan) error {
	for _, d := range plan.Update {
		if err := r.Update(ctx, d); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("update JiraDeployment: %w", err)
		}
	}
	for _, d := range plan.Create {
		switch err := r.Create(ctx, d); {
		case apierrors.IsAlreadyExists(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
			// The cache lags behind another manager's write, or there is nowhere left to write to.
		case err != nil:
			return fmt.Errorf("create JiraDeployment: %w", err)
		default:
			r.unseen.add(client.ObjectKey{Namespace: d.Namespace, Name: d.Spec.Workload.Name}, d.Name, r.Now())
			r.announce(d)
			ctrl.LoggerFrom(ctx).Info("Recorded rollout", "record", d.Name, "site", d.Spec.Site,
				"revision", d.Spec.Revision, "state", d.Spec.State, "issues", len(d.Spec.IssueKeys))
		}
	}
	for _, d := range plan.Delete {
		if err := r.Delete(ctx, d, client.Preconditions{UID: &d.UID, ResourceVersion: &d.ResourceVersion}); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("delete JiraDeployment: %w", err)
		}
	}
	return nil
}
