// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// rollouts are some that finished and were reported by both.
type rollouts struct {
	keys     []jira.DeploymentKey
	finished times
}

// finish waits until rollouts are finished and reported by both.
func (w *world) finish(ctx context.Context, what string, keys []jira.DeploymentKey) (rollouts, error) {
	ended, err := w.awaitReports(ctx, what, keys, w.reporters()...)
	return rollouts{keys, ended}, err
}

// during lets a fleet roll out while Jira takes so long over each request. It returns when all is reported and
// written down, with what it cost.
func (w *world) during(ctx context.Context, what string, latency time.Duration, f *fleet, roll func() error) (rollouts, bill, error) {
	w.slow(latency)
	defer w.slow(0)
	before, err := w.bill()
	if err != nil {
		return rollouts{}, bill{}, err
	}
	if err := roll(); err != nil {
		return rollouts{}, bill{}, err
	}
	all, err := w.finish(ctx, what, f.keys())
	if err != nil {
		return rollouts{}, bill{}, err
	}
	if err := pause(ctx, quiet); err != nil {
		return rollouts{}, bill{}, err
	}
	after, err := w.bill()
	spent := after.since(before)
	say("%s: Rollcall wrote %v", what, spent.writes)
	return all, spent, err
}

// span returns when the first and the last of them finished.
func (r rollouts) span() (first, last time.Time) {
	for _, at := range r.finished {
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	return first, last
}

// latencies are the times from a rollout's end to its report.
func (r rollouts) latencies(by *reporter) []time.Duration {
	latencies := make([]time.Duration, len(r.keys))
	for i, key := range r.keys {
		latencies[i] = by.inbox.has[key].Sub(r.finished[key])
	}
	return latencies
}

// latencyRows are the median, which a promise may be about, and what one in a hundred exceeds.
func (w *world) latencyRows(what string, r rollouts, promise *report.Promise) []report.Row {
	return []report.Row{w.latencyRow(what, r, "p50", 0.5, promise), w.latencyRow(what, r, "p99", 0.99, nil)}
}

func (w *world) latencyRow(what string, r rollouts, name string, q float64, promise *report.Promise) report.Row {
	return report.Row{
		Measure: what + ": rollout to Jira, " + name, Promise: promise,
		Bare: report.Millis(report.Quantile(r.latencies(w.bare), q)), Rollcall: report.Millis(report.Quantile(r.latencies(w.rollcall), q)),
	}
}

// lag is the time from the end of the last rollout to the last report.
func (r rollouts) lag(by *reporter) time.Duration {
	_, last := r.span()
	lag := time.Duration(0)
	for _, key := range r.keys {
		lag = max(lag, by.inbox.has[key].Sub(last))
	}
	return lag
}

// points are the latencies over the time since the first rollout finished.
func (r rollouts) points(by *reporter) []report.Point {
	first, _ := r.span()
	points := make([]report.Point, len(r.keys))
	for i, latency := range r.latencies(by) {
		points[i] = report.Point{X: r.finished[r.keys[i]].Sub(first).Seconds(), Y: float64(latency) / float64(time.Millisecond)}
	}
	return points
}
