// SPDX-License-Identifier: Apache-2.0

package issuekey

import (
	"regexp"
	"strings"
)

// The texts that say of something that it is reverted. Each pattern ends where the reverted text begins.
//
//	Revert "SHOP-12: mend the login"          git, GitHub, GitLab, Gerrit: to the last quotation mark of the line
//	This reverts commit 4f1c2d3 (SHOP-12).    git's second paragraph, or a merge request: to the end of the sentence
//	revert(login): SHOP-12 mend it            Conventional Commits: to the end of the line
//	revert-77-feature/SHOP-12                 the branch that GitHub makes for a revert: to the end of the word
var (
	revertQuoted   = regexp.MustCompile(`\b[Rr]evert \\?["“']`)
	revertSentence = regexp.MustCompile(`\b[Tt]his reverts (?:commit|merge request|pull request)\b`)
	revertPrefix   = regexp.MustCompile(`(?m)^revert(?:\([^)\n]*\))?!?: `)
	revertBranch   = regexp.MustCompile(`\brevert-[0-9]+-`)

	sentenceEnd = regexp.MustCompile(`\.(?:\s|$)`)
	wordEnd     = regexp.MustCompile(`\s`)
)

// maxSpansInLine is how many parts of a line can be reverted: one by each pattern.
const maxSpansInLine = 4

// span is a part of a text.
type span struct{ start, end int }

func (s span) holds(i int) bool { return s.start <= i && i < s.end }

// Reverted returns what a text says is reverted: the subject of the commit in quotation marks, else what else stands for
// it; empty where it reverts nothing.
func Reverted(text string) string {
	spans := revertsIn(text)
	if len(spans) == 0 {
		return ""
	}
	return strings.Trim(text[spans[0].start:spans[0].end], " .\r")
}

// revertsIn returns the parts of a text that are reverted. A line is read for itself.
func revertsIn(text string) []span {
	if !strings.Contains(text, "evert") {
		return nil
	}
	var spans []span
	for start := 0; start < len(text); {
		end := start + lineLength(text[start:])
		for _, s := range revertsInLine(text[start:end]) {
			spans = append(spans, span{start + s.start, start + s.end})
		}
		start = end + 1
	}
	return spans
}

func lineLength(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

func revertsInLine(line string) []span {
	var spans []span
	if s, ok := nested(line, revertQuoted); ok {
		if end := strings.LastIndexAny(line[s.start:], `"”'`); end >= 0 {
			s.end = s.start + end
		}
		spans = append(spans, s)
	}
	for _, rest := range []struct{ begin, end *regexp.Regexp }{{revertSentence, sentenceEnd}, {revertPrefix, nil}, {revertBranch, wordEnd}} {
		s, ok := nested(line, rest.begin)
		if !ok {
			continue
		}
		if rest.end != nil {
			if end := rest.end.FindStringIndex(line[s.start:]); end != nil {
				s.end = s.start + end[0]
			}
		}
		spans = append(spans, s)
	}
	return spans
}

// nested returns the part of a line behind a pattern. The revert of a revert brings back what was there: Revert "Revert
// "SHOP-12"" ships SHOP-12.
func nested(line string, begin *regexp.Regexp) (span, bool) {
	first := begin.FindStringIndex(line)
	if first == nil {
		return span{}, false
	}
	depth, start := 1, first[1]
	for {
		next := begin.FindStringIndex(line[start:])
		if len(next) == 0 || next[0] != 0 {
			return span{first[1], len(line)}, depth%2 == 1
		}
		depth, start = depth+1, start+next[1]
	}
}
