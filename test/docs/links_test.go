// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A link leads to a file of the repository, and where it has an anchor, to a heading of it. What is elsewhere is not asked for:
// the tests need no network.
func TestLinksResolve(t *testing.T) {
	known := map[string]page{}
	checked := 0
	for _, p := range append(pages(t), others(t)...) {
		known[p.name] = p
	}
	for _, p := range known {
		for _, l := range p.links {
			if strings.Contains(l.target, "://") || strings.HasPrefix(l.target, "mailto:") {
				continue
			}
			checked++
			file, heading, _ := strings.Cut(l.target, "#")
			target := p.name
			if file != "" {
				target = path.Join(path.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s:%d links to %s, which does not exist", p.name, l.line, l.target)
				continue
			}
			if heading == "" || !strings.HasSuffix(target, ".md") {
				continue
			}
			there, ok := known[target]
			if !ok {
				there = readPage(t, target)
			}
			if !slices.Contains(there.anchors, heading) {
				t.Errorf("%s:%d links to %s, and %s has no such heading", p.name, l.line, l.target, target)
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d links were checked, want more than 100: are they still found?", checked)
	}
}

// others are the documents whose links count, and whose commands are not run.
func others(t *testing.T) []page {
	t.Helper()
	return documents(t, "docs/design/*.md", "AGENTS.md", "CONTRIBUTING.md", "RELEASE.md", "hack/*/README.md")
}

// Every page of docs has its line in the index.
func TestTheIndexNamesEveryPage(t *testing.T) {
	linked := map[string]bool{}
	for _, l := range readPage(t, "docs/README.md").links {
		file, _, _ := strings.Cut(l.target, "#")
		linked[path.Join("docs", file)] = true
	}
	for _, p := range pages(t) {
		if strings.HasPrefix(p.name, "docs/") && p.name != "docs/README.md" && !linked[p.name] {
			t.Errorf("docs/README.md has no link to %s", p.name)
		}
	}
}
