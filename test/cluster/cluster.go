// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"k8s.io/client-go/rest"

	"github.com/rollcall-dev/rollcall/test/programs"
)

// Options of a cluster; the zero value is what most tests want.
type Options struct {
	// Dir takes the logs (<program>.log), the kubeconfigs and the data of the cluster, and is left in
	// place by Stop; what an earlier cluster left there is replaced. Empty: a temporary folder, which
	// Stop deletes.
	Dir string

	// Progress is told how far the build is, should the programs have to be built first. It may be nil.
	Progress io.Writer

	// APIServerFlags are further flags of kube-apiserver, without their dashes.
	APIServerFlags map[string]string

	// Address is where the API server listens (host:port), and what its certificate is for. Empty: a
	// free port of 127.0.0.1.
	Address string

	// WithoutNode leaves KWOK and its node out: the caller has a node of its own, see [Cluster.Run].
	WithoutNode bool
}

// Cluster is a control plane that runs, with one fake node unless the options leave it out.
type Cluster struct {
	options    Options
	dir        string
	temporary  bool // dir is ours to delete
	on         *thread
	api        *apiServer
	processes  []*process // in the order of their start
	config     *rest.Config
	kubeconfig string

	mu      sync.Mutex // held while the API server is restarted, a program is started, or all is stopped
	stopped bool
}

// Start starts a cluster and returns once it works: the node is Ready, controllers and scheduler do
// their work, a pod has run. Programs that are missing are built first, see [programs.ControlPlane]. The context
// ends the start, not the cluster: call Stop for that.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	bin, err := programs.ControlPlane(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: options, on: newThread()}
	for _, step := range []func() error{
		func() error { return c.makeFolder(options.Dir) },
		func() error { return c.startAPIServer(bin) },
		func() error { return c.startComponents(bin) },
		func() error { return c.awaitWorking(ctx) },
	} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start cluster: %w", err), c.Stop())
		}
	}
	return c, nil
}

// makeFolder takes the absolute path of dir, because the programs run for longer than a test may stay
// in its working directory.
func (c *Cluster) makeFolder(dir string) (err error) {
	if dir == "" {
		c.temporary = true
		c.dir, err = os.MkdirTemp("", "rollcall-cluster-")
		return err
	}
	if c.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	return os.MkdirAll(c.dir, 0o755)
}

func (c *Cluster) startAPIServer(bin string) (err error) {
	if c.api, err = startAPIServer(c.on, bin, c.dir, c.options); err != nil {
		return err
	}
	config, kubeconfig, err := c.api.admin()
	if err != nil {
		return err
	}
	c.config = config
	c.kubeconfig, err = c.writeKubeconfig("kubeconfig", kubeconfig)
	return err
}

func (c *Cluster) startComponents(bin string) error {
	commands, err := c.components(bin)
	if err != nil {
		return err
	}
	for _, command := range commands {
		if err := c.Run(command.path, command.args...); err != nil {
			return err
		}
	}
	return nil
}

// Run starts a further program, such as those of a node. Its output goes to <name>.log in the cluster's
// folder, and it is stopped with the cluster, before all that was started before it.
func (c *Cluster) Run(path string, args ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return fmt.Errorf("start %s: the cluster is stopped", filepath.Base(path))
	}
	p, err := startProcess(c.on, c.dir, command{path, args})
	if err != nil {
		return err
	}
	c.processes = append(c.processes, p)
	return nil
}

// Config returns the configuration of a client that may do everything (a member of system:masters). The
// caller may change it.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Kubeconfig returns the path of a kubeconfig file with the rights of [Cluster.Config].
func (c *Cluster) Kubeconfig() string { return c.kubeconfig }

// Dir returns the folder of the cluster's logs.
func (c *Cluster) Dir() string { return c.dir }

// RestartAPIServer stops kube-apiserver and starts it again; it returns once it answers. Address, users
// and data stay as they are. Everything else goes on running, as it would in a real cluster.
func (c *Cluster) RestartAPIServer(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return errors.New("restart kube-apiserver: the cluster is stopped")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.api.restart()
}

// Stop ends all programs, in the reverse order of their start, and returns when they are gone; one that
// does not end in time is killed. Only the first call does something.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil
	}
	c.stopped = true
	var errs []error
	for _, p := range slices.Backward(c.processes) {
		errs = append(errs, p.stop())
	}
	if c.api != nil {
		errs = append(errs, c.api.stop())
	}
	c.on.release()
	if c.temporary {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}
