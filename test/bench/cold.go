// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// coldStart is what a reporter took to start on a cluster in which nothing changes, and some time after.
type coldStart struct {
	ready          time.Duration
	fresh, settled usage
	// heap is what it holds in its heap then, in bytes; zero where that is not measured.
	heap int64
}

// idleCPU is the CPU time that it takes in a second in which nothing happens.
func (c coldStart) idleCPU(settle time.Duration) report.Quantity {
	return report.Quantity{Value: report.Millis(c.settled.cpu-c.fresh.cpu).Value / settle.Seconds(), Unit: report.Milliseconds}
}

// measureCold starts both reporters on a cluster in which nothing changes, and looks at them when they are ready, and
// after a while. It also returns what Rollcall holds in its heap then.
func (w *world) measureCold(ctx context.Context, settle time.Duration, memory *report.Promise) ([]report.Row, int64, error) {
	before, err := w.audit.writes()
	if err != nil {
		return nil, 0, err
	}
	requests := w.rollcall.inbox.bulk
	var bare, rollcall coldStart
	for _, start := range []func() error{
		func() error { return bare.start(ctx, w.bare) },
		func() error { return rollcall.start(ctx, w.rollcall) },
		func() error { return pause(ctx, settle) },
		func() error { return bare.settle(w.bare) },
		func() error { return rollcall.settle(w.rollcall) },
		func() (err error) { rollcall.heap, err = w.rollcall.heap(ctx); return err },
		w.bare.stop, w.rollcall.stop,
	} {
		if err := start(); err != nil {
			return nil, 0, err
		}
	}
	after, err := w.audit.writes()
	if err != nil {
		return nil, 0, err
	}
	w.rollcall.inbox.update()
	written := after.since(before)
	say("Rollcall wrote %v", written)
	what := fmt.Sprintf("%d Deployments of %s", w.deployments, w.size)
	rows := coldRows(what, bare, rollcall, settle, memory)
	none := &report.Promise{Plus: report.Count(0)}
	return append(rows,
		report.Row{Measure: what + ", nothing changed: requests to Jira", Rollcall: report.Count(w.rollcall.inbox.bulk - requests), Promise: none},
		report.Row{Measure: what + ", nothing changed: writes to the API server", Rollcall: report.Count(written.total()), Promise: none},
	), rollcall.heap, nil
}

func (c *coldStart) start(ctx context.Context, r *reporter) (err error) {
	say("start %s", r.name)
	if c.ready, err = r.start(ctx); err == nil {
		c.fresh, err = r.process.usage()
	}
	return err
}

func (c *coldStart) settle(r *reporter) (err error) {
	c.settled, err = r.process.usage()
	return err
}

func coldRows(what string, bare, rollcall coldStart, settle time.Duration, memory *report.Promise) []report.Row {
	return []report.Row{
		{Measure: what + ": start until ready", Bare: report.Secs(bare.ready), Rollcall: report.Secs(rollcall.ready)},
		{Measure: what + ": CPU to start", Bare: report.Secs(bare.fresh.cpu), Rollcall: report.Secs(rollcall.fresh.cpu)},
		{Measure: what + ": memory, at its peak", Bare: report.Mega(bare.settled.peak), Rollcall: report.Mega(rollcall.settled.peak)},
		{Measure: what + ": memory, settled", Bare: report.Mega(bare.settled.resident), Rollcall: report.Mega(rollcall.settled.resident), Promise: memory},
		{Measure: what + ", nothing changed: CPU a second", Bare: bare.idleCPU(settle), Rollcall: rollcall.idleCPU(settle)},
	}
}
