// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// The blocks of constants in conditions.go, by their comments.
const (
	reasonsOfReady     = "Reasons of a JiraSite's Ready condition."
	reasonsOfDelivered = "Reasons of a record's Delivered condition."
	reasonsOfSource    = "Reasons of a record's SourceResolved condition."
	reasonsOfStored    = "Reasons of a site's ReadBackDiffers condition, and of a record's Stored condition."
	reasonOfBoth       = "ReasonDryRun is a reason of both conditions."
)

func TestAReasonOfASiteSaysWhoActs(t *testing.T) {
	want := map[string]string{
		v1alpha1.ReasonSecretNotFound:          v1alpha1.ConditionStalled,
		v1alpha1.ReasonSecretIncomplete:        v1alpha1.ConditionStalled,
		v1alpha1.ReasonCredentialsRejected:     v1alpha1.ConditionStalled,
		v1alpha1.ReasonCredentialsRefused:      v1alpha1.ConditionStalled,
		v1alpha1.ReasonHostNotAllowed:          v1alpha1.ConditionStalled,
		v1alpha1.ReasonDuplicateSite:           v1alpha1.ConditionStalled,
		v1alpha1.ReasonPermissionMissing:       v1alpha1.ConditionStalled,
		v1alpha1.ReasonAddressNotAllowed:       v1alpha1.ConditionStalled,
		v1alpha1.ReasonSiteNotFound:            v1alpha1.ConditionStalled,
		v1alpha1.ReasonInvalidTemplate:         v1alpha1.ConditionStalled,
		v1alpha1.ReasonInvalidNamespacePattern: v1alpha1.ConditionStalled,
		v1alpha1.ReasonInvalidSelector:         v1alpha1.ConditionStalled,
		v1alpha1.ReasonUnreachable:             v1alpha1.ConditionReconciling,
		v1alpha1.ReasonRateLimited:             v1alpha1.ConditionReconciling,
		v1alpha1.ReasonReady:                   "",
		v1alpha1.ReasonSuspended:               "",
		v1alpha1.ReasonDryRun:                  "",
	}
	for reason, condition := range want {
		t.Run(reason, func(t *testing.T) {
			NewWithT(t).Expect(v1alpha1.AbnormalCondition(reason)).To(Equal(condition))
		})
	}
	t.Run("no reason is left out", func(t *testing.T) {
		g := NewWithT(t)
		reasons := reasonsIn(t, reasonsOfReady, reasonOfBoth)
		g.Expect(reasons).To(HaveLen(len(want)))
		for _, reason := range reasons {
			g.Expect(want).To(HaveKey(reason))
		}
	})
}

func TestEveryReasonHasARowInTheUserGuide(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "user-guide.md"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for block, cells := range map[string][]string{
		reasonsOfReady:     {"| `%` |"},
		reasonsOfDelivered: {"| False, `%` |", "| True, `%` |"},
		reasonsOfSource:    {"| False, `%` |", "| True, `%` |"},
		reasonsOfStored:    {"| False, `%` |"},
		reasonOfBoth:       {"| `%` |", "| False, `%` |"},
	} {
		for _, reason := range reasonsIn(t, block) {
			t.Run(reason, func(t *testing.T) {
				var rows int
				for _, cell := range cells {
					rows += strings.Count(string(text), "\n"+strings.ReplaceAll(cell, "%", reason))
				}
				want := 1
				if block == reasonOfBoth {
					want = 2
				}
				NewWithT(t).Expect(rows).To(Equal(want), "rows of docs/user-guide.md that begin with %s", reason)
			})
		}
	}
}

// reasonsIn returns the constants of blocks of conditions.go, each known by how its comment begins.
func reasonsIn(t *testing.T, comments ...string) []string {
	t.Helper()
	return constantsIn(t, "conditions.go", comments...)
}

// constantsIn returns the constants of blocks of a file of the API, each known by how its comment begins.
func constantsIn(t *testing.T, name string, comments ...string) []string {
	t.Helper()
	g := NewWithT(t)
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "api", "v1alpha1", name), nil, parser.ParseComments)
	g.Expect(err).NotTo(HaveOccurred())
	var reasons []string
	for _, comment := range comments {
		before := len(reasons)
		for _, declaration := range file.Decls {
			block, ok := declaration.(*ast.GenDecl)
			if !ok || !strings.HasPrefix(block.Doc.Text(), comment) {
				continue
			}
			for _, spec := range block.Specs {
				reason, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
				g.Expect(err).NotTo(HaveOccurred())
				reasons = append(reasons, reason)
			}
		}
		g.Expect(len(reasons)).To(BeNumerically(">", before), "%s has no block that begins %q", name, comment)
	}
	return reasons
}
