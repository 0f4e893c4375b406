// SPDX-License-Identifier: Apache-2.0

// Command manager is Rollcall: it watches workloads, and reports their rollouts to Jira.
package main

import (
	"context"
	"fmt"
	"os"
	goruntime "runtime"
	"time"

	_ "golang.org/x/crypto/x509roots/fallback" // an image with nothing else in it has no CA roots
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/controller"
	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/internal/options"
)

// Set by the linker.
var (
	version = "dev"
	commit  = "none"
	date    = "unknown"
)

func main() {
	root := newCommand()
	root.SetArgs(os.Args[1:])
	if err := root.ExecuteContext(ctrl.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "rollcall:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options.Options) error {
	ctrl.SetLogger(lazy(zap.New(zap.UseFlagOptions(&o.Zap))))
	leaveRoom()
	tracer, stopTracing, err := startTracing(ctx, o)
	if err != nil {
		return err
	}
	defer stopTracing()
	mgr, err := newManager(o)
	if err != nil {
		return err
	}
	if err := checkKubernetes(mgr); err != nil {
		return err
	}
	if err := ctrlmetrics.Registry.Register(metrics.NewBuildInfo(version, commit, goruntime.Version())); err != nil {
		return fmt.Errorf("register build info: %w", err)
	}
	if err := controller.Setup(ctx, mgr, controller.Options{
		Cluster:   o.ClusterName,
		Namespace: o.Namespace,
		Kinds:     named(workload.Kinds, o.Workloads),
		Runs:      named(runs.Kinds, o.Builds),
		Hosts:     controller.Hosts{Allowed: o.AllowedAPIHosts, Insecure: o.AllowInsecureAPI},
		CA:        o.CA,
		AuditFile: o.AuditFile,
		UserAgent: fmt.Sprintf("rollcall/%s (commit %s; built %s)", version, commit, date),
		Metrics:   metrics.New(ctrlmetrics.Registry),
		Registry:  ctrlmetrics.Registry,
		Tracer:    tracer,
		Now:       time.Now,
	}); err != nil {
		return fmt.Errorf("set up controllers: %w", err)
	}
	ctrl.Log.Info("Starting", "version", version, "commit", commit, "namespace", o.Namespace, "workloads", o.Workloads, "builds", o.Builds, "tracing", tracer != nil)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run manager: %w", err)
	}
	return nil
}

func newManager(o options.Options) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("make scheme: %w", err)
		}
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("find kubeconfig: %w", err)
	}
	config.QPS = -1 // the API server's priority and fairness rules
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         cacheOptions(o),
		Client:                        controller.ClientOptions(),
		LeaderElection:                o.LeaderElect,
		LeaderElectionID:              "rollcall.rollcall.dev",
		LeaderElectionNamespace:       o.Namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &o.Lease.Duration,
		RenewDeadline:                 &o.Lease.RenewDeadline,
		RetryPeriod:                   &o.Lease.RetryPeriod,
		Metrics:                       metricsOptions(o),
		PprofBindAddress:              o.PprofAddress,
		HealthProbeBindAddress:        o.ProbeAddress,
	})
	if err != nil {
		return nil, fmt.Errorf("make manager: %w", err)
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return nil, fmt.Errorf("add health check: %w", err)
	}
	if err := mgr.AddReadyzCheck("readyz", synced(mgr)); err != nil {
		return nil, fmt.Errorf("add readiness check: %w", err)
	}
	return mgr, nil
}

func cacheOptions(o options.Options) cache.Options {
	co := controller.CacheOptions(o.Namespace, named(workload.Kinds, o.Workloads), named(runs.Kinds, o.Builds), controller.Ignored{Annotations: o.IgnoreAnnotations, Env: o.IgnoreEnv})
	if len(o.WatchNamespaces) > 0 {
		co.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range o.WatchNamespaces {
			co.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return co
}

// resources are the names of kinds in the flags.
func resources[K interface{ Name() string }](kinds []K) []string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = kind.Name()
	}
	return names
}

// named are the kinds with these names, in their order.
func named[K interface{ Name() string }](kinds []K, names []string) []K {
	var found []K
	for _, name := range names {
		for _, kind := range kinds {
			if kind.Name() == name {
				found = append(found, kind)
			}
		}
	}
	return found
}
