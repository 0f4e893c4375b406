// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// bill is what both reporters cost so far.
type bill struct {
	bare, rollcall cost
	// writes are Rollcall's to the API server; the bare reporter has none.
	writes tally
}

// cost is what one reporter took.
type cost struct {
	cpu      time.Duration
	requests int // to Jira, with deployments in them
	lone     int // those of them with one
}

func (c cost) since(earlier cost) cost {
	return cost{c.cpu - earlier.cpu, c.requests - earlier.requests, c.lone - earlier.lone}
}

// since returns what was spent after an earlier bill.
func (b bill) since(earlier bill) bill {
	return bill{b.bare.since(earlier.bare), b.rollcall.since(earlier.rollcall), b.writes.since(earlier.writes)}
}

// bill adds up what both reporters cost so far.
func (w *world) bill() (bill, error) {
	var b bill
	for r, c := range map[*reporter]*cost{w.bare: &b.bare, w.rollcall: &b.rollcall} {
		used, err := r.process.usage()
		if err != nil {
			return b, err
		}
		r.inbox.update()
		*c = cost{used.cpu, r.inbox.bulk, r.inbox.lone}
	}
	var err error
	b.writes, err = w.audit.writes()
	return b, err
}

// rows split the bill among rollouts.
func (b bill) rows(what string, rollouts int) []report.Row {
	return []report.Row{
		{
			Measure: what + ": CPU a rollout", Promise: &report.Promise{OfBare: 2.5},
			Bare: report.Millis(b.bare.cpu).Share(rollouts), Rollcall: report.Millis(b.rollcall.cpu).Share(rollouts),
		},
		{
			Measure: what + ": writes to the API server a rollout", Promise: &report.Promise{Plus: report.Count(4)},
			Bare: report.Count(0), Rollcall: report.Count(b.writes.total()).Share(rollouts),
		},
	}
}

// details tell the ratio of the CPU times, how many requests carried one record, and what was written.
func (b bill) details(what string, rollouts int) []report.Row {
	rows := []report.Row{{Measure: what + ": requests to Jira with one record", Bare: report.Count(b.bare.lone), Rollcall: report.Count(b.rollcall.lone)}}
	if b.bare.cpu > 0 {
		rows = append(rows, report.Row{Measure: what + ": CPU, over bare", Bare: report.Count(1), Rollcall: report.Count(float64(b.rollcall.cpu) / float64(b.bare.cpu))})
	}
	for _, write := range slices.Sorted(maps.Keys(b.writes)) {
		rows = append(rows, report.Row{Measure: what + ": " + write + ", a rollout", Bare: report.Count(0), Rollcall: report.Count(b.writes[write]).Share(rollouts)})
	}
	return rows
}

// requests tells how many requests to Jira there were.
func (b bill) requests(what string, promise *report.Promise) report.Row {
	return report.Row{
		Measure: what + ": requests to Jira", Promise: promise,
		Bare: report.Count(b.bare.requests), Rollcall: report.Count(b.rollcall.requests),
	}
}
