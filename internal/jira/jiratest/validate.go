// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	maxText       = 255
	maxURL        = 2000
	maxProperties = 5
)

// problems collects what is wrong with one item.
type problems []string

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Sprintf(format, args...))
}

// decoded adds what is wrong with the types of an item. What could be read is in the item nevertheless.
func (p *problems) decoded(err error) {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		p.add("%s must not be a %s", cmp.Or(typed.Field, "The item"), typed.Value)
	}
}

// text is one string of an item.
type text struct {
	name  string
	value *string
	max   int // 0: any length
	must  must
}

type must int

const (
	mayBeAbsent must = iota
	mustBePresent
	mustBeFilled
)

func (p *problems) texts(all ...text) {
	for _, t := range all {
		switch {
		case t.value == nil && t.must != mayBeAbsent:
			p.add("%s is required", t.name)
		case t.value == nil:
		case *t.value == "" && t.must == mustBeFilled:
			p.add("%s must not be empty", t.name)
		case t.max > 0 && length(*t.value) > t.max:
			p.add("%s must not be longer than %d characters", t.name, t.max)
		}
	}
}

// length counts as Java does, which makes two of a character outside the basic plane.
func length(s string) int {
	return len(utf16.Encode([]rune(s)))
}

func (p *problems) numbers(all map[string]*int64) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] == nil {
			p.add("%s is required", name)
		}
	}
}

func (p *problems) oneOf(name string, value *string, allowed ...string) {
	if value != nil && !slices.Contains(allowed, *value) {
		p.add("%s must be one of %s", name, strings.Join(allowed, ", "))
	}
}

func (p *problems) url(name string, value *string) {
	p.texts(text{name, value, maxURL, mustBeFilled})
	if value == nil || *value == "" {
		return
	}
	if u, err := url.Parse(*value); err != nil || u.Scheme == "" {
		p.add("%s must be an absolute URL", name)
	}
}

func (p *problems) timestamp(name string, value *string) {
	p.texts(text{name, value, 0, mustBeFilled})
	if value == nil || *value == "" {
		return
	}
	if _, err := time.Parse(time.RFC3339, *value); err != nil {
		p.add("%s must be an RFC 3339 timestamp", name)
	}
}

// checkProperties checks the properties of a whole submission.
func checkProperties(properties map[string]string) problems {
	var p problems
	if len(properties) > maxProperties {
		p.add("At most %d properties are allowed.", maxProperties)
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		switch {
		case strings.Contains(name, ":"):
			p.add("The property %q must not contain ':'.", name)
		case strings.HasPrefix(name, "_"):
			p.add("The property %q must not start with '_'.", name)
		case length(properties[name]) > maxText:
			p.add("The value of property %q must not be longer than %d characters.", name, maxText)
		}
	}
	return p
}
