// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxPageText is how much of a page's text is read, in bytes: more than is ever shown.
const maxPageText = 2 * maxMessageLen

// silent are the elements whose content nobody sees.
var silent = []string{"script", "style", "title"}

// pageText returns the title of an HTML page, or, where it has none, the beginning of its text.
func pageText(body []byte) []string {
	var text []string
	inside, length := "", 0
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for length < maxPageText {
		switch tokens.Next() {
		case html.ErrorToken: // the end, as a rule
			return text
		case html.StartTagToken:
			name, _ := tokens.TagName()
			if slices.Contains(silent, string(name)) {
				inside = string(name)
			}
		case html.EndTagToken:
			inside = ""
		case html.TextToken:
			found := strings.TrimSpace(string(tokens.Text()))
			switch {
			case found == "" || inside == "script" || inside == "style":
			case inside == "title":
				return []string{found}
			default:
				text, length = append(text, found), length+len(found)
			}
		}
	}
	return text
}
