// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// otherReaders are texts that the well-known integrations read in different ways, and what is read here.
var otherReaders = []struct {
	text string
	// projects are listed by a site, and listed is what it reads; open is what a site without a list reads.
	open, projects, listed string
}{
	// One integration reads lower case, two do not: it takes a list of projects to tell.
	{text: "feature/test-12", open: "", projects: "TEST", listed: "TEST-12"},
	// One reads BAR-1, an issue of a stranger.
	{text: "FOO_BAR-1", open: "FOO_BAR-1", projects: "FOO_BAR", listed: "FOO_BAR-1"},
	{text: "FOO_BAR-1", open: "FOO_BAR-1", projects: "BAR", listed: ""},
	// One reads TEST-123.
	{text: "TEST-123abc", open: "", projects: "TEST", listed: ""},
	// One reads RELEASE-2024.
	{text: "release-2024-01", open: "", projects: "TEST", listed: ""},
	{text: "release-2024-01", open: "", projects: "RELEASE", listed: ""},
	{text: "RELEASE-2024-01", open: "", projects: "RELEASE", listed: ""},
	// All take these for keys.
	{text: "UTF-8, SHA-256, CVE-2021-44228", open: "", projects: "TEST", listed: ""},
	{text: "UTF-8, SHA-256, CVE-2021-44228", open: "", projects: "CVE", listed: "CVE-2021"},
	// One reads nothing.
	{text: "feature_TEST-1", open: "TEST-1", projects: "TEST", listed: "TEST-1"},
	// All agree.
	{text: "nginx:ABC-12-348ac8f", open: "ABC-12", projects: "ABC", listed: "ABC-12"},
}

func TestFindWhereOtherReadersDisagree(t *testing.T) {
	for _, tt := range otherReaders {
		if diff := cmp.Diff(tt.open, joined(nil, tt.text)); diff != "" {
			t.Errorf("Find(%q) (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.listed, joined(strings.Fields(tt.projects), tt.text)); diff != "" {
			t.Errorf("Find(%q) with project %s (-want +got):\n%s", tt.text, tt.projects, diff)
		}
	}
}

// joined returns the keys in text, with a space between them.
func joined(projects []string, text string) string {
	return strings.Join(NewReader(projects).Find(text), " ")
}
