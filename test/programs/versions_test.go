// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/rollcall-dev/rollcall/test/repository"
)

// versionsOf reads what the module in a folder requires, replacements included.
func versionsOf(g Gomega, dir string) map[string]string {
	name := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(name)
	g.Expect(err).NotTo(HaveOccurred())
	file, err := modfile.Parse(name, content, nil)
	g.Expect(err).NotTo(HaveOccurred())
	versions := map[string]string{}
	for _, r := range file.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	for _, r := range file.Replace {
		if _, required := versions[r.Old.Path]; required {
			versions[r.Old.Path] = r.New.Version
		}
	}
	return versions
}

// A package is compiled once for the product, the tests and the control plane where all have the same version of it, and of
// all that it imports. One module that lags behind compiles client-go, and a thousand packages, once more.
func TestTheControlPlaneHasTheProductsVersions(t *testing.T) {
	g := NewWithT(t)
	root, err := repository.Root()
	g.Expect(err).NotTo(HaveOccurred())
	product := versionsOf(g, root)
	for _, folder := range []string{kubernetesFolder, kwokFolder} {
		t.Run(folder, func(t *testing.T) {
			g := NewWithT(t)
			var behind []string
			for module, version := range versionsOf(g, filepath.Join(root, moduleFolder, filepath.FromSlash(folder))) {
				if semver.Compare(version, product[module]) < 0 {
					behind = append(behind, module+"@"+product[module])
				}
			}
			g.Expect(behind).To(BeEmpty(), fmt.Sprintf("it is compiled a second time for an older version. Run\n"+
				"  go -C hack/%[1]s get %[2]s\n  go -C hack/%[1]s mod tidy", folder, strings.Join(behind, " ")))
		})
	}
}

func TestTheKWOKThatIsPinnedCanBeDownloaded(t *testing.T) {
	g := NewWithT(t)
	t.Setenv(kubernetesVariable, "")
	p, err := makePlan(controlPlane) // of this checkout
	g.Expect(err).NotTo(HaveOccurred())
	pins, err := p.pinned()
	g.Expect(err).NotTo(HaveOccurred())
	for _, goarch := range []string{"amd64", "arm64"} {
		for _, s := range p.sources("linux", goarch) {
			if s.checksums == "" {
				g.Expect(pins).To(HaveKey(s.url), "KWOK publishes no checksums: add that of the new version to hack/"+checksumsFile)
			}
		}
	}
}
