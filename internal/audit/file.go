// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"os"
	"slices"
)

// Stdout is the name of the standard output.
const Stdout = "-"

// stdouts are its names. It is not opened by a name: in a container that is often not allowed.
var stdouts = []string{Stdout, "/dev/stdout"}

// file is the one that lines are appended to. It is opened when the first line is written.
type file struct {
	path string
	open *os.File
	// stdout is the standard output.
	stdout *os.File
	// torn says that the last line in the file is half a line.
	torn bool
}

// write appends lines, and returns how many bytes of whole lines were written. A file that was renamed or removed is made
// anew, so that a program like logrotate can take it away at any time.
func (f *file) write(lines []byte) (written int, err error) {
	if err := f.ensure(); err != nil || len(lines) == 0 {
		return 0, err
	}
	if f.torn {
		if _, err := f.open.WriteString("\n"); err != nil {
			return 0, err
		}
		f.torn = false
	}
	written, err = f.open.Write(lines)
	if err != nil {
		whole := bytes.LastIndexByte(lines[:written], '\n') + 1
		f.torn = whole < written
		return whole, err
	}
	return written, nil
}

// ensure opens the file, unless the one that is open is the one that has the name.
func (f *file) ensure() error {
	if slices.Contains(stdouts, f.path) {
		f.open = f.stdout
		return nil
	}
	if f.open != nil {
		named, err := os.Stat(f.path)
		if have, errHave := f.open.Stat(); err == nil && errHave == nil && os.SameFile(named, have) {
			return nil
		}
		_ = f.open.Close() // what was written is in it, or was an error
	}
	f.torn = false
	var err error
	f.open, err = os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return err
}
