// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/manager"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

const (
	operatorNamespace = "rollcall-system"
	siteName          = "acme"
	clientID          = "rollcall-chaos"

	// progressDeadline is the site's: a StatefulSet or DaemonSet has failed that made no progress for so long.
	progressDeadline = 8 * time.Second

	// tokenLifetime is short, so that tokens also end as they should.
	tokenLifetime = 45 * time.Second
)

// world is a control plane, a Jira that is about to misbehave, and managers.
type world struct {
	dir      string
	secret   string
	scheme   *runtime.Scheme
	cluster  *cluster.Cluster
	kube     client.Client
	jira     *jiratest.Server
	mischief *mischief
	fleet    *fleet
}

// startWorld starts everything, with so many managers. What it started it stops again where it fails.
func startWorld(ctx context.Context, dir string, seed int64, managers int) (*world, error) {
	w := &world{dir: dir, secret: "canary-" + rand.Text(), scheme: runtime.NewScheme(), mischief: &mischief{seed: seed}}
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"start a local Jira", w.startJira},
		{"start the control plane", w.startCluster},
		{"install Rollcall, the namespaces and the site", w.install},
		{"start the managers", func(ctx context.Context) error { return w.startManagers(ctx, managers) }},
	}
	for _, step := range steps {
		fmt.Printf("--> %s\n", step.what)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.what, err), w.stop())
		}
	}
	return w, nil
}

func (w *world) startJira(context.Context) error {
	server, err := jiratest.Start(jiratest.WithTokenLifetime(tokenLifetime))
	if err != nil {
		return err
	}
	server.AddCredential(clientID, w.secret, jiratest.Deployments, jiratest.Builds)
	server.AddProject("SHOP", lastIssue)
	w.jira = server
	return nil
}

func (w *world) startCluster(ctx context.Context) error {
	var err error
	if w.cluster, err = cluster.Start(ctx, cluster.Options{Dir: filepath.Join(w.dir, "cluster"), Progress: os.Stderr}); err != nil {
		return err
	}
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(w.scheme); err != nil {
			return fmt.Errorf("make scheme: %w", err)
		}
	}
	if w.kube, err = client.New(w.cluster.Config(), client.Options{Scheme: w.scheme}); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	return nil
}

func (w *world) install(ctx context.Context) error {
	err := cluster.Apply(ctx, w.kube, "config/manager/namespace.yaml", "config/crd/bases", "config/rbac", "config/builds")
	if err != nil {
		return err
	}
	var objects []client.Object
	for _, e := range environments {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.namespace, Labels: e.labels}})
	}
	objects = append(objects,
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: operatorNamespace, Name: "acme-jira", Annotations: map[string]string{v1alpha1.AnnotationAPIURL: w.jira.URL()},
			},
			StringData: map[string]string{v1alpha1.SecretClientID: clientID, v1alpha1.SecretClientSecret: w.secret},
		},
		&v1alpha1.JiraSite{
			ObjectMeta: metav1.ObjectMeta{Name: siteName},
			Spec: v1alpha1.JiraSiteSpec{
				Host: w.jira.Host(), APIURL: w.jira.URL(),
				Credentials:      v1alpha1.Credentials{SecretName: "acme-jira"},
				Environments:     rules,
				ProgressDeadline: metav1.Duration{Duration: progressDeadline},
				// So that every earlier release is recognised where it comes back.
				Retention: v1alpha1.Retention{Revisions: 100},
			},
		})
	for _, o := range objects {
		if err := w.kube.Create(ctx, o); err != nil {
			return fmt.Errorf("create %T %s: %w", o, o.GetName(), err)
		}
	}
	return nil
}

// startManagers starts managers that elect a leader; one alone needs no election.
func (w *world) startManagers(ctx context.Context, n int) error {
	binary, err := manager.Build(ctx, filepath.Join(w.dir, "bin"), os.Stderr)
	if err != nil {
		return err
	}
	kubeconfig, err := w.cluster.ServiceAccountKubeconfig(ctx, operatorNamespace, "rollcall")
	if err != nil {
		return err
	}
	w.fleet = &fleet{binary: binary, dir: w.dir, attention: &oracle.Attention{}, flags: []string{
		"--kubeconfig=" + kubeconfig, "--namespace=" + operatorNamespace, "--cluster-name=" + clusterName,
		fmt.Sprintf("--leader-elect=%t", n > 1), "--zap-log-level=debug", "--allow-insecure-api",
		"--builds=jobs", "--health-probe-bind-address=0",
	}}
	return w.fleet.start(n)
}

// strike carries out a disturbance.
func (w *world) strike(ctx context.Context, d Disturbance, tally *tally) error {
	if d.Stored {
		w.awaitRequest(ctx)
	}
	if d.Blow == RestartAPIServer {
		tally.add(string(d.Blow), 1)
		return w.fleet.interrupt(func() error { return w.cluster.RestartAPIServer(ctx) })
	}
	killed, err := w.fleet.kill(d.Blow)
	tally.add(string(d.Blow), killed)
	return err
}

// awaitRequest returns when Jira has processed a request, and is about to answer. It does not wait for long.
func (w *world) awaitRequest(ctx context.Context) {
	const patience = 3 * time.Second
	select {
	case <-w.jira.Changed():
	case <-time.After(patience):
	case <-ctx.Done():
	}
}

// stop ends what was started, in the reverse order.
func (w *world) stop() error {
	var errs []error
	if w.fleet != nil {
		errs = append(errs, w.fleet.stop())
	}
	if w.cluster != nil {
		errs = append(errs, w.cluster.Stop())
	}
	if w.jira != nil {
		w.jira.Close()
	}
	return errors.Join(errs...)
}
