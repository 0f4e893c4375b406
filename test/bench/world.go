// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/bench/report"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

const (
	clusterName       = "bench"
	operatorNamespace = "rollcall-system"
	siteName          = "bench"
	project           = "BENCH"

	// knownIssues is how many issues the Jiras know: one for each rollout.
	knownIssues = 100_000
)

// world is what is measured in: a control plane, and two reporters that watch it, each with a Jira of its own.
type world struct {
	dir      string
	binaries binaries
	pprof    string // where the manager serves profiles; empty for anywhere
	cluster  *cluster.Cluster
	kube     client.WithWatch
	audit    *audit
	observer *observer
	bare     *reporter
	rollcall *reporter

	deployments int             // how many there are
	size        report.Quantity // how large one is, with all that the API server adds
	issues      atomic.Int64    // how many were shipped
}

// startWorld starts everything but the reporters. What it started it stops again where it fails.
func startWorld(ctx context.Context, dir string, built binaries, pprof string) (*world, error) {
	w := &world{dir: dir, binaries: built, pprof: pprof}
	for _, step := range []func(context.Context) error{w.startCluster, w.install, w.makeReporters, w.createSite} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, w.stop())
		}
	}
	return w, nil
}

func (w *world) startCluster(ctx context.Context) (err error) {
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	if w.audit, err = newAudit(w.dir); err != nil {
		return err
	}
	w.cluster, err = cluster.Start(ctx, cluster.Options{
		Dir: filepath.Join(w.dir, "cluster"), Progress: os.Stderr, APIServerFlags: w.audit.flags(),
	})
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return fmt.Errorf("make scheme: %w", err)
		}
	}
	if w.kube, err = client.NewWithWatch(w.cluster.Config(), client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	w.observer = observe(context.WithoutCancel(ctx), w.kube, &appsv1.DeploymentList{}, ofDeployment)
	return nil
}

func (w *world) install(ctx context.Context) error {
	return cluster.Apply(ctx, w.kube, "config/manager/namespace.yaml", "config/crd/bases", "config/rbac")
}

// makeReporters makes both reporters, and starts their Jiras.
func (w *world) makeReporters(ctx context.Context) (err error) {
	if w.bare, err = newReporter("bare", filepath.Join(w.dir, "bare.log")); err != nil {
		return err
	}
	w.bare.command = w.bareCommand()
	if w.rollcall, err = newReporter("Rollcall", filepath.Join(w.dir, "manager.log")); err != nil {
		return err
	}
	w.rollcall.command, err = w.rollcallCommand(ctx)
	return err
}

// createSite tells Rollcall where its Jira is, as a user would.
func (w *world) createSite(ctx context.Context) error {
	server := w.rollcall.inbox.server
	for _, o := range []client.Object{
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: operatorNamespace, Name: "jira", Annotations: map[string]string{v1alpha1.AnnotationAPIURL: server.URL()},
			},
			StringData: map[string]string{v1alpha1.SecretClientID: w.rollcall.clientID, v1alpha1.SecretClientSecret: w.rollcall.secret},
		},
		&v1alpha1.JiraSite{
			ObjectMeta: metav1.ObjectMeta{Name: siteName},
			Spec: v1alpha1.JiraSiteSpec{
				Host: server.Host(), APIURL: server.URL(), CloudID: server.CloudID(), Projects: []string{project},
				Credentials: v1alpha1.Credentials{SecretName: "jira"},
			},
		},
	} {
		if err := w.kube.Create(ctx, o); err != nil {
			return fmt.Errorf("create %T: %w", o, err)
		}
	}
	return nil
}

// reporters are both, the lower bound first.
func (w *world) reporters() []*reporter {
	return []*reporter{w.bare, w.rollcall}
}

// running are those that were started.
func (w *world) running() []*reporter {
	return slices.DeleteFunc(w.reporters(), func(r *reporter) bool { return r.process == nil })
}

// warmUp is how long a new manager sends fewer requests than its site allows: from 10 a minute to 900, twice as many every 12 s
// (docs/design/0030-fair-among-many.md).
const warmUp = 90 * time.Second

// start starts both, and waits until Rollcall may send as much as it is allowed to.
func (w *world) start(ctx context.Context) error {
	for _, r := range w.reporters() {
		if _, err := r.start(ctx); err != nil {
			return err
		}
	}
	say("wait %s until the manager's pace is that of its site", warmUp)
	return pause(ctx, warmUp)
}

// slow lets both Jiras take so long over each request.
func (w *world) slow(delay time.Duration) {
	for _, r := range w.reporters() {
		r.inbox.slow(delay)
	}
}

// version is that of the API server.
func (w *world) version() (string, error) {
	client, err := discovery.NewDiscoveryClientForConfig(w.cluster.Config())
	if err != nil {
		return "", fmt.Errorf("make discovery client: %w", err)
	}
	version, err := client.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	return version.GitVersion, nil
}

// stop ends what was started, in the reverse order.
func (w *world) stop() error {
	var errs []error
	for _, r := range w.reporters() {
		if r != nil {
			errs = append(errs, r.stop())
			r.inbox.server.Close()
		}
	}
	if w.observer != nil {
		w.observer.stop()
	}
	if w.cluster != nil {
		errs = append(errs, w.cluster.Stop())
	}
	return errors.Join(errs...)
}
