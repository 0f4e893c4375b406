package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
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
		all, spent, err := w.during(ctx, what, latency, f, func() error { return f.rollSteadily(ctx) })
		if err != nil {
			return out, err
		}
		out.rows = append(out.rows, w.latencyRows(what, all, nil)...)
		out.rows = append(out.rows, spent.requests(what, nil))
		out.rows = append(out.rows, spent.rows(what, size)...)
	}
	return out, nil
}

// rollSteadily rolls all members out, at the steady rate.
func (f *fleet) rollSteadily(ctx context.Context) error {
	tick := time.NewTicker(time.Second / steadyRate)
	defer tick.Stop()
	group, ctx := errgroup.WithContext(ctx)
	for i := range f.members {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return group.Wait()
		}
		group.Go(func() error { return f.roll(ctx, i) })
	}
	return group.Wait()
}
