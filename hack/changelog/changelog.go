// SPDX-License-Identifier: Apache-2.0

// Package changelog reads CHANGELOG.md, in the form of Keep a Changelog, and says what is not of that form.
//
//	# Changelog
//	## [Unreleased]              what is on main, first
//	### Added                    one of six sections, each once, in their order
//	- A sentence for users.
//	## [0.2.0] - 2026-12-01      versions, the newest first
//	[0.2.0]: https://...         each heading is a link, defined at the end
package changelog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"
)

// Unreleased is the version of what is on main.
const Unreleased = "Unreleased"

// Kinds are the sections, in their order.
var Kinds = []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

// A Release is what a version brought.
type Release struct {
	// Version is a semantic version without a v, or Unreleased.
	Version string
	// Date is that of the release; zero: not released.
	Date time.Time
	// Changes are what users notice.
	Changes []Change
}

// A Change is an item of a section.
type Change struct {
	// Kind is one of Kinds.
	Kind string
	// Text is the item in one line, as Markdown.
	Text string
}

var (
	heading    = regexp.MustCompile(`^## \[([^\]]+)\](?: - (.+))?$`)
	definition = regexp.MustCompile(`^\[([^\]]+)\]: (https://\S+)$`)
)

// parser is where Parse is.
type parser struct {
	releases []Release
	kind     string
	links    map[string]string
}

// Parse reads a changelog.
func Parse(text string) ([]Release, error) {
	p := parser{links: map[string]string{}}
	if !strings.HasPrefix(text, "# Changelog\n") {
		return nil, fmt.Errorf("line 1: want # Changelog")
	}
	for i, line := range strings.Split(text, "\n")[1:] {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	if err := p.ended(); err != nil {
		return nil, err
	}
	return p.releases, p.linked()
}

// line reads a line. Text before the first section of a release is for people alone.
func (p *parser) line(line string) error {
	switch {
	case strings.HasPrefix(line, "## "):
		return p.release(line)
	case strings.HasPrefix(line, "### "):
		return p.section(strings.TrimPrefix(line, "### "))
	case strings.HasPrefix(line, "#"):
		return fmt.Errorf("a heading of another level: %s", line)
	case definition.MatchString(line):
		found := definition.FindStringSubmatch(line)
		p.links[found[1]] = found[2]
		return nil
	case strings.TrimSpace(line) == "" || p.kind == "":
		return nil
	default:
		return p.item(line)
	}
}

func (p *parser) release(line string) error {
	if err := p.ended(); err != nil {
		return err
	}
	found := heading.FindStringSubmatch(line)
	if found == nil {
		return fmt.Errorf("want ## [Unreleased] or ## [1.2.3] - 2026-01-31, not %s", line)
	}
	r := Release{Version: found[1]}
	if r.Version == Unreleased {
		if found[2] != "" || len(p.releases) > 0 {
			return fmt.Errorf("[Unreleased] is the first, and has no date")
		}
	} else {
		var err error
		if r.Date, err = time.Parse(time.DateOnly, found[2]); err != nil {
			return fmt.Errorf("the date of %s: %w", r.Version, err)
		}
		if parsed, err := version.ParseSemantic(r.Version); err != nil || parsed.String() != r.Version {
			return fmt.Errorf("%s is no semantic version", r.Version)
		}
	}
	if n := len(p.releases); n > 0 && p.releases[n-1].Version != Unreleased {
		before := p.releases[n-1]
		if !version.MustParseSemantic(r.Version).LessThan(version.MustParseSemantic(before.Version)) || before.Date.Before(r.Date) {
			return fmt.Errorf("%s stands below %s: the newest comes first", r.Version, before.Version)
		}
	}
	p.releases, p.kind = append(p.releases, r), ""
	return nil
}

func (p *parser) section(kind string) error {
	if len(p.releases) == 0 {
		return fmt.Errorf("section %s belongs to no version", kind)
	}
	if err := p.ended(); err != nil {
		return err
	}
	now, before := slices.Index(Kinds, kind), slices.Index(Kinds, p.kind)
	if now < 0 {
		return fmt.Errorf("section %s: want one of %s", kind, strings.Join(Kinds, ", "))
	}
	if now <= before {
		return fmt.Errorf("section %s stands below %s: the order is %s", kind, p.kind, strings.Join(Kinds, ", "))
	}
	p.kind = kind
	return nil
}

// ended says of a section that it is empty.
func (p *parser) ended() error {
	if p.kind == "" {
		return nil
	}
	changes := p.releases[len(p.releases)-1].Changes
	if len(changes) == 0 || changes[len(changes)-1].Kind != p.kind {
		return fmt.Errorf("section %s of %s has no item", p.kind, p.releases[len(p.releases)-1].Version)
	}
	return nil
}

func (p *parser) item(line string) error {
	r := &p.releases[len(p.releases)-1]
	text, first := strings.CutPrefix(line, "- ")
	switch more, indented := strings.CutPrefix(line, "  "); {
	case first:
		r.Changes = append(r.Changes, Change{Kind: p.kind, Text: strings.TrimSpace(text)})
	case indented && len(r.Changes) > 0 && r.Changes[len(r.Changes)-1].Kind == p.kind:
		r.Changes[len(r.Changes)-1].Text += " " + strings.TrimSpace(more)
	default:
		return fmt.Errorf("want an item of section %s, \"- A sentence.\", not %q", p.kind, line)
	}
	return nil
}

// linked says which version has no link, and which link no version.
func (p *parser) linked() error {
	if len(p.releases) == 0 {
		return fmt.Errorf("it names no version")
	}
	for _, r := range p.releases {
		link, ok := p.links[r.Version]
		if !ok {
			return fmt.Errorf("[%s] has no link: define it at the end", r.Version)
		}
		if r.Version != Unreleased && !strings.Contains(link, "v"+r.Version) {
			return fmt.Errorf("the link of [%s] does not name v%s: %s", r.Version, r.Version, link)
		}
		delete(p.links, r.Version)
	}
	for name := range p.links {
		return fmt.Errorf("[%s] has a link and no section", name)
	}
	return nil
}
