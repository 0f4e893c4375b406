// SPDX-License-Identifier: Apache-2.0

package changelog

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheChangelogOfTheProject(t *testing.T) {
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	releases, err := Parse(string(text))
	if err != nil {
		t.Fatalf("CHANGELOG.md: %v", err)
	}
	if len(releases[0].Changes) == 0 && len(releases) == 1 {
		t.Error("CHANGELOG.md names no change")
	}
}

const good = `# Changelog

What users notice.

## [Unreleased]

## [0.2.0] - 2026-12-01

A word before.

### Added

- One thing,
  in two lines.
- Another.

### Fixed

- A third.

## [0.1.0] - 2026-11-01

### Added

- All.

[Unreleased]: https://example.com/compare/v0.2.0...HEAD
[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0
[0.1.0]: https://example.com/releases/tag/v0.1.0
`

func TestReleases(t *testing.T) {
	got, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	want := []Release{
		{Version: Unreleased},
		{Version: "0.2.0", Date: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Changes: []Change{
			{"Added", "One thing, in two lines."}, {"Added", "Another."}, {"Fixed", "A third."},
		}},
		{Version: "0.1.0", Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Changes: []Change{{"Added", "All."}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse() (-want +got):\n%s", diff)
	}
}

func TestAnotherFormIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"no title":                  {"# Changelog", "# Changes", "line 1: want # Changelog"},
		"no brackets":               {"## [Unreleased]", "## Unreleased", "line 5: want ## [Unreleased]"},
		"no date":                   {" - 2026-12-01", "", "the date of 0.2.0"},
		"a date of another form":    {"2026-12-01", "1.12.2026", "the date of 0.2.0"},
		"no version":                {"[0.2.0] - ", "[next] - ", "next is no semantic version"},
		"a version with a v":        {"## [0.2.0]", "## [v0.2.0]", "v0.2.0 is no semantic version"},
		"the same version twice":    {"## [0.1.0]", "## [0.2.0]", "0.2.0 stands below 0.2.0"},
		"half a version":            {"## [0.2.0]", "## [0.2]", "0.2 is no semantic version"},
		"the older one first":       {"## [0.2.0]", "## [0.0.9]", "0.1.0 stands below 0.0.9"},
		"an older date first":       {"2026-12-01", "2026-10-01", "0.1.0 stands below 0.2.0"},
		"Unreleased with a date":    {"## [Unreleased]", "## [Unreleased] - 2026-12-02", "has no date"},
		"Unreleased is not first":   {"## [0.1.0] - 2026-11-01", "## [Unreleased]", "[Unreleased] is the first"},
		"another section":           {"### Fixed", "### Repaired", "section Repaired: want one of Added"},
		"a section twice":           {"### Fixed", "### Added", "section Added stands below Added"},
		"sections in another order": {"### Added\n\n- One", "### Security\n\n- One", "section Fixed stands below Security"},
		"an empty section":          {"- A third.\n", "", "section Fixed of 0.2.0 has no item"},
		"an empty section, last":    {"- All.\n", "", "section Added of 0.1.0 has no item"},
		"a section of no version":   {"## [Unreleased]\n", "### Added\n", "belongs to no version"},
		"a text between items":      {"- Another.", "Another.", `not "Another."`},
		"a deeper heading":          {"- Another.", "#### Another", "a heading of another level"},
		"no link":                   {"[0.2.0]: https://example.com/compare/v0.1.0...v0.2.0\n", "", "[0.2.0] has no link"},
		"another version's link":    {"[0.1.0]: https://example.com/releases/tag/v0.1.0", "[0.1.0]: https://example.com/releases/tag/v0.0.1", "does not name v0.1.0"},
		"a link of no version":      {"[0.1.0]: ", "[0.0.1]: https://example.com/v0.0.1\n[0.1.0]: ", "[0.0.1] has a link and no section"},
		"nothing":                   {good, "# Changelog\n", "it names no version"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the good changelog has no %q", c.old)
			}
			_, err := Parse(strings.Replace(good, c.old, c.replacement, 1))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse() error = %v, want %q", err, c.want)
			}
		})
	}
}
