// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/audit"
	"github.com/rollcall-dev/rollcall/internal/build"
	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/site"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/resolver"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/internal/tracing"
)

// Options are what the controllers need to know beside the manager.
type Options struct {
	// Cluster is the cluster's name; where it is empty, it is made of kube-system's UID.
	Cluster string
	// Namespace is the operator's own.
	Namespace string
	// Kinds are the kinds of workloads to watch.
	Kinds []workload.Kind
	// Runs are the kinds of runs to watch, whose builds are reported.
	Runs []runs.Kind
	// Hosts are where requests to Jira may go.
	Hosts Hosts
	// CA holds certificates, in PEM, that are trusted beside the system's on the way to Jira.
	CA []byte
	// AuditFile is the file that is told what Jira was told; empty: none.
	AuditFile string
	// UserAgent is the name that requests to Jira give.
	UserAgent string
	// Metrics count what the controllers do. Registry takes what is measured at a scrape.
	Metrics  *metrics.Metrics
	Registry prometheus.Registerer
	// Tracer makes the spans; nil: there are none.
	Tracer *tracing.Tracer
	// Now is the clock.
	Now func() time.Time
}

// Hosts are where requests to Jira may go.
type Hosts = site.Hosts

// Ignored are names on a pod template, beside the well-known ones, whose change is no release.
type Ignored = rollout.Ignored

// CacheOptions returns what a manager's cache has to keep for the controllers: of Secrets of the operator's own
// namespace that they are there, and of workloads no more than is read. A kind whose CRD may not be there cannot be named here:
// the manager would not start. Its objects are trimmed with all others.
func CacheOptions(namespace string, kinds []workload.Kind, ofRuns []runs.Kind, ignored Ignored) cache.Options {
	objects := map[client.Object]cache.ByObject{
		&corev1.Secret{}:           {Namespaces: map[string]cache.Config{namespace: {}}, Transform: site.TrimSecret},
		&v1alpha1.JiraDeployment{}: {Transform: record.Trim},
		&v1alpha1.JiraBuild{}:      {Transform: record.Trim},
	}
	for _, kind := range kinds {
		if !kind.Optional {
			objects[kind.New()] = cache.ByObject{Transform: ignored.Trim}
		}
	}
	for _, kind := range ofRuns {
		if !kind.Optional {
			objects[kind.New()] = cache.ByObject{Transform: trimRun(cache.TransformStripManagedFields())}
		}
	}
	if workload.NeedHistory(kinds) {
		objects[&appsv1.ControllerRevision{}] = cache.ByObject{Transform: ignored.Trim}
	}
	return cache.Options{ByObject: objects, DefaultTransform: trimOptional(ignored, trimRun(cache.TransformStripManagedFields()))}
}

// trimOptional trims the workloads that CacheOptions cannot name, and leaves the rest to another transform.
func trimOptional(ignored Ignored, rest toolscache.TransformFunc) toolscache.TransformFunc {
	return func(object any) (any, error) {
		trimmed, err := ignored.Trim(object)
		if err != nil {
			return nil, fmt.Errorf("trim: %w", err)
		}
		return rest(trimmed)
	}
}

// trimRun trims the runs whose builds are reported, and leaves the rest to another transform.
func trimRun(rest toolscache.TransformFunc) toolscache.TransformFunc {
	return func(object any) (any, error) {
		if trimmed, known := build.Trim(object); known {
			return trimmed, nil
		}
		return rest(object)
	}
}

// ClientOptions returns how a manager's client has to read for the controllers: what has no Go type comes from
// the cache as well.
func ClientOptions() client.Options {
	return client.Options{Cache: &client.CacheOptions{Unstructured: true}}
}

