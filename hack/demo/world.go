package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

const (
	clusterName = "demo"
	clientID    = "rollcall-demo"

	// patience is how long a step of the story may take.
	patience = 60 * time.Second

	// managerPatience is how long the manager may take to stop.
	managerPatience = 20 * time.Second
)

// world is what the story plays in: a control plane, a Jira, and the manager as a process of its own.
type world struct {
	cluster    *cluster.Cluster
	client     client.WithWatch
	jira       *jiratest.Server
	secret     string
	manager    *exec.Cmd
	managerLog string
	kubeconfig string
	observer   *observer
}

// startWorld starts everything. What it started it stops again where it fails.
func startWorld(ctx context.Context) (*world, error) {
	w := &world{secret: rand.Text(), managerLog: filepath.Join(output, "manager.log")}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"start a local Jira that keeps Jira's rules", w.startJira},
		{"start etcd, kube-apiserver, kube-controller-manager, kube-scheduler and KWOK", w.startCluster},
		{"install Rollcall's CRDs and RBAC", w.install},
		{"start the manager, with the rights of its ServiceAccount", w.startManager},
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
	server.AddCredential(clientID, w.secret, jiratest.Deployments)
	server.AddProject("SHOP", 100)
	w.jira = server
	return nil
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
	return cluster.Apply(ctx, w.client, "config/manager/namespace.yaml", "config/crd/bases", "config/rbac")
}

func (w *world) startManager(ctx context.Context) error {
	binary := filepath.Join("bin", "manager")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "./cmd")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build manager: %w", err)
	}
	kubeconfig, err := w.cluster.ServiceAccountKubeconfig(ctx, "rollcall-system", "rollcall")
	if err != nil {
		return err
	}
	log, err := os.Create(w.managerLog)
	if err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	defer log.Close()
	// Not CommandContext: the manager is asked to stop, not killed.
	w.manager = exec.Command(binary, "--kubeconfig="+kubeconfig, "--namespace=rollcall-system",
		"--cluster-name="+clusterName, "--leader-elect", "--metrics-bind-address=0", "--health-probe-bind-address=0")
	w.manager.Stdout, w.manager.Stderr = log, log
	w.manager.SysProcAttr = ownGroup()
	if err := w.manager.Start(); err != nil {
		return fmt.Errorf("start manager: %w", err)
	}
	return nil
}

// stop ends what was started, in the reverse order.
func (w *world) stop() error {
	var errs []error
	if w.manager != nil && w.manager.Process != nil {
		errs = append(errs, w.stopManager())
	}
	if w.observer != nil {
		w.observer.stop()
	}
	if w.cluster != nil {
		errs = append(errs, w.cluster.Stop())
	}
	if w.jira != nil {
		w.jira.Close()
	}
	return errors.Join(errs...)
}

func (w *world) stopManager() error {
	_ = w.manager.Process.Signal(syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- w.manager.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("manager ended badly, see %s: %w", w.managerLog, err)
		}
		return nil
	case <-time.After(managerPatience):
		_ = w.manager.Process.Kill()
		return fmt.Errorf("manager did not stop within %s, see %s", managerPatience, w.managerLog)
	}
}

// ownGroup keeps a Ctrl-C of the terminal from the manager: the demo stops it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// writeJSON writes what Jira has stored, in the API's own JSON.
func (w *world) writeJSON() error {
	file, err := os.Create(filepath.Join(output, "jira.json"))
	if err != nil {
		return fmt.Errorf("create jira.json: %w", err)
	}
	return errors.Join(w.jira.WriteJSON(file), file.Close())
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
