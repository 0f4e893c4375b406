// SPDX-License-Identifier: Apache-2.0

package project

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDependabotKnowsEveryModule compares the folders of .github/dependabot.yml with those that have a go.mod.
func TestDependabotKnowsEveryModule(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string   `json:"package-ecosystem"`
			Directories []string `json:"directories"`
		} `json:"updates"`
	}
	unmarshal(t, read(t, root, ".github", "dependabot.yml"), &config)
	var listed []string
	for _, update := range config.Updates {
		if update.Ecosystem == "gomod" {
			listed = append(listed, update.Directories...)
		}
	}
	if diff := cmp.Diff(modules(t), listed); diff != "" {
		t.Errorf("the modules of .github/dependabot.yml (-want +got):\n%s", diff)
	}
}

// modules are the folders with a go.mod, as Dependabot names them, in the order of their names.
func modules(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		// Built, and not ours: a module in testdata is data.
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "_output", "testdata"}, name) {
			return filepath.SkipDir
		}
		if name == "go.mod" {
			folder, err := filepath.Rel(root, filepath.Dir(file))
			if err != nil {
				return err
			}
			found = append(found, path.Join("/", filepath.ToSlash(folder)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
