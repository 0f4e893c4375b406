// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// steadyRate is how many rollouts begin in a second, and steadyFor how long.
	steadyRate = 20
	steadyFor  = 30 * time.Second
)

// measureSteady lets one Deployment after the other roll out at a steady pace.
func measureSteady(ctx context.Context, w *world, _ options) (outcome, error) {
	var out outcome
	if err := w.start(ctx); err != nil {
		return out, err
	}
	for _, latency := range jiraLatencies {
		what := fmt.Sprintf("%d rollouts a second, %s", steadyRate, jiraIn(latency))
		size := steadyRate * int(steadyFor/time.Second)
		f, err := w.newFleet(ctx, fmt.Sprintf("steady-%d", latency.Milliseconds()), size, makeSmall)
		if err != nil {
			return out, err
		}
		all, spent, err := w.during(ctx, what, latency, f, func() error { return f.eachAtRate(ctx, steadyRate, f.roll) })
		if err != nil {
			return out, err
		}
		out.rows = append(out.rows, w.latencyRows(what, all, nil)...)
		out.rows = append(out.rows, spent.requests(what, nil))
		out.rows = append(out.rows, spent.rows(what, size)...)
	}
	return out, nil
}
