// SPDX-License-Identifier: Apache-2.0

package check

import (
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// Status is what was found of one thing.
type Status string

// The statuses.
const (
	// OK: it is as it should be.
	OK Status = "ok"
	// Failed: it is not.
	Failed Status = "failed"
	// Unseen: the user's rights do not show it.
	Unseen Status = "unseen"
)

// marks are the marks of the lines, and their colours.
var marks = map[Status]struct {
	text  string
	color command.Color
}{
	OK:     {"✔", command.Green},
	Failed: {"✗", command.Red},
	Unseen: {"!", command.Yellow},
}

// Finding is one line of the answer.
type Finding struct {
	// Check is what was looked at.
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Message says how it is.
	Message string `json:"message"`
	// Next is what to do, where something is.
	Next string `json:"next,omitempty"`
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, Status: OK, Message: fmt.Sprintf(format, args...)}
}

func failed(check, next, format string, args ...any) Finding {
	return Finding{Check: check, Status: Failed, Message: fmt.Sprintf(format, args...), Next: next}
}

// unread is what is found where something cannot be read: the user may not, or it went wrong.
func unread(check string, err error) Finding {
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		return Finding{Check: check, Status: Unseen, Message: "cannot be seen with your rights: " + err.Error()}
	}
	return failed(check, "", "cannot be read: %v", err)
}

// Answer is all that was found.
type Answer struct {
	// OK is false where a finding failed.
	OK       bool      `json:"ok"`
	Findings []Finding `json:"findings"`
}

func answer(findings []Finding) Answer {
	a := Answer{OK: true, Findings: findings}
	for _, f := range findings {
		a.OK = a.OK && f.Status != Failed
	}
	return a
}

// write writes a line for each finding, and below it what to do.
func (a Answer) write(out io.Writer) error {
	table := command.Table{Paint: command.PaintFor(out)}
	for _, f := range a.Findings {
		mark := marks[f.Status]
		table.Row(mark.text, f.Check, f.Message)
		table.Color(0, mark.color)
		if f.Next != "" {
			table.Row("", "", "-> "+f.Next)
		}
	}
	return table.Write(out)
}
