// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"regexp"
	"strings"
)

// hidden are characters that people do not see, or that show the text around them in another order: controls, marks of
// direction, spaces without a width, tags. Those that join letters and emoji are left: languages are written with them.
var hidden = regexp.MustCompile(`[\p{Cc}\x{061C}\x{180E}\x{200B}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}\x{E0000}-\x{E007F}]`)

// visible returns a text for people as they see it: in Jira nobody shall read another one than the record holds.
func visible(text string) string {
	return strings.TrimSpace(hidden.ReplaceAllStringFunc(text, func(c string) string {
		if c == "\n" || c == "\r" || c == "\t" {
			return " "
		}
		return ""
	}))
}
