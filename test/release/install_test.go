// SPDX-License-Identifier: Apache-2.0

// Package release installs what make release made: the chart from a registry, and the manifest, on a control plane.
package release

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-containerregistry/pkg/registry"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/hack/pins"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

const (
	root      = "../.."
	namespace = "rollcall-system"
)

// imageLine is where a manifest names the image of the release.
var imageLine = regexp.MustCompile(`(?m)^ +image: (\S+/rollcall:(\S+)@sha256:[0-9a-f]{64})$`)

// shelf is a release, and a registry that it was pushed to.
type shelf struct {
	folder, registry string
	// version is as Helm has it, image what the release installs.
	version, image string
	// env lets programs trust the registry.
	env []string
}

func stock(t *testing.T) *shelf {
	t.Helper()
	g := NewWithT(t)
	s := &shelf{folder: os.Getenv("ROLLCALL_RELEASE")}
	if s.folder == "" {
		t.Skip("ROLLCALL_RELEASE names no release: make release VERSION=v0.1.0 && make release-verify")
	}
	manifest, err := os.ReadFile(filepath.Join(s.folder, "install.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	found := imageLine.FindAllStringSubmatch(string(manifest), -1)
	g.Expect(found).To(HaveLen(1), "images in install.yaml")
	s.image, s.version = found[0][1], found[0][2]

	server := httptest.NewTLSServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	s.registry = strings.TrimPrefix(server.URL, "https://") + "/rollcall-dev"
	roots := filepath.Join(t.TempDir(), "roots.pem")
	g.Expect(os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600)).To(Succeed())
	s.env = append(os.Environ(), "SSL_CERT_FILE="+roots)

	program := filepath.Join(t.TempDir(), "release")
	g.Expect(s.run(t, nil, "go", "-C", filepath.Join(root, "hack", "release"), "build", "-o", program, ".")).To(BeEmpty())
	s.run(t, s.env, program, "push", "-output="+s.folder, "-registry="+s.registry)
	return s
}

func (s *shelf) run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(out))
	return string(out)
}

func TestAReleaseIsInstalled(t *testing.T) {
	s, g, ctx := stock(t), NewWithT(t), t.Context()
	ctrllog.SetLogger(logr.Discard())
	c, err := cluster.Start(ctx, cluster.Options{Progress: os.Stderr})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(c.Stop()).To(Succeed()) })
	scheme := runtime.NewScheme()
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	kube, err := client.New(c.Config(), client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	installed := func() string {
		t.Helper()
		var manager appsv1.Deployment
		g.Expect(kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "rollcall"}, &manager)).To(Succeed())
		return manager.Spec.Template.Spec.Containers[0].Image
	}
	// The chart names the registry of the release. Its image is by digest, whichever registry it came from.
	helm, err := pins.Program(ctx, root, "hack/chart-tools", "helm")
	g.Expect(err).NotTo(HaveOccurred())
	on := []string{"--kubeconfig=" + c.Kubeconfig(), "--namespace=" + namespace}
	s.run(t, s.env, helm, append([]string{"install", "rollcall", "oci://" + s.registry + "/charts/rollcall", "--version=" + s.version,
		"--create-namespace", "--wait", "--timeout=2m", "--set=clusterName=test"}, on...)...)
	g.Expect(installed()).To(Equal(s.image))
	s.run(t, s.env, helm, append([]string{"uninstall", "rollcall", "--wait"}, on...)...)

	g.Expect(cluster.Apply(ctx, kube, filepath.Join(s.folder, "install.yaml"))).To(Succeed())
	g.Expect(installed()).To(Equal(s.image))
}
