// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestKubernetesIsChosen(t *testing.T) {
	for choice, want := range map[string]string{
		"":       "kubernetes-v1.99.3_etcd-v3.9.1_kwok-v0.99.0_",
		"newest": "kubernetes-v1.99.3_etcd-v3.9.1_kwok-v0.99.0_",
		"oldest": "kubernetes-v1.88.0_etcd-v3.8.1_kwok-v0.99.0_",
	} {
		t.Run(choice, func(t *testing.T) {
			g := NewWithT(t)
			checkout(t, "")
			t.Setenv("ROLLCALL_CACHE", t.TempDir())
			t.Setenv(kubernetesVariable, choice)
			p, err := makePlan(controlPlane)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(filepath.Base(p.target)).To(HavePrefix(want), "versions are kept apart")
			g.Expect(p.linkerFlags()).To(ContainElement(ContainSubstring("gitVersion=" + p.versions[kubernetesModule])))
		})
	}
}

func TestAKubernetesThatIsNotPinnedIsRefused(t *testing.T) {
	t.Setenv(kubernetesVariable, "1.12")
	_, err := makePlan(controlPlane)
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`set ROLLCALL_KUBERNETES to newest or oldest, not to "1.12"`)))
}

func TestWhatIsClaimedIsWhatIsPinned(t *testing.T) {
	for name, claim := range map[string]struct{ choice, file, text string }{
		"the chart installs on the oldest and newer": {"oldest", "charts/rollcall/Chart.yaml", `rollcall.dev/kubernetes: ">=%s-0"`},
		"the oldest that is tested is documented":    {"oldest", "docs/upgrade.md", "on %s |"},
		"the newest that is tested is documented":    {"newest", "docs/upgrade.md", "on %s |"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			t.Setenv(kubernetesVariable, claim.choice)
			p, err := makePlan(controlPlane) // of this checkout
			g.Expect(err).NotTo(HaveOccurred())
			content, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(claim.file)))
			g.Expect(err).NotTo(HaveOccurred())
			version := strings.TrimPrefix(p.versions[kubernetesModule], "v")
			g.Expect(string(content)).To(ContainSubstring(fmt.Sprintf(claim.text, version)))
		})
	}
}
