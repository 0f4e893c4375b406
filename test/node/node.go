// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/programs"
)

// Name is the node's.
const Name = "node-0"

// PodLogs is the folder of the pods' logs, below the cluster's own.
const PodLogs = "pods"

// How often, and for how long, Start looks whether the node is ready.
const (
	readyPoll  = 200 * time.Millisecond
	readyGrace = 2 * time.Minute
)

// Options of a node and its control plane.
type Options struct {
	// Dir takes the logs, those of the pods among them; what is there from an earlier node is replaced.
	Dir string

	// Scratch is the folder that Isolate gave.
	Scratch string

	// Images are files to load, that of the PauseImage among them: what docker save or hack/image writes.
	Images []string
}

// Node is a control plane with one real node.
type Node struct {
	*cluster.Cluster
	bin string
}

// Start starts a control plane and a node, and returns once the node is Ready. Only inside Isolate. The
// context ends the start, not the node: call Stop for that.
func Start(ctx context.Context, options Options) (*Node, error) {
	bin, err := programs.Node(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	// containerd looks for its shim, and the shim for runc, in PATH: ours are to be found before others.
	if err := os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		return nil, fmt.Errorf("set PATH: %w", err)
	}
	if err := setUpNetwork(ctx); err != nil {
		return nil, err
	}
	control, err := cluster.Start(ctx, clusterOptions(options.Dir))
	if err != nil {
		return nil, err
	}
	n := &Node{Cluster: control, bin: bin}
	for _, step := range []func(context.Context, Options) error{n.startContainerd, n.load, n.startKubelet, n.awaitReady} {
		if err := step(ctx, options); err != nil {
			return nil, errors.Join(fmt.Errorf("start node: %w", err), n.Stop())
		}
	}
	return n, nil
}

// clusterOptions: the API server listens where pods look for it, and pods have ServiceAccounts.
func clusterOptions(dir string) cluster.Options {
	return cluster.Options{
		Dir:            dir,
		Progress:       os.Stderr,
		Address:        net.JoinHostPort(serviceAddress, "443"),
		WithoutNode:    true,
		APIServerFlags: map[string]string{"disable-admission-plugins": "TaintNodesByCondition"},
	}
}

func (n *Node) startContainerd(_ context.Context, options Options) error {
	network, err := writePodNetwork(options.Scratch)
	if err != nil {
		return err
	}
	config, err := writeContainerdConfig(n.bin, options.Scratch, network)
	if err != nil {
		return err
	}
	return n.Run(filepath.Join(n.bin, "containerd"), "--config="+config)
}

func (n *Node) startKubelet(_ context.Context, options Options) error {
	podLogs := filepath.Join(n.Dir(), PodLogs)
	if err := os.RemoveAll(podLogs); err != nil {
		return fmt.Errorf("remove logs of earlier pods: %w", err)
	}
	config, err := writeKubeletConfig(options.Scratch, podLogs)
	if err != nil {
		return err
	}
	return n.Run(filepath.Join(n.bin, "kubelet"), "--config="+config, "--kubeconfig="+n.Kubeconfig(),
		"--root-dir="+filepath.Join(options.Scratch, "kubelet"), "--hostname-override="+Name, "--node-ip="+HostAddress)
}

func (n *Node) awaitReady(ctx context.Context, _ Options) error {
	kube, err := client.New(n.Config(), client.Options{})
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	err = poll(ctx, func(ctx context.Context) error {
		var node corev1.Node
		if err := kube.Get(ctx, client.ObjectKey{Name: Name}, &node); err != nil {
			return err
		}
		return ready(&node)
	})
	if err != nil {
		return fmt.Errorf("wait for the node to be Ready (see kubelet.log and containerd.log in %s): %w", n.Dir(), err)
	}
	return nil
}

// ready is nil where the node is Ready, else what the kubelet says.
func ready(node *corev1.Node) error {
	for _, condition := range node.Status.Conditions {
		if condition.Type != corev1.NodeReady {
			continue
		}
		if condition.Status == corev1.ConditionTrue {
			return nil
		}
		return errors.New(condition.Message)
	}
	return errors.New("the kubelet has not reported yet")
}

// poll calls f until it succeeds. When the time is over, its last error tells why.
func poll(ctx context.Context, f func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, readyPoll, readyGrace, true, func(ctx context.Context) (bool, error) {
		last = f(ctx)
		return last == nil, nil
	})
	if err == nil {
		return nil
	}
	return errors.Join(err, last)
}
