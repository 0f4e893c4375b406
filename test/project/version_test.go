// SPDX-License-Identifier: Apache-2.0

package project

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// ourVersion is a version of Rollcall in a text, such as rollcall:0.1.0, rollcall_v0.1.0, VERSION=v0.1.0.
var ourVersion = regexp.MustCompile(`(?:rollcall[a-z-]*[:_-]v?|VERSION=v|targetRevision: |--version )([0-9]+\.[0-9]+\.[0-9]+)`)

// Whoever copies a command from the documents installs the version that they are of.
func TestTheDocumentsNameTheChartsVersion(t *testing.T) {
	version := chartVersion(t)
	found := 0
	for _, pattern := range []string{"README.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			for number, line := range strings.Split(read(t, file), "\n") {
				for _, match := range ourVersion.FindAllStringSubmatch(line, -1) {
					if found++; match[1] != version {
						t.Errorf("%s:%d: it names version %s, and the chart is %s: %s", file, number+1, match[1], version, line)
					}
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d places in the documents name a version: the pattern does not find them", found)
	}
}

// Whoever imports the client at a version gets the API of the same version.
func TestTheClientRequiresTheAPIOfItsVersion(t *testing.T) {
	const api = "github.com/rollcall-dev/rollcall/api"
	file := filepath.Join(root, "client", "go.mod")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse(file, content, nil)
	if err != nil {
		t.Fatal(err)
	}
	required := ""
	for _, require := range mod.Require {
		if require.Mod.Path == api {
			required = require.Mod.Version
		}
	}
	if want := "v" + chartVersion(t); required != want {
		t.Errorf("client/go.mod requires the API at %q, not at %s", required, want)
	}
}

func chartVersion(t *testing.T) string {
	t.Helper()
	var chart struct{ Version string }
	unmarshal(t, read(t, root, "charts", "rollcall", "Chart.yaml"), &chart)
	return chart.Version
}
