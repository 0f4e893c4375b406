// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

const (
	// idleRollouts is how many rollouts an idle cluster is measured by, one at a time.
	idleRollouts = 50
	// idlePause is the time between two of them.
	idlePause = 200 * time.Millisecond
)

// jiraLatencies are how long Jira takes over a request: not at all, and about as long as Atlassian's does.
var jiraLatencies = []time.Duration{0, 200 * time.Millisecond}

// measureIdle measures how long a rollout takes to get to Jira when nothing else happens.
func measureIdle(ctx context.Context, w *world, _ options) (outcome, error) {
	var out outcome
	if err := w.start(ctx); err != nil {
		return out, err
	}
	for _, latency := range jiraLatencies {
		what := "idle, " + jiraIn(latency)
		f, err := w.newFleet(ctx, fmt.Sprintf("idle-%d", latency.Milliseconds()), idleRollouts, makeSmall)
		if err != nil {
			return out, err
		}
		all, _, err := w.during(ctx, what, latency, f, func() error { return f.rollOneByOne(ctx) })
		if err != nil {
			return out, err
		}
		out.rows = append(out.rows, w.latencyRows(what, all, &report.Promise{OfBare: 1, Plus: report.Millis(15 * time.Millisecond)})...)
	}
	return out, nil
}

// rollOneByOne rolls one member out after the report of the one before.
func (f *fleet) rollOneByOne(ctx context.Context) error {
	for i := range f.members {
		if err := f.roll(ctx, i); err != nil {
			return err
		}
		if _, err := f.w.finish(ctx, "one by one", f.keys()[:i+1]); err != nil {
			return err
		}
		if err := pause(ctx, idlePause); err != nil {
			return err
		}
	}
	return nil
}

// jiraIn names a latency of Jira's.
func jiraIn(latency time.Duration) string {
	return fmt.Sprintf("Jira in %d ms", latency.Milliseconds())
}
