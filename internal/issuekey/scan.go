// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scan is one reading of a text. A dash is read by what lies between its neighbours and by a bounded piece
// of text around it, so that the whole costs no more than a multiple of the text's length.
type scan struct {
	projects   map[string]bool
	text       string
	lookalikes bool // whether names that only look like keys are dropped
	exact      bool // whether lower case is read as none, though projects are listed
	message    bool // whether the text may speak of a revert
	explain    func(Finding)
	steps      int // bytes looked at so far; a test holds that they grow no faster than the text

	reverts     []span
	revertsRead bool
}

func (s *scan) keys() []string {
	var keys []string
	seen := map[string]bool{}
	for dash := s.nextDash(0); dash >= 0; dash = s.nextDash(dash + 1) {
		project, number, rule := s.keyAt(dash)
		if project == "" {
			continue
		}
		if rule == RuleKey && s.reverted(dash) {
			rule = RuleReverted
		}
		key := project + "-" + number
		if s.explain != nil {
			s.explain(Finding{Key: key, Start: dash - len(project), End: dash + 1 + len(number), Rule: rule})
		}
		if rule == RuleKey && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// keyAt returns project and number around the dash, and what they are. There is no project where nobody would take it
// for a key, or where nobody asked what else it is.
func (s *scan) keyAt(dash int) (project, number string, rule Rule) {
	number, counts := s.numberAfter(dash)
	if number == "" || (!counts && s.explain == nil) {
		return "", "", ""
	}
	project, rule = s.projectBefore(dash), RuleKey
	if project == "" && s.explain != nil {
		project, rule = s.otherProject(dash)
	}
	if project == "" && counts && s.explain != nil {
		project, rule = s.otherWord(dash)
	}
	switch {
	case project == "":
	case !counts:
		rule = RuleNumber
	case rule == RuleKey && s.lookalikes && s.lookalike(project, number, dash):
		rule = RuleLookalike
	}
	return project, number, rule
}

// reverted says whether the dash stands in a part of the text that is reverted.
func (s *scan) reverted(dash int) bool {
	if !s.message {
		return false
	}
	if !s.revertsRead {
		s.reverts, s.revertsRead = revertsIn(s.text), true
		s.steps += len(s.text)
	}
	for len(s.reverts) > 0 && s.reverts[0].end <= dash { // dashes come in their order: no later one is in it
		s.reverts = s.reverts[1:]
	}
	return slices.ContainsFunc(s.reverts[:min(len(s.reverts), maxSpansInLine)], func(part span) bool { return part.holds(dash) })
}

func (s *scan) nextDash(from int) int {
	i := strings.IndexByte(s.text[from:], '-')
	if i < 0 {
		s.steps += len(s.text) - from
		return -1
	}
	s.steps += i + 1
	return from + i
}

// at returns the byte at i.
func (s *scan) at(i int) byte {
	s.steps++
	return s.text[i]
}

// look returns at most so many bytes of the text from i on.
func (s *scan) look(i, most int) string {
	end := min(i+most, len(s.text))
	s.steps += end - i
	return s.text[i:end]
}

// letterBefore says whether a letter or digit of any script ends at i. A combining mark belongs to what it
// stands on: é is a letter in one piece and in two.
func (s *scan) letterBefore(i int) bool {
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s.text[:i])
		s.steps += size
		if !unicode.IsMark(r) {
			return isAlphanumeric(r)
		}
		i -= size
	}
	return false
}

// letterAt says whether a letter or digit of any script starts at i, or a mark that makes another one of the
// digit before it.
func (s *scan) letterAt(i int) bool {
	r, size := utf8.DecodeRuneInString(s.text[i:])
	s.steps += size
	return isAlphanumeric(r) || unicode.IsMark(r)
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// inProject says whether b may be part of a project key as Jira writes it.
func inProject(b byte) bool { return isUpper(b) || isDigit(b) || b == '_' }

// inWord says whether b may be part of a project key as people write it.
func inWord(b byte) bool { return inProject(b) || ('a' <= b && b <= 'z') }
