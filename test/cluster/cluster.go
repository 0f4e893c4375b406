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
}

// Cluster is a control plane that runs, with one fake node.
type Cluster struct {
	dir        string
	temporary  bool // dir is ours to delete
	on         *thread
	api        *apiServer
	processes  []*process // in the order of their start
	config     *rest.Config
	kubeconfig string

	mu      sync.Mutex // held while the API server is restarted, or all is stopped
	stopped bool
}

// Start starts a cluster and returns once it works: the node is Ready, controllers and scheduler do
// their work, a pod has run. Programs that are missing are built first, see [Binaries]. The context
// ends the start, not the cluster: call Stop for that.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	bin, err := Binaries(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	c := &Cluster{on: newThread()}
	for _, step := range []func() error{
		func() error { return c.makeFolder(options.Dir) },
		func() error { return c.startAPIServer(bin, options.APIServerFlags) },
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

func (c *Cluster) startAPIServer(bin string, flags map[string]string) (err error) {
	if c.api, err = startAPIServer(c.on, bin, c.dir, flags); err != nil {
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
		p, err := startProcess(c.on, c.dir, command)
		if err != nil {
			return err
		}
		c.processes = append(c.processes, p)
	}
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
