// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// demoValues fill the ${VARIABLES} of the demo's manifests.
var demoValues = map[string]string{
	"API_URL":       "http://127.0.0.1:8080",
	"CLOUD_ID":      "11223344-a1b2-3c33-c444-def123456789",
	"CLIENT_ID":     "id",
	"CLIENT_SECRET": "secret",
	"NAMESPACE":     "shop-prod",
	"DEADLINE":      "60",
	"REPOSITORIES":  "http://127.0.0.1:8081",
	"GIT_USER":      "rollcall",
	"GIT_PASSWORD":  "secret",
	"REGISTRY":      "http://127.0.0.1:5000",
	"IMAGE":         "127.0.0.1:5000/acme/shop:1.0.0",
	"LOGS":          "all",
	"BROKEN":        "false",
	"REPOSITORY":    "https://git.example.com/acme/shop", "REVISION": "41ac7e7f1aaa0123456789abcdef0123456789ab",
}

// Each of these is applied by somebody as it is, with a tool that wants the API server to take it without a word.
func TestTheManifestsAreAccepted(t *testing.T) {
	c := apiServer(t)
	applyNamespaces(t, c)
	for _, folder := range []string{"config/samples", "config/rbac", "config/builds", "config/manager", "test/demo/manifests"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.yaml"))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(files).NotTo(BeEmpty(), folder)
		for _, file := range files {
			if filepath.Base(file) == "kustomization.yaml" {
				continue
			}
			t.Run(folder+"/"+filepath.Base(file), func(t *testing.T) {
				g := NewWithT(t)
				warnings := &warnings{}
				c := newClient(t, warnings)
				objects := read(t, file)
				g.Expect(objects).NotTo(BeEmpty())
				for _, o := range objects {
					g.Expect(apply(t, c, o, client.DryRunAll)).To(Succeed(), "%s %s", o.GetKind(), o.GetName())
				}
				g.Expect(warnings.texts).To(BeEmpty())
			})
		}
	}
}

// The namespace enforces Pod Security on pods, not on the Deployment that makes them.
func TestTheManagersPodIsAdmittedToItsNamespace(t *testing.T) {
	g := NewWithT(t)
	c := apiServer(t)
	applyNamespaces(t, c)
	for _, o := range read(t, filepath.Join(root, "config", "manager", "manager.yaml")) {
		if o.GetKind() != "Deployment" {
			continue
		}
		var manager appsv1.Deployment
		g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, &manager, true)).To(Succeed())
		pod := &corev1.Pod{ObjectMeta: manager.Spec.Template.ObjectMeta, Spec: manager.Spec.Template.Spec}
		pod.Namespace, pod.GenerateName = manager.Namespace, "rollcall-"
		g.Expect(c.Create(t.Context(), pod, client.DryRunAll)).To(Succeed())

		pod.Spec.SecurityContext = nil
		pod.ResourceVersion, pod.UID, pod.Name = "", "", ""
		g.Expect(c.Create(t.Context(), pod, client.DryRunAll)).To(MatchError(ContainSubstring("violates PodSecurity")))
		return
	}
	t.Fatal("no Deployment in config/manager/manager.yaml")
}

// applyNamespaces makes the namespaces of the manifests: what lives in them cannot be tried without.
func applyNamespaces(t *testing.T, c client.Client) {
	t.Helper()
	for _, file := range []string{"config/manager/namespace.yaml", "test/demo/manifests/namespaces.yaml"} {
		for _, o := range read(t, filepath.Join(root, filepath.FromSlash(file))) {
			NewWithT(t).Expect(apply(t, c, o)).To(Succeed())
		}
	}
}

func apply(t *testing.T, c client.Client, o *unstructured.Unstructured, options ...client.ApplyOption) error {
	t.Helper()
	if o.GetName() == "" { // nobody can apply what the API server names
		o.SetName(o.GetGenerateName() + "test")
	}
	options = append(options, client.FieldOwner("test"))
	return c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(o), options...)
}

// read returns the objects of a file, whose variables it fills.
func read(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	filled := os.Expand(string(text), func(name string) string {
		value, ok := demoValues[name]
		g.Expect(ok).To(BeTrue(), "%s names ${%s}, which is not known here", file, name)
		return value
	})
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(filled), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		g.Expect(err).NotTo(HaveOccurred())
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// warnings are what the API server warned of.
type warnings struct {
	lock  sync.Mutex
	texts []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.texts = append(w.texts, text)
}

func newClient(t *testing.T, handler rest.WarningHandler) client.Client {
	t.Helper()
	config := rest.CopyConfig(shared.config)
	config.WarningHandler = handler
	c, err := client.New(config, client.Options{Scheme: shared.client.Scheme()})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}
