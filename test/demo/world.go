// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/internal/page"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/forge"
	"github.com/rollcall-dev/rollcall/test/manager"
)

const (
	clusterName = "demo"
	clientID    = "rollcall-demo"

	// patience is how long a step of the story may take.
	patience = 60 * time.Second
)

// world is what the story plays in: a control plane, a Jira, and the manager as a process of its own.
type world struct {
	cluster *cluster.Cluster
	client  client.WithWatch
	jira    *jiratest.Server
	forge   *forge.Forge
	// code is the shop's repository, and built are the images of its releases.
	code       *forge.Repository
	built      map[string]string
	secret     string
	manager    *manager.Process
	managerLog string
	kubeconfig string
	observer   *observer
	page       *page.Server
	stopPage   func() error
}

// startWorld starts everything. What it started it stops again where it fails.
func startWorld(ctx context.Context) (*world, error) {
	w := &world{secret: rand.Text(), built: map[string]string{}, managerLog: filepath.Join(output, "manager.log")}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"start a local Jira that keeps Jira's rules", w.startJira},
		{"start a Git server and a registry", w.startForge},
		{"start etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK", w.startCluster},
		{"install Rollcall's CRDs and RBAC", w.install},
		{"start the manager, with the rights of its ServiceAccount", w.startManager},
		{"start the page of kubectl rollcall dashboard", w.startPage},
	} {
		fmt.Printf("--> %s\n", step.what)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.what, err), w.stop())
		}
	}
	return w, nil
}

func (w *world) startJira(context.Context) error {
	server, err := jiratest.Start()
	if err != nil {
		return err
	}
	server.AddCredential(clientID, w.secret, jiratest.Deployments, jiratest.Builds)
	server.AddProject("SHOP", 100)
	w.jira = server
	return nil
}

func (w *world) startForge(context.Context) error {
	var err error
	if w.forge, err = forge.Start(filepath.Join(output, "repositories"), "rollcall", rand.Text()); err != nil {
		return err
	}
	w.code, err = w.forge.Create("acme/shop")
	return err
}

func (w *world) startCluster(ctx context.Context) error {
	dir, err := filepath.Abs(filepath.Join(output, "cluster"))
	if err != nil {
		return fmt.Errorf("find output folder: %w", err)
	}
	if w.cluster, err = cluster.Start(ctx, cluster.Options{Dir: dir, Progress: os.Stderr}); err != nil {
		return err
	}
	w.kubeconfig = w.cluster.Kubeconfig()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return fmt.Errorf("make scheme: %w", err)
		}
	}
	if w.client, err = client.NewWithWatch(w.cluster.Config(), client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	w.observer = observe(w.client)
	return nil
}

func (w *world) install(ctx context.Context) error {
	return cluster.Apply(ctx, w.client, "config/manager/namespace.yaml", "config/crd/bases", "config/rbac", "config/builds")
}

func (w *world) startManager(ctx context.Context) error {
	binary, err := manager.Build(ctx, "bin", os.Stderr)
	if err != nil {
		return err
	}
	kubeconfig, err := w.cluster.ServiceAccountKubeconfig(ctx, "rollcall-system", "rollcall")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(w.managerLog); err != nil {
		return fmt.Errorf("remove old log: %w", err)
	}
	w.manager, err = manager.Start(binary, w.managerLog, "--kubeconfig="+kubeconfig, "--namespace=rollcall-system",
		"--cluster-name="+clusterName, "--builds=jobs", "--leader-elect", "--metrics-bind-address=0", "--health-probe-bind-address=0", "--allow-insecure-api")
	return err
}

// stop ends what was started, in the reverse order.
func (w *world) stop() error {
	var errs []error
	if w.stopPage != nil {
		errs = append(errs, w.stopPage())
	}
	if w.manager != nil {
		errs = append(errs, w.manager.Stop())
	}
	if w.observer != nil {
		w.observer.stop()
	}
	if w.cluster != nil {
		errs = append(errs, w.cluster.Stop())
	}
	if w.forge != nil {
		w.forge.Close()
	}
	if w.jira != nil {
		w.jira.Close()
	}
	return errors.Join(errs...)
}

// writeJSON writes what Jira has stored, in the API's own JSON: deployments into jira.json, builds into builds.json.
func (w *world) writeJSON() error {
	return errors.Join(writeFile("jira.json", w.jira.WriteJSON), writeFile("builds.json", w.jira.WriteBuildsJSON))
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(filepath.Join(output, name))
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return errors.Join(write(file), file.Close())
}

// keepJSON rewrites jira.json with every change, until the process ends.
func (w *world) keepJSON() {
	for {
		changed := w.jira.Changed()
		if err := w.writeJSON(); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
		<-changed
	}
}
