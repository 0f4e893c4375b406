// SPDX-License-Identifier: Apache-2.0

package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes of the plug-in, beside 0.
const (
	// ExitNo: the answer is no, or something is wrong.
	ExitNo = 1
	// ExitUsage: the command line is not understood.
	ExitUsage = 2
)

// exit is an error with the exit code that it ends in.
type exit struct {
	error
	code int
	// told says that the command has said already what is wrong.
	told bool
}

func (e exit) Unwrap() error { return e.error }

// Usage marks an error as one of the command line.
func Usage(err error) error { return exit{error: err, code: ExitUsage} }

// Coded gives an error an exit code of its own, for pipelines.
func Coded(code int, err error) error { return exit{error: err, code: code} }

// No ends a command whose answer was printed, and is no.
func No() error { return exit{error: errors.New("no"), code: ExitNo, told: true} }

// Code returns the exit code of a command's error, and whether the error is still to be printed.
func Code(err error) (code int, untold bool) {
	var e exit
	switch {
	case err == nil:
		return 0, false
	case errors.As(err, &e):
		return e.code, !e.told
	}
	return ExitNo, true
}

// NoArgs is for commands that take flags alone.
func NoArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return Usage(fmt.Errorf("%s takes no %q: see kubectl rollcall %s --help", cmd.Name(), args[0], cmd.Name()))
	}
	return nil
}
