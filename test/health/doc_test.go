// SPDX-License-Identifier: Apache-2.0

// Package health runs what docs/platforms.md tells Argo CD and Flux to judge our kinds by: the Lua of the one, and the CEL of the
// other. It is a module of its own, because the product needs neither language.
package health

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const document = "../../docs/platforms.md"

// block reads a fenced block of YAML that holds a text, as YAML documents.
func block(t *testing.T, holds string) []map[string]any {
	t.Helper()
	content, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(content), "\n```yaml") {
		_, body, _ := strings.Cut(part, "\n")
		body, _, closed := strings.Cut(body, "\n```\n")
		if !closed || !strings.Contains(body, holds) {
			continue
		}
		var documents []map[string]any
		for text := range strings.SplitSeq(body, "\n---\n") {
			documents = append(documents, object(t, text))
		}
		return documents
	}
	t.Fatalf("%s has no YAML that holds %q", document, holds)
	return nil
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("read %q: %v", text, err)
	}
	return o
}
