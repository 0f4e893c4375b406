// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/programs"
)

// root is the root of the repository, crds the folder of the generated CRDs.
var (
	root = filepath.Join("..", "..")
	crds = filepath.Join(root, "config", "crd", "bases")
)

// shared is the API server of all tests, with the CRDs. The first test that needs it starts it.
var shared struct {
	start  sync.Once
	plane  *envtest.Environment
	config *rest.Config
	client client.Client
	err    error
}

func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	code := m.Run()
	if shared.plane != nil {
		if err := shared.plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// apiServer returns a client of the shared API server. go test -short does without.
func apiServer(t *testing.T) client.Client {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts an API server, which is not done under -short")
	}
	shared.start.Do(func() { shared.err = startAPIServer() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.client
}

func startAPIServer() error {
	dir, err := programs.ControlPlane(context.Background(), os.Stderr)
	if err != nil {
		return err
	}
	shared.plane = &envtest.Environment{
		BinaryAssetsDirectory: dir,
		CRDDirectoryPaths:     []string{crds},
		ErrorIfCRDPathMissing: true,
	}
	if shared.config, err = shared.plane.Start(); err != nil {
		return fmt.Errorf("start API server: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	shared.client, err = client.New(shared.config, client.Options{Scheme: scheme})
	return err
}

// makeNamespace creates a namespace with a name that is not taken.
func makeNamespace(t *testing.T, c client.Client) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	NewWithT(t).Expect(c.Create(t.Context(), namespace)).To(Succeed())
	return namespace.Name
}

// store creates an object, and deletes it when the test ends.
func store(t *testing.T, c client.Client, o client.Object) {
	t.Helper()
	NewWithT(t).Expect(c.Create(t.Context(), o)).To(Succeed())
	t.Cleanup(func() {
		if err := c.Delete(context.Background(), o); err != nil {
			t.Error(err)
		}
	})
}
