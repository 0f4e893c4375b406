// SPDX-License-Identifier: Apache-2.0

package workload_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	product "github.com/rollcall-dev/rollcall/internal/controller"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/metrics"
	"github.com/rollcall-dev/rollcall/test/cluster"
	"github.com/rollcall-dev/rollcall/test/controller"
)

// shared is the API server of all tests, and the controller of Deployments that runs on it. The first test starts them.
var shared struct {
	start sync.Once
	stop  []func() error
	err   error

	manager ctrl.Manager
	writes  *countingClient
	kube    client.Client // reads and writes at the API server
}

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	code := m.Run()
	for _, stop := range shared.stop {
		if err := stop(); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// start starts the API server and the controller. go test -short does without.
func start(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts an API server, which is not done under -short")
	}
	shared.start.Do(func() { shared.err = startController() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
}

func startController() error {
	config, scheme, stop, err := controller.StartAPIServer()
	if err != nil {
		return err
	}
	shared.stop = append(shared.stop, stop)
	if shared.kube, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	// Argo Rollouts and Flagger are installed: the end-to-end tests install them later.
	if err := cluster.Apply(context.Background(), shared.kube, "../../e2e/testdata"); err != nil {
		return err
	}
	shared.manager, err = ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		Cache: product.CacheOptions("rollcall-system", kinds, nil, product.Ignored{}), Client: product.ClientOptions(),
	})
	if err != nil {
		return err
	}
	if err := workload.SetupIndexes(context.Background(), shared.manager, kinds); err != nil {
		return err
	}
	shared.writes = &countingClient{Client: shared.manager.GetClient()}
	for _, kind := range kinds {
		if err := newReconciler(shared.writes, kind).SetupWithManager(shared.manager); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- shared.manager.Start(ctx) }()
	shared.stop = append([]func() error{func() error { cancel(); return <-ended }}, shared.stop...)
	if !shared.manager.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the cache does not sync")
	}
	return nil
}

// kinds are those that are watched: Deployments and Rollouts.
var kinds = []workload.Kind{workload.Kinds[0], workload.Kinds[len(workload.Kinds)-1]}

// newReconciler returns a reconciler of a kind.
func newReconciler(c client.Client, kind workload.Kind) *workload.Reconciler {
	return &workload.Reconciler{
		Client: c, APIReader: shared.manager.GetAPIReader(), Kind: kind, Cluster: "eu-1", Namespace: "rollcall-system",
		Deployers: workload.DeployersOf(kind, kinds),
		Metrics:   metrics.New(prometheus.NewRegistry()), Recorder: shared.manager.GetEventRecorder("rollcall"), Now: time.Now,
	}
}

// countingClient counts the records that a reconciler tries to create, by namespace.
type countingClient struct {
	client.Client
	mu    sync.Mutex
	tries map[string]int
}

func (c *countingClient) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	c.mu.Lock()
	if c.tries == nil {
		c.tries = map[string]int{}
	}
	c.tries[o.GetNamespace()]++
	c.mu.Unlock()
	return c.Client.Create(ctx, o, options...)
}

func (c *countingClient) created(namespace string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries[namespace]
}

// staleClient reads from a cache that shows no record.
type staleClient struct{ client.Client }

func (c staleClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if _, ok := list.(*v1alpha1.JiraDeploymentList); ok {
		return nil
	}
	return c.Client.List(ctx, list, options...)
}
