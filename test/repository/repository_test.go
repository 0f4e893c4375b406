// SPDX-License-Identifier: Apache-2.0

package repository_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"

	"github.com/rollcall-dev/rollcall/test/repository"
)

// requirements returns the versions that a module of the repository asks for.
func requirements(t *testing.T, module string) map[string]string {
	t.Helper()
	g := NewWithT(t)
	root, err := repository.Root()
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(root, module, "go.mod")
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	file, err := modfile.Parse(path, text, nil)
	g.Expect(err).NotTo(HaveOccurred())
	versions := map[string]string{}
	for _, r := range file.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	return versions
}

// Where versions differ, client-go is compiled once more, and the tests are not of what is shipped.
func TestTheModulesAskForTheSameVersions(t *testing.T) {
	product := requirements(t, ".")
	for _, module := range []string{"api", "client", "test"} {
		for path, version := range requirements(t, module) {
			if want, ok := product[path]; ok && version != want {
				t.Errorf("%s/go.mod asks for %s %s, go.mod for %s: go -C %s get %s@%s && go -C %[1]s mod tidy", module, path, version, want, module, path, want)
			}
		}
	}
}

func TestTheAPINeedsApimachineryAlone(t *testing.T) {
	g := NewWithT(t)
	root, err := repository.Root()
	g.Expect(err).NotTo(HaveOccurred())
	text, err := os.ReadFile(filepath.Join(root, "api", "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	file, err := modfile.Parse("api/go.mod", text, nil)
	g.Expect(err).NotTo(HaveOccurred())
	var direct []string
	for _, r := range file.Require {
		if !r.Indirect {
			direct = append(direct, r.Mod.Path)
		}
	}
	g.Expect(direct).To(Equal([]string{"k8s.io/apimachinery"}))
}

func TestRootFromAFolderOfAnotherModule(t *testing.T) {
	g := NewWithT(t)
	root, err := repository.Root()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(filepath.Join(root, "cmd", "manager")).To(BeADirectory())
	t.Chdir(t.TempDir())
	_, err = repository.Root()
	g.Expect(err).To(MatchError(ContainSubstring("run this inside a checkout")))
}
