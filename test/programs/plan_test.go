// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// checkout makes the files of a repository that a plan is made of, and goes into a folder below it. Nobody has
// chosen a Kubernetes.
func checkout(t *testing.T, sum string) (root string) {
	t.Helper()
	t.Setenv(kubernetesVariable, "")
	t.Setenv(modeVariable, "")
	root = t.TempDir()
	for name, content := range map[string]string{
		"go.mod":                          "module github.com/rollcall-dev/rollcall\n",
		"hack/controlplane/go.mod":        "module a\nrequire (\n\tk8s.io/kubernetes v1.99.3 // indirect\n\tgo.etcd.io/etcd/server/v3 v3.9.1\n)\n",
		"hack/controlplane/go.sum":        sum,
		"hack/controlplane/checksums.txt": "# none\n",
		"hack/controlplane/kwok/go.mod":   "module b\nrequire sigs.k8s.io/kwok v0.99.0 // indirect\n",
		"hack/controlplane/kwok/go.sum":   "",
		"hack/controlplane/oldest/go.mod": "module c\nrequire (\n\tk8s.io/kubernetes v1.88.0\n\tgo.etcd.io/etcd/server/v3 v3.8.1\n)\n",
		"hack/controlplane/oldest/go.sum": "",
		"internal/deep/go.mod":            "module another\n",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "internal", "deep"))
	return root
}

func TestPlanReadsThePinnedVersions(t *testing.T) {
	g, root, cache := NewWithT(t), checkout(t, ""), t.TempDir()
	t.Setenv("ROLLCALL_CACHE", cache)
	p, err := makePlan(controlPlane)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.source).To(Equal(filepath.Join(root, "hack")))
	g.Expect(filepath.Dir(p.target)).To(Equal(filepath.Join(cache, "controlplane")))
	g.Expect(filepath.Base(p.target)).To(HavePrefix("kubernetes-v1.99.3_etcd-v3.9.1_kwok-v0.99.0_"))
	g.Expect(p.missing()).To(Equal(controlPlane.binaries))
}

func TestKubernetesIsToldItsVersion(t *testing.T) {
	g, p := NewWithT(t), &plan{versions: map[string]string{kubernetesModule: "v1.99.3"}}
	g.Expect(p.linkerFlags()).To(HaveExactElements("-ldflags", "-s -w", "-ldflags", And(HavePrefix("k8s.io/kubernetes/...=-s -w "),
		ContainSubstring("gitVersion=v1.99.3"), ContainSubstring("gitMajor=1"), ContainSubstring("gitMinor=99"))))
}

func TestNodeHasAFolderOfItsOwn(t *testing.T) {
	g, cache := NewWithT(t), t.TempDir()
	t.Setenv("ROLLCALL_CACHE", cache)
	p, err := makePlan(node) // of this checkout
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(filepath.Dir(p.target)).To(Equal(filepath.Join(cache, "node")))
	g.Expect(filepath.Base(p.target)).To(MatchRegexp(`^kubernetes-v1\..*_containerd-v2\..*_runc-v1\.`))
	g.Expect(p.needsStages()).To(BeFalse())
}

func TestProgramsOfAModuleAreBuiltTogether(t *testing.T) {
	for name, tc := range map[string]struct {
		set  set
		want []string
	}{
		"a control plane": {controlPlane, []string{"etcd, kube-apiserver, kube-controller-manager, kube-scheduler", "kwok"}},
		"a node":          {node, []string{"runc -tags seccomp, with C", "host-local, ptp", "containerd, containerd-shim-runc-v2, ctr", "kubelet"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, group := range groups(tc.set.binaries) {
				b := (&plan{}).goBuild(group, "")
				title := b.Title
				if b.Tags != "" || b.CGO {
					title += " -tags " + b.Tags + ", with C"
				}
				got = append(got, title)
			}
			NewWithT(t).Expect(got).To(Equal(tc.want))
		})
	}
}

func TestTheNameThatGoBuildGivesAProgram(t *testing.T) {
	g := NewWithT(t)
	g.Expect(controlPlane.binaries[0].executable()).To(Equal("server"), "etcd's command has the name of its module")
	for _, b := range append(controlPlane.binaries[1:], node.binaries...) {
		g.Expect(b.executable()).To(Equal(b.name))
	}
}

func TestEveryChangeOfTheModulesIsANewBuild(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("ROLLCALL_CACHE", t.TempDir())
	var targets []string
	for _, sum := range []string{"one", "one", "two"} {
		checkout(t, sum)
		p, err := makePlan(controlPlane)
		g.Expect(err).NotTo(HaveOccurred())
		targets = append(targets, p.target)
	}
	g.Expect(targets[1]).To(Equal(targets[0]))
	g.Expect(targets[2]).NotTo(Equal(targets[0]))
}

func TestPlanNeedsACheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := makePlan(controlPlane)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("run this inside a checkout")))
}
