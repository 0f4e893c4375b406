// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// What is promised of a burst of a thousand: the time from the last rollout to the last report, and the requests.
var (
	maxTail     = &report.Promise{Plus: report.Secs(time.Second)}
	maxRequests = &report.Promise{Plus: report.Count(50)}
)

// measureBurst lets many Deployments roll out at the same time, and measures how long the reports take, and what
// they cost.
func measureBurst(ctx context.Context, w *world, o options) (outcome, error) {
	var out outcome
	if err := w.start(ctx); err != nil {
		return out, err
	}
	for _, latency := range jiraLatencies {
		what := fmt.Sprintf("burst of %d, %s", o.burst, jiraIn(latency))
		f, err := w.newFleet(ctx, fmt.Sprintf("burst-%d", latency.Milliseconds()), o.burst, makeSmall)
		if err != nil {
			return out, err
		}
		all, spent, err := w.during(ctx, what, latency, f, func() error { return f.each(ctx, f.roll) })
		if err != nil {
			return out, err
		}
		out.rows = append(out.rows, w.spanRows(what, all, maxTail)...)
		out.rows = append(out.rows, w.latencyRows(what, all, nil)...)
		out.rows = append(out.rows, spent.requests(what, maxRequests))
		out.rows = append(out.rows, spent.rows(what, o.burst)...)
		out.panels = append(out.panels, report.Panel{Title: what, Series: []report.Series{
			{Name: "bare", Colour: "#8590a2", Points: all.points(w.bare)},
			{Name: "Rollcall", Colour: "#0c66e4", Points: all.points(w.rollcall)},
		}})
	}
	return out, nil
}

// spanRows tell how fast the cluster was, and how long after it the last report came, which a promise may be about.
func (w *world) spanRows(what string, all rollouts, tail *report.Promise) []report.Row {
	first, last := all.span()
	return []report.Row{
		{Measure: what + ": first rollout to last rollout", Bare: report.Secs(last.Sub(first)), Rollcall: report.Secs(last.Sub(first))},
		{Measure: what + ": last rollout to last report", Bare: report.Secs(all.lag(w.bare)), Rollcall: report.Secs(all.lag(w.rollcall)), Promise: tail},
	}
}
