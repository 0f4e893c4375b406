// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"regexp"
)

// What speaks of a revert in a message: to the quotation mark, the end of the line, of the sentence, of the word.
var (
	spokenSubject  = regexp.MustCompile(`\b(?:[Rr]evert|[Rr]eapply) ["“].*["”]`)
	spokenHeader   = regexp.MustCompile(`(?m)^revert(?:\([^)\n]*\))?!?: .*$`)
	spokenSentence = regexp.MustCompile(`(?m)\b[Tt]his reverts (?:commits?|merge request|pull request)\b[^\n]*?(?:,\s+reversing\s+changes\s+made\s+to\s+[0-9a-f]{40})?(?:\.\s|\.?$)`)
	spokenBranch   = regexp.MustCompile(`\brevert-[0-9]+-\S*`)
)

// Evidence returns the text that speaks for what the commit ships. Whoever looks for issue keys looks here.
//
//	a commit that is taken back      nothing
//	a revert of a commit in range    its message without what it says of that commit, which speaks for itself
//	a merge                          its message without reverts: those that it brings speak for themselves
//	anything else                    its message. A revert of something older is among these: its reader knows that what a
//	                                 revert quotes is not shipped, and that what the revert of a revert quotes is
func (c *Commit) Evidence() string {
	switch {
	case c.RevertedBy != "":
		return ""
	case len(c.Reverts) == 0 && len(c.Parents) < 2, !speaksOfReverts(c):
		return c.Message
	}
	text := c.Message
	for _, spoken := range []*regexp.Regexp{spokenSubject, spokenHeader, spokenSentence, spokenBranch} {
		text = spoken.ReplaceAllString(text, "")
	}
	return text
}
