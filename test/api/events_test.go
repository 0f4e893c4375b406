// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// eventRow is a row of the user guide's table of Events, with the reason in its first cell.
var eventRow = regexp.MustCompile("(?m)^\\| `([A-Za-z]+)`")

func eventsOfTheCode(t *testing.T) []string {
	t.Helper()
	return constantsIn(t, "events.go", "Reasons of Events about a workload")
}

func TestEveryEventHasARowInTheUserGuideAndNoOtherHas(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "user-guide.md"))
	g.Expect(err).NotTo(HaveOccurred())
	_, section, found := strings.Cut(string(text), "\n## Events\n")
	g.Expect(found).To(BeTrue(), "docs/user-guide.md has no section Events")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []string
	for _, row := range eventRow.FindAllStringSubmatch(section, -1) {
		rows = append(rows, row[1])
	}
	g.Expect(rows).To(ConsistOf(eventsOfTheCode(t)))
}

// A reason that stands in a call has no constant, and so no row. A constant that stands in no call is no Event.
func TestEveryEventIsMadeByItsConstant(t *testing.T) {
	g := NewWithT(t)
	used := map[string]bool{}
	var literals []string
	g.Expect(filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				used[n.Sel.Name] = true
			case *ast.BasicLit:
				literals = append(literals, n.Value)
			}
			return true
		})
		return nil
	})).To(Succeed())
	for _, reason := range eventsOfTheCode(t) {
		g.Expect(used).To(HaveKey("Event"+reason), "no code makes the Event %s", reason)
		g.Expect(literals).NotTo(ContainElement(strconv.Quote(reason)), "the Event %s has a constant", reason)
	}
}
