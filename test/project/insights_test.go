// SPDX-License-Identifier: Apache-2.0

package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

const root = "../.."

// insightsProblems says what of a text is not of the schema, one problem a line.
func insightsProblems(t *testing.T, text string) string {
	t.Helper()
	schema := new(spec.Schema)
	unmarshal(t, read(t, "testdata", "security-insights.schema.yaml"), schema)
	validator := validate.NewSchemaValidator(schema, nil, "", strfmt.Default)
	var document any
	unmarshal(t, text, &document)
	var problems []string
	for _, err := range validator.Validate(document).Errors {
		problems = append(problems, err.Error())
	}
	return strings.Join(problems, "\n")
}

func TestSecurityInsights(t *testing.T) {
	text := read(t, root, "SECURITY-INSIGHTS.yml")
	if problems := insightsProblems(t, text); problems != "" {
		t.Errorf("SECURITY-INSIGHTS.yml:\n%s", problems)
	}
	// What it points to in the repository is there.
	const blob = "https://github.com/rollcall-dev/rollcall/blob/main/"
	links := 0
	for _, after := range strings.Split(text, blob)[1:] {
		links++
		file, _, _ := strings.Cut(strings.Fields(after)[0], "#")
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			t.Errorf("SECURITY-INSIGHTS.yml points to %s: %v", file, err)
		}
	}
	if links == 0 {
		t.Errorf("SECURITY-INSIGHTS.yml has no link that begins with %s", blob)
	}
}

func TestInsightsOfAnotherFormAreRefused(t *testing.T) {
	good := read(t, root, "SECURITY-INSIGHTS.yml")
	for name, c := range map[string]struct{ old, replacement, want string }{
		"no reviewer's date": {"  last-reviewed: \"2026-11-27\"\n", "", "header.last-reviewed"},
		"another schema":     {"schema-version: 2.0.0", "schema-version: 1.0.0", "header.schema-version"},
		"no date":            {`last-updated: "2026-11-27"`, `last-updated: "27.11.2026"`, "header.last-updated"},
		"no address":         {"url: https://github.com/rollcall-dev/rollcall/blob/main/LICENSE", "url: LICENSE", "repository.license.url"},
		"a misspelt field":   {"bug-bounty-available", "bug-bounty", "bug-bounty"},
		"nobody":             {"    primary: true\n", "", "administrators[0].primary"},
		"another kind":       {"type: SAST", "type: linter", "repository.security.tools[1].type"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("SECURITY-INSIGHTS.yml has no %q", c.old)
			}
			if got := insightsProblems(t, strings.Replace(good, c.old, c.replacement, 1)); !strings.Contains(got, c.want) {
				t.Errorf("problems = %q, want one of %s", got, c.want)
			}
		})
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func unmarshal(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
