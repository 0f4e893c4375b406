package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// maxBurstRequests is how many requests a burst of a thousand may take.
const maxBurstRequests = 50

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
		out.rows = append(out.rows, w.burstRows(what, all)...)
		out.rows = append(out.rows, spent.requests(what, &report.Promise{Plus: report.Count(maxBurstRequests)}))
		out.rows = append(out.rows, spent.rows(what, o.burst)...)
		out.panels = append(out.panels, report.Panel{Title: what, Series: []report.Series{
			{Name: "bare", Colour: "#8590a2", Points: all.points(w.bare)},
			{Name: "Rollcall", Colour: "#0c66e4", Points: all.points(w.rollcall)},
		}})
	}
	return out, nil
}

// burstRows tell how fast it was, and how fast the cluster.
func (w *world) burstRows(what string, all rollouts) []report.Row {
	first, last := all.span()
	return append([]report.Row{
		{Measure: what + ": first rollout to last rollout", Bare: report.Secs(last.Sub(first)), Rollcall: report.Secs(last.Sub(first))},
		{
			Measure: what + ": last rollout to last report", Promise: &report.Promise{Plus: report.Secs(time.Second)},
			Bare: report.Secs(all.lag(w.bare)), Rollcall: report.Secs(all.lag(w.rollcall)),
		},
	}, w.latencyRows(what, all, nil)...)
}
