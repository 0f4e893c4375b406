// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

// shared is the cluster of all tests that do not need one of their own. The first of them starts it.
var shared struct {
	start   sync.Once
	cluster *cluster.Cluster
	err     error
}

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	if dir := os.Getenv(victimFolder); dir != "" {
		beVictim(dir)
	}
	code := m.Run()
	if shared.cluster != nil {
		if err := shared.cluster.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// victimFolder is the environment variable that makes this test binary a victim: a process that starts
// a cluster in the folder that it names, says so, and waits to be killed.
const victimFolder = "ROLLCALL_TEST_VICTIM_FOLDER"

func beVictim(dir string) {
	if _, err := cluster.Start(context.Background(), cluster.Options{Dir: dir}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("started")
	select {}
}

// sharedCluster returns the shared cluster. go test -short does without.
func sharedCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	needsCluster(t)
	shared.start.Do(func() {
		shared.cluster, shared.err = cluster.Start(context.Background(), cluster.Options{Progress: os.Stderr})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}

func needsCluster(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts a control plane, which is not done under -short")
	}
	t.Parallel()
}

func makeClient(g Gomega, config *rest.Config) client.Client {
	c, err := client.New(config, client.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	return c
}

// makeNamespace creates a namespace with a name that is not taken.
func makeNamespace(ctx context.Context, g Gomega, c client.Client) string {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	g.Expect(c.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}
