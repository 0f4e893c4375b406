// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// around is how much of a text is shown on either side of a key, in bytes.
const around = 80

// readKeys says which issue keys a release has, where each was read, and what else looks like one. d is its record, as it is or
// would be; nil where it has none: then the keys are those that its texts name.
func (s *Site) readKeys(texts []record.Text, d *v1alpha1.JiraDeployment, why record.Rule) {
	has := func(key string) bool { return d == nil || slices.Contains(d.Spec.IssueKeys, key) }
	for _, t := range texts {
		s.Texts = append(s.Texts, Text{Place: string(t.Place), Name: t.Name, Read: t.Read(), Rule: string(t.Rule), Because: words(t.Rule)})
		for _, f := range t.Findings {
			switch isKey := f.Rule == issuekey.RuleKey; {
			case isKey && t.Read() && has(f.Key):
				addKey(&s.Keys, keyOf(t, f, t.Rule))
			case isKey && t.Read():
				addKey(&s.NearMisses, keyOf(t, f, why))
			case isKey:
				addKey(&s.NearMisses, keyOf(t, f, t.Rule))
			default:
				addKey(&s.NearMisses, keyOf(t, f, record.Rule(f.Rule)))
			}
		}
	}
	if d == nil {
		return
	}
	for _, key := range d.Spec.IssueKeys {
		if !slices.ContainsFunc(s.Keys, func(k Key) bool { return k.Key == key }) {
			rule := why
			if rule == record.RuleFinished {
				rule = RuleKept
			}
			s.Keys = append(s.Keys, Key{Key: key, Place: string(record.PlaceRecord), Name: d.Name, Rule: string(rule), Because: words(rule)})
		}
	}
	s.ServiceIDs = d.Spec.ServiceIDs
}

// keyOf returns a piece of a text, with what stands around it.
func keyOf(t record.Text, f issuekey.Finding, rule record.Rule) Key {
	k := Key{Key: f.Key, Place: string(t.Place), Name: t.Name, Rule: string(rule), Because: words(rule)}
	k.Text, k.Start, k.End = excerpt(t.Value, f.Start, f.End)
	return k
}

// addKey adds a key once for each place.
func addKey(keys *[]Key, k Key) {
	same := func(other Key) bool {
		return other.Key == k.Key && other.Place == k.Place && other.Name == k.Name && other.Rule == k.Rule
	}
	if !slices.ContainsFunc(*keys, same) {
		*keys = append(*keys, k)
	}
}

// excerpt returns the line around a piece of a text, and where the piece stands in it.
func excerpt(text string, start, end int) (string, int, int) {
	if end <= start || end > len(text) {
		return text[:min(len(text), around)], 0, 0
	}
	from, to := strings.LastIndexByte(text[:start], '\n')+1, len(text)
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		to = end + i
	}
	from, to = max(from, start-around), min(to, end+around)
	for from < start && !utf8.RuneStart(text[from]) {
		from++
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	return strings.TrimRight(text[from:to], "\r"), start - from, end - from
}
