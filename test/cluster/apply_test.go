// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/cluster"
)

const shelfDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: shelves.apply.test
spec:
  group: apply.test
  names: {kind: Shelf, listKind: ShelfList, plural: shelves, singular: shelf}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
`

const shelfAndSettings = `# a comment on its own
---
apiVersion: apply.test/v1
kind: Shelf
metadata: {name: first, namespace: default}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: applied, namespace: default}
data: {colour: green}
---
`

func TestApplyInstallsWhatIsInFolders(t *testing.T) {
	c := sharedCluster(t)
	ctx, g, dir := t.Context(), NewWithT(t), t.TempDir()
	for name, content := range map[string]string{
		"crd/kustomization.yaml": "resources: [bases]",
		"crd/bases/shelves.yaml": shelfDefinition,
		"objects.yaml":           shelfAndSettings,
		"README.md":              "not a manifest",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		g.Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(file, []byte(content), 0o644)).To(Succeed())
	}
	kube := makeClient(g, c.Config())

	g.Expect(cluster.Apply(ctx, kube, filepath.Join(dir, "crd"), filepath.Join(dir, "objects.yaml"))).To(Succeed())
	settings := &corev1.ConfigMap{}
	g.Expect(kube.Get(ctx, keyOf("default", "applied"), settings)).To(Succeed())
	g.Expect(settings.Data).To(Equal(map[string]string{"colour": "green"}))
	g.Expect(settings.ManagedFields[0].Manager).To(Equal(string(cluster.FieldOwner)))

	t.Log("A second time changes nothing.")
	g.Expect(cluster.Apply(ctx, kube, dir)).To(Succeed())
	again := &corev1.ConfigMap{}
	g.Expect(kube.Get(ctx, keyOf("default", "applied"), again)).To(Succeed())
	g.Expect(again.ResourceVersion).To(Equal(settings.ResourceVersion))
}

func TestApplyNamesTheFileThatIsWrong(t *testing.T) {
	c := sharedCluster(t)
	g, file := NewWithT(t), filepath.Join(t.TempDir(), "wrong.yaml")
	g.Expect(os.WriteFile(file, []byte("apiVersion: v1\nkind: Nothing\nmetadata: {name: x}\n"), 0o644)).To(Succeed())
	err := cluster.Apply(t.Context(), makeClient(g, c.Config()), file)
	g.Expect(err).To(MatchError(And(ContainSubstring(file), ContainSubstring("Nothing /x"))))
}

func TestApplyNeedsThePathsToExist(t *testing.T) {
	err := cluster.Apply(t.Context(), nil, filepath.Join(t.TempDir(), "nowhere"))
	NewWithT(t).Expect(err).To(MatchError(os.ErrNotExist))
}

// keyOf is the key of a namespaced object, or of one that is not, from its name alone.
func keyOf(path ...string) client.ObjectKey {
	if len(path) == 1 {
		return client.ObjectKey{Name: path[0]}
	}
	return client.ObjectKey{Namespace: path[0], Name: path[1]}
}
