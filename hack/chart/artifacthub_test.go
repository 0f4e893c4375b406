// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/hack/changelog"
)

func TestAnnotationsAreTexts(t *testing.T) {
	got, err := hubAnnotations(map[string]any{
		"artifacthub.io/links":                   []hubLink{{Name: "Docs: all", URL: "https://example.com"}},
		"artifacthub.io/containsSecurityUpdates": true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `  artifacthub.io/containsSecurityUpdates: "true"
  artifacthub.io/links: |
    - name: 'Docs: all'
      url: https://example.com
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hubAnnotations() (-want +got):\n%s", diff)
	}
}

func TestChangesAreThoseOfTheNewestVersionThatHasAny(t *testing.T) {
	got := hubChanges([]changelog.Release{
		{Version: changelog.Unreleased},
		{Version: "0.2.0", Changes: []changelog.Change{{Kind: "Added", Text: "The command `why`."}, {Kind: "Security", Text: "A hole."}}},
		{Version: "0.1.0", Changes: []changelog.Change{{Kind: "Added", Text: "All."}}},
	})
	want := []hubChange{{"added", "The command why."}, {"security", "A hole."}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hubChanges() (-want +got):\n%s", diff)
	}
	if got := hubChanges(nil); got != nil {
		t.Errorf("hubChanges() of nothing = %v, want nothing", got)
	}
}

func TestDisplayNames(t *testing.T) {
	for kind, want := range map[string]string{"JiraSite": "Jira site", "JiraDeployment": "Jira deployment", "Site": "Site"} {
		if got := displayName(kind); got != want {
			t.Errorf("displayName(%s) = %s, want %s", kind, got, want)
		}
	}
}
