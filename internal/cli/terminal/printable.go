// SPDX-License-Identifier: Apache-2.0

// Package terminal makes texts of others fit for a terminal.
package terminal

import (
	"strings"
	"unicode"
)

// Printable returns a text on one line, without characters that a terminal obeys or that turn the text around: what a
// tenant wrote must not move somebody's cursor.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
