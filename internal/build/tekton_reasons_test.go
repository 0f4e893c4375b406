// SPDX-License-Identifier: Apache-2.0

package build

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Of a reason that Tekton got in a later release somebody has to say whether the run was cancelled, or waits. The release is
// the one that hack/tekton/go.mod pins.
func TestEveryReasonOfTektonIsKnown(t *testing.T) {
	found := 0
	for name, reason := range tektonConstants(t) {
		if strings.HasPrefix(name, "PipelineRunReason") {
			found++
			if _, known := tektonReasons[reason]; !known {
				t.Errorf("Tekton has the reason %q (%s), which tektonReasons does not know", reason, name)
			}
		}
	}
	if found < 30 {
		t.Errorf("%d reasons were found in Tekton's source, which had 34: look at how it is written now", found)
	}
}

// The same of what people write into spec.status: all but one of it cancels the run.
func TestEveryWayToCancelARunOfTektonIsKnown(t *testing.T) {
	found := map[string]bool{}
	for name, status := range tektonConstants(t) {
		if strings.HasPrefix(name, "PipelineRunSpecStatus") {
			found[status] = true
		}
	}
	for _, known := range append(tektonCancels, "PipelineRunPending") {
		if !found[known] {
			t.Errorf("Tekton has no status %q", known)
		}
		delete(found, known)
	}
	for status := range found {
		t.Errorf("Tekton has the status %q, of which nothing is known", status)
	}
}

// tektonConstants returns the texts that the file of the type PipelineRun names.
func tektonConstants(t *testing.T) map[string]string {
	t.Helper()
	const module = "github.com/tektoncd/pipeline"
	download := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	download.Dir = filepath.Join("..", "..", "hack", "tekton")
	answer, err := download.Output()
	var downloaded struct{ Dir, Error string }
	if err2 := json.Unmarshal(answer, &downloaded); err != nil || err2 != nil || downloaded.Dir == "" {
		t.Fatalf("download %s: %v, %v, %s", module, err, err2, downloaded.Error)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(downloaded.Dir, "pkg", "apis", "pipeline", "v1", "pipelinerun_types.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != len(spec.Values) {
			return true
		}
		for i, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				texts[spec.Names[i].Name], err = strconv.Unquote(literal.Value)
				if err != nil {
					t.Error(err)
				}
			}
		}
		return true
	})
	return texts
}
