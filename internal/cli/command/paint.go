// SPDX-License-Identifier: Apache-2.0

package command

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// Color is a colour of the terminal; zero for its own.
type Color int

// The colours, by their codes of ANSI.
const (
	Bold   Color = 1
	Faint  Color = 2
	Red    Color = 31
	Green  Color = 32
	Yellow Color = 33
	Blue   Color = 34
)

// Paint says whether texts are coloured.
type Paint bool

// PaintFor returns whether a stream is a terminal that is not asked to do without colours (https://no-color.org).
func PaintFor(out io.Writer) Paint {
	file, ok := out.(*os.File)
	return Paint(ok && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb")
}

// Text returns a text in a colour.
func (p Paint) Text(color Color, text string) string {
	if !bool(p) || color == 0 || text == "" {
		return text
	}
	return "\x1b[" + strconv.Itoa(int(color)) + "m" + text + "\x1b[0m"
}
