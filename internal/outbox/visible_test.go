// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"bytes"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"Web 1.4.0": "Web 1.4.0",
		"Größe, 日本語, עברית, العربية": "Größe, 日本語, עברית, العربية",
		"می\u200cخواهم":              "می\u200cخواهم", // with a non-joiner
		"👩‍💻 of 🇪🇺":                  "👩‍💻 of 🇪🇺",
		"two\nlines\tand a tab":      "two lines and a tab",
		"bell\a, escape\x1b[31m":     "bell, escape[31m",
		"\u202egpj.exe":              "gpj.exe",
		"a\u2066b\u2069c\u200ed":     "abcd",
		"in\u200bvisible\ufeff":      "invisible",
		"tags\U000e0041\U000e007f":   "tags",
		"\u202e\u200b":               "",
		"":                           "",
	} {
		if got := visible(text); got != want {
			t.Errorf("visible(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestJiraIsSentNoHiddenCharacters(t *testing.T) {
	d := makeRecord("web").Obj()
	const turned = "a\u202eb"
	d.Spec.DisplayName, d.Spec.Description, d.Spec.Label, d.Spec.Pipeline.Name, d.Spec.Environment.Name = turned, turned, turned, turned, turned
	body, err := jira.EncodeDeployment(deployment(d, func(string) string { return "https://acme.example" }))
	if err != nil || bytes.ContainsRune(body, '\u202e') || bytes.Count(body, []byte(`"ab"`)) != 5 {
		t.Errorf("the body is %s, error %v; want 5 texts without the mark", body, err)
	}
	d.Spec.DisplayName, d.Spec.Pipeline.Name, d.Spec.Environment.Name = "\u202e", "\u202e", "\u202e"
	named := deployment(d, func(string) string { return "https://acme.example" })
	if named.DisplayName != d.Name || named.Pipeline.DisplayName != d.Spec.Pipeline.ID || named.Environment.DisplayName != d.Spec.Environment.ID {
		t.Errorf("what has no visible name is called %q, %q and %q", named.DisplayName, named.Pipeline.DisplayName, named.Environment.DisplayName)
	}
}
