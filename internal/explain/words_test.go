// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/record"
)

// Each rule that the pure packages have, and this one adds, has its sentence, and no sentence is without a rule.
func TestEachRuleHasItsSentence(t *testing.T) {
	rules := map[string]bool{}
	for _, folder := range []string{"../issuekey", "../record", "."} {
		for _, rule := range rulesIn(t, folder) {
			rules[rule] = true
			if text := words(record.Rule(rule)); !strings.HasSuffix(text, ".") {
				t.Errorf("rule %s of %s has the words %q, want a sentence in words.go", rule, folder, text)
			}
		}
	}
	if len(rules) < 35 {
		t.Errorf("%d rules are found, want all", len(rules))
	}
	for _, table := range []map[record.Rule]string{releases, reading, fixed, unread} {
		for rule := range table {
			if !rules[string(rule)] {
				t.Errorf("words.go has a sentence of %s, which is no rule", rule)
			}
		}
	}
}

// rulesIn returns the constants of type Rule of a folder's Go files.
func rulesIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Rule") {
				return true
			}
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				rule, _ := strconv.Unquote(value.Value)
				rules = append(rules, rule)
			}
			return true
		})
	}
	return rules
}
