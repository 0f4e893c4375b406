// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/rollcall-dev/rollcall/test/repository"
)

// moduleFolder holds the modules that pin the programs, below the repository root.
const moduleFolder = "hack"

// plan says what to build, from which modules, into which folder.
type plan struct {
	set
	source   string            // absolute path of moduleFolder
	target   string            // cache folder, unique to what is built
	versions map[string]string // module path -> version, from the go.mod files
}

// makePlan reads the pinned versions and derives the cache folder from all that decides what comes
// out: the content of the module files, the way of building, and the platform.
func makePlan(s set) (*plan, error) {
	s, err := chosenKubernetes(s)
	if err != nil {
		return nil, err
	}
	root, err := repository.Root()
	if err != nil {
		return nil, err
	}
	cache, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	p := &plan{set: s, source: filepath.Join(root, filepath.FromSlash(moduleFolder)), versions: map[string]string{}}
	digest := sha256.New()
	for _, folder := range p.folders() {
		if err := p.readModule(filepath.Join(p.source, filepath.FromSlash(folder)), digest); err != nil {
			return nil, fmt.Errorf("read pinned versions: %w", err)
		}
	}
	for _, g := range groups(p.binaries) {
		b := p.goBuild(g, "")
		fmt.Fprintln(digest, b.Packages, b.Flags, b.Tags, b.CGO)
	}
	p.target = filepath.Join(cache, p.name, p.key(hex.EncodeToString(digest.Sum(nil))))
	return p, nil
}

// readModule adds the requirements of the module in dir to the versions, and its files to the digest.
func (p *plan) readModule(dir string, digest io.Writer) error {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return err
	}
	fmt.Fprintf(digest, "%d %d\n%s%s", len(mod), len(sum), mod, sum)
	file, err := modfile.Parse(filepath.Join(dir, "go.mod"), mod, nil)
	if err != nil {
		return err
	}
	for _, b := range p.binaries {
		if version := requirement(file, b.module); version != "" && filepath.Join(p.source, filepath.FromSlash(b.folder)) == dir {
			p.versions[b.module] = version
		}
	}
	return nil
}

// requirement is the version of a module that a go.mod requires, or nothing.
func requirement(file *modfile.File, module string) string {
	for _, require := range file.Require {
		if require.Mod.Path == module {
			return require.Mod.Version
		}
	}
	return ""
}

// key is readable, so that a person can tell an old folder from a new one, and unique by its digest.
func (p *plan) key(digest string) string {
	var parts []string
	for _, m := range p.modules {
		parts = append(parts, m.name+"-"+p.versions[m.path])
	}
	return strings.Join(append(parts, runtime.GOOS+"-"+runtime.GOARCH, digest[:12]), "_")
}

// cacheFolder is $ROLLCALL_CACHE, else the user's own cache.
func cacheFolder() (string, error) {
	if dir := os.Getenv("ROLLCALL_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache folder (set ROLLCALL_CACHE to choose one): %w", err)
	}
	return filepath.Join(dir, "rollcall"), nil
}
