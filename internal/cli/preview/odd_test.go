// SPDX-License-Identifier: Apache-2.0

package preview_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/internal/cli/preview"
)

// Each field of the manifests has each odd value once. Each workload has an answer then, or there is an error that says which
// document is wrong.
func TestOddValuesInManifests(t *testing.T) {
	text, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for document := range strings.SplitSeq(string(text), "---\n") {
		var fields map[string]any
		if err := yaml.Unmarshal([]byte(document), &fields); err != nil {
			t.Fatal(err)
		}
		eachField(fields, func() {
			changed, err := yaml.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			tried++
			checkOdd(t, string(changed))
		})
	}
	if tried < 500 {
		t.Errorf("%d manifests are tried, want each field with each value", tried)
	}
}

// eachField gives each field, one at a time, each odd value, and calls do.
func eachField(fields map[string]any, do func()) {
	for name, value := range fields {
		for _, odd := range []any{nil, -1, "x", []any{"x"}, map[string]any{"x": "x"}} {
			fields[name] = odd
			do()
		}
		delete(fields, name)
		do()
		fields[name] = value
		if below, ok := value.(map[string]any); ok {
			eachField(below, do)
		}
	}
}

func checkOdd(t *testing.T, text string) {
	t.Helper()
	found, err := preview.Of(t.Context(), strings.NewReader(text), preview.Options{
		Files: []string{"-"}, Namespace: "default", Cluster: "eu-1", Now: func() time.Time { return noon },
	})
	if err != nil {
		if !strings.Contains(err.Error(), "document 1 (line 1): ") {
			t.Errorf("the error does not say which document is wrong: %v\n%s", err, text)
		}
		return
	}
	for _, e := range found.Workloads {
		if e.Problem == "" && len(e.Sites) == 0 {
			t.Errorf("nothing is said of %s:\n%s", e.Workload.Name, text)
		}
	}
}
