// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
	managerprocess "github.com/rollcall-dev/rollcall/test/manager"
)

const (
	patience = 60 * time.Second
	polling  = 100 * time.Millisecond
)

// world is a cluster that the steps of a test share.
type world struct {
	*cluster.Cluster
	kube client.Client
	// dir holds the manager, once it is built.
	dir    string
	binary string
}

// TestOnACluster starts one control plane. The release comes first: it has to find a cluster that knows nothing of
// Rollcall, and leaves the CRDs that the others need.
func TestOnACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a control plane, which is not done under -short")
	}
	ctrllog.SetLogger(logr.Discard())
	SetDefaultEventuallyTimeout(patience)
	SetDefaultEventuallyPollingInterval(polling)
	w := startWorld(t)
	t.Run("a release lives from its install to its uninstall", w.testRelease)
	t.Run("the API server takes what is rendered", w.testRendered)
	t.Run("pods are admitted where restricted is enforced", w.testPods)
	t.Run("the manager may do what it has to, and no more", w.testRights)
	t.Run("a tenant tells Jira of nothing that was not so", w.testTenants)
	t.Run("the manager works in the namespaces that it watches", w.testManager)
	t.Run("an older Kubernetes is refused", w.testOldKubernetes)
	t.Run("a manager with a long lease outlives an API server that stalls", w.testStalls)
}

func startWorld(t *testing.T) *world {
	t.Helper()
	g := NewWithT(t)
	c, err := cluster.Start(t.Context(), cluster.Options{Progress: os.Stderr})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(c.Stop()).To(Succeed()) })
	w := &world{Cluster: c, dir: t.TempDir()}
	w.kube = w.client(t, c.Config())
	for _, name := range []string{namespace, "shop-prod", "shop-dev", "elsewhere"} {
		labels := map[string]string{}
		if name == namespace {
			labels["pod-security.kubernetes.io/enforce"] = "restricted"
		}
		g.Expect(w.kube.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})).To(Succeed())
	}
	return w
}

func (w *world) client(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	g := NewWithT(t)
	scheme := runtime.NewScheme()
	g.Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	kube, err := client.New(config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	return kube
}

// managerBinary builds the manager, once.
func (w *world) managerBinary(t *testing.T) string {
	t.Helper()
	if w.binary == "" {
		binary, err := managerprocess.Build(t.Context(), w.dir, nil)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		w.binary = binary
	}
	return w.binary
}

// helm runs helm on the cluster, in the release's namespace.
func (w *world) helm(t *testing.T, values string, args ...string) (string, error) {
	t.Helper()
	args = append(args, "--kubeconfig="+w.Kubeconfig(), "--namespace="+namespace)
	if slices.Contains([]string{"install", "upgrade"}, args[0]) {
		args = append(args, withImage)
	}
	if values != "" {
		args = append(args, "--values=-")
	}
	return command(values, helmBinary(t), args...)
}

// testRendered stands in for Helm, which owns the fields of the release that is installed already.
func (w *world) testRendered(t *testing.T) {
	NewWithT(t).Expect(cluster.Apply(t.Context(), w.kube, "testdata/servicemonitor-crd.yaml", "testdata/prometheusrule-crd.yaml")).To(Succeed())
	sources := map[string]string{"dist/install.yaml": readFile(t, "dist/install.yaml")}
	for name, values := range valueFiles(t) {
		manifest, err := template(t, values)
		if err != nil {
			t.Fatal(err)
		}
		sources["values "+name] = manifest
	}
	for name, manifest := range sources {
		t.Run(name, func(t *testing.T) {
			warnings := &warnings{}
			config := w.Config()
			config.WarningHandler = warnings
			kube := w.client(t, config)
			for _, o := range parse(t, manifest) {
				rendered := o.DeepCopy()
				apply := client.ApplyConfigurationFromUnstructured(o)
				if err := kube.Apply(t.Context(), apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner("helm")); err != nil {
					t.Errorf("%s %s: %v", o.GetKind(), o.GetName(), err)
				}
				if rendered.GetAnnotations()["helm.sh/hook"] != "" {
					continue // only Helm applies it
				}
				// What is stored otherwise than it is rendered would be out of sync for ever in Argo CD.
				for _, difference := range changed("", normal(t, rendered.Object), normal(t, o.Object)) {
					t.Errorf("%s %s: the API server changes %s", o.GetKind(), o.GetName(), difference)
				}
			}
			NewWithT(t).Expect(warnings.texts).To(BeEmpty())
		})
	}
}

// changed names what is another in the second object than in the first. Fields that only the second has are defaults.
func changed(path string, rendered, stored any) []string {
	var found []string
	switch rendered := rendered.(type) {
	case map[string]any:
		there, _ := stored.(map[string]any)
		for name, value := range rendered {
			found = append(found, changed(path+"."+name, value, there[name])...)
		}
		return found
	case []any:
		there, _ := stored.([]any)
		if len(there) == len(rendered) {
			for i, value := range rendered {
				found = append(found, changed(fmt.Sprintf("%s[%d]", path, i), value, there[i])...)
			}
			return found
		}
	}
	if !cmp.Equal(rendered, stored) {
		found = append(found, fmt.Sprintf("%s from %v to %v", path, rendered, stored))
	}
	return found
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

// The namespace enforces Pod Security on pods, not on the Deployment that makes them.
func (w *world) testPods(t *testing.T) {
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			rendered := render(t, values)
			template := at(rendered[manager].Object, "spec.template").(map[string]any)
			pods := []*unstructured.Unstructured{podOf(template)}
			if test := rendered[testPod]; test != nil {
				pods = append(pods, podOf(test.Object))
			}
			for _, pod := range pods {
				g.Expect(w.kube.Create(t.Context(), pod.DeepCopy(), client.DryRunAll)).To(Succeed())
				unstructured.RemoveNestedField(pod.Object, "spec", "securityContext")
				g.Expect(w.kube.Create(t.Context(), pod, client.DryRunAll)).To(MatchError(ContainSubstring("violates PodSecurity")))
			}
		})
	}
}

func podOf(template map[string]any) *unstructured.Unstructured {
	pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}}
	pod.SetNamespace(namespace)
	pod.SetGenerateName("rollcall-")
	labels, _, _ := unstructured.NestedStringMap(template, "metadata", "labels")
	pod.SetLabels(labels)
	return pod
}

// asManager returns the configuration of a client with the rights of the manager's ServiceAccount.
func (w *world) asManager(ctx context.Context, g Gomega) *rest.Config {
	path, err := w.ServiceAccountKubeconfig(ctx, namespace, "rollcall")
	g.Expect(err).NotTo(HaveOccurred())
	config := w.Config()
	config.CertData, config.KeyData = nil, nil
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	_, token, found := strings.Cut(string(content), "token: ")
	g.Expect(found).To(BeTrue(), filepath.Base(path))
	config.BearerToken, _, _ = strings.Cut(token, "\n")
	return config
}