// Setup registers the controllers with a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := workload.SetupIndexes(ctx, mgr, o.Kinds); err != nil {
		return fmt.Errorf("set up indexes: %w", err)
	}
	if err := runs.SetupIndexes(ctx, mgr); err != nil {
		return fmt.Errorf("set up indexes of builds: %w", err)
	}
	uid, err := clusterUID(ctx, mgr.GetAPIReader())
	if err != nil {
		return err
	}
	cluster := record.ClusterName(uid, o.Cluster)
	transport, err := jira.NewTransport(o.CA)
	if err != nil {
		return fmt.Errorf("make transport to Jira: %w", err)
	}
	recorder, tracer := mgr.GetEventRecorder("rollcall"), o.Tracer.In(cluster)
	sites := &site.Reconciler{
		Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Namespace: o.Namespace, Cluster: cluster,
		Home:      workload.Homes{Reader: mgr.GetClient(), Informers: mgr.GetCache(), Kinds: o.Kinds, Cluster: uid}.Of,
		Hosts:     o.Hosts,
		Transport: transport, UserAgent: o.UserAgent, Metrics: o.Metrics, Tracer: tracer, Recorder: recorder, Now: o.Now, Random: rand.Float64,
	}
	if sites.Audit, err = addAudit(mgr, o); err != nil {
		return err
	}
	if err := sites.SetupWithManager(ctx, mgr); err != nil {
		return fmt.Errorf("set up controller of sites: %w", err)
	}
	if err := o.Registry.Register(metrics.NewCollector(mgr.GetClient(), site.IndexPending, mgr.Elected(), o.Now)); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	resolves, err := addResolver(mgr, o)
	if err != nil {
		return err
	}
	for _, kind := range o.Runs {
		builds := &runs.Reconciler{
			Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Kind: kind, Cluster: cluster, ClusterUID: uid, Namespace: o.Namespace,
			Resolver: resolves, Metrics: o.Metrics, Tracer: tracer, Recorder: recorder, Now: o.Now,
		}
		if err := builds.SetupWithManager(mgr); err != nil {
			return fmt.Errorf("set up controller of %s: %w", kind.Resource, err)
		}
	}
	for _, kind := range o.Kinds {
		workloads := &workload.Reconciler{
			Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Kind: kind, Cluster: cluster, ClusterUID: uid, Namespace: o.Namespace,
			Deployers: workload.DeployersOf(kind, o.Kinds), Resolver: resolves, Metrics: o.Metrics, Tracer: tracer, Recorder: recorder, Now: o.Now,
		}
		if err := workloads.SetupWithManager(mgr); err != nil {
			return fmt.Errorf("set up controller of %s: %w", kind.Resource, err)
		}
	}
	return nil
}

// addAudit adds what writes the audit file; nil where none is wanted.
func addAudit(mgr ctrl.Manager, o Options) (*audit.Log, error) {
	if o.AuditFile == "" {
		return nil, nil
	}
	log := audit.New(o.AuditFile, mgr.GetLogger(), o.Metrics)
	if err := mgr.Add(log); err != nil {
		return nil, fmt.Errorf("add audit log: %w", err)
	}
	return log, nil
}

// addResolver adds what asks registries and Git servers.
func addResolver(mgr ctrl.Manager, o Options) (*resolver.Resolver, error) {
	resolves, err := resolver.New(resolver.Config{
		Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Namespace: o.Namespace,
		Transport: func(ca []byte) (http.RoundTripper, error) { return jira.NewTransport(together(o.CA, ca)) },
		UserAgent: o.UserAgent, Loopback: o.Hosts.Insecure, Metrics: o.Metrics, Now: o.Now,
	})
	if err == nil {
		err = mgr.Add(resolves)
	}
	if err != nil {
		return nil, fmt.Errorf("set up resolver: %w", err)
	}
	return resolves, nil
}

// together returns the certificates of two files; nil where there are none.
func together(a, b []byte) []byte {
	if len(a) == 0 || len(b) == 0 {
		return slices.Concat(a, b)
	}
	return slices.Concat(a, []byte("\n"), b)
}

// clusterUID returns the UID of kube-system: it is the same for as long as the cluster lives, and no other cluster has it.
func clusterUID(ctx context.Context, reader client.Reader) (types.UID, error) {
	var namespace corev1.Namespace
	if err := reader.Get(ctx, types.NamespacedName{Name: "kube-system"}, &namespace); err != nil {
		return "", fmt.Errorf("get Namespace kube-system to tell the cluster from others: %w", err)
	}
	return namespace.UID, nil
}
