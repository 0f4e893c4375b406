// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestGroupsOfContainersAreRemoved plays control groups with folders, which can be removed in the same way.
func TestGroupsOfContainersAreRemoved(t *testing.T) {
	g, scratch, root := NewWithT(t), t.TempDir(), t.TempDir()
	for _, dir := range []string{
		filepath.Join(scratch, "containerd", "io.containerd.runtime.v2.task", "k8s.io", "aaa"),
		filepath.Join(scratch, "containerd", "io.containerd.runtime.v2.task", "k8s.io", "gone"),
		filepath.Join(root, "memory", "k8s.io", "aaa", "inner"),
		filepath.Join(root, "memory", "k8s.io", "of-another-node"),
		filepath.Join(root, "cpu", "k8s.io", "aaa"),
		filepath.Join(root, "k8s.io", "aaa"),
	} {
		g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	}
	g.Expect(removeGroups(scratch, root)).To(Succeed())
	g.Expect(filepath.Join(root, "memory", "k8s.io", "aaa")).NotTo(BeADirectory())
	g.Expect(filepath.Join(root, "memory", "k8s.io", "of-another-node")).To(BeADirectory())
	g.Expect(filepath.Join(root, "cpu", "k8s.io")).NotTo(BeADirectory(), "nobody uses it")
	g.Expect(filepath.Join(root, "k8s.io")).NotTo(BeADirectory(), "nobody uses it")
}

func TestGroupThatIsInUseIsAnError(t *testing.T) {
	g, group := NewWithT(t), t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(group, "process"), nil, 0o600)).To(Succeed())
	g.Expect(removeGroup(group)).To(MatchError(ContainSubstring("remove control group " + group)))
}

func TestAdviceIsForWhatIsMissing(t *testing.T) {
	yes, no := func() bool { return true }, func() bool { return false }
	NewWithT(t).Expect(unmet([]check{{yes, Need{What: "this"}}, {no, Need{What: "that"}}})).To(Equal([]Need{{What: "that"}}))
}
