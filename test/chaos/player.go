// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// patience is how long the cluster may take for one step, a restart of the API server included.
const patience = 90 * time.Second

// player does what the plan says: the steps of one workload one after the other, those of different ones side by side.
type player struct {
	kube     client.Client
	observer *observer
	blow     func(context.Context, Disturbance) error
	// handedOut is how many items were begun, finished how many steps have come to their end, givenUp how many workloads
	// the cluster did nothing with any more, and unnumbered how many of these have a release without a number.
	handedOut, finished, givenUp, unnumbered atomic.Int64
}

// play hands the items out, one an interval. A workload that is behind gets its steps later. It returns once all are
// done, or with the first error.
func (p *player) play(ctx context.Context, plan Plan, interval time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	do := func(act func() error) {
		group.Go(func() {
			if err := act(); err != nil {
				cancel(err)
			}
		})
	}
	blows := make(chan Disturbance, len(plan.Items))
	do(func() error { return p.strike(ctx, blows) })
	queues := make([]chan Step, len(plan.Workloads))
	for i, w := range plan.Workloads {
		queues[i] = make(chan Step, len(plan.Items))
		do(func() error { return p.follow(ctx, w, queues[i]) })
	}
	next := time.Now()
	for _, item := range plan.Items {
		if ctx.Err() != nil {
			break
		}
		if item.Step != nil {
			queues[item.Step.Workload] <- *item.Step
		} else {
			blows <- *item.Disturbance
		}
		p.handedOut.Add(1)
		next = next.Add(interval)
		time.Sleep(time.Until(next))
	}
	close(blows)
	for _, queue := range queues {
		close(queue)
	}
	group.Wait()
	return context.Cause(ctx)
}

// strike carries disturbances out, one after the other.
func (p *player) strike(ctx context.Context, blows <-chan Disturbance) error {
	for d := range blows {
		if ctx.Err() != nil {
			return nil
		}
		if err := p.blow(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", d.Blow, err)
		}
	}
	return nil
}

// follow takes the steps of one workload. Where the cluster itself is stuck, the workload stays as it is: what is true
// of it is known all the same, unless the cluster gave its last release no number.
func (p *player) follow(ctx context.Context, w Workload, steps <-chan Step) error {
	for step := range steps {
		if ctx.Err() != nil {
			return nil
		}
		within, cancel := context.WithTimeout(ctx, patience)
		err := p.take(within, w, step)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			p.giveUp(step, err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s, step %d (%s): %w", w, step.Number, step.Action, err)
		}
		p.finished.Add(1)
	}
	return nil
}

func (p *player) giveUp(step Step, err error) {
	p.givenUp.Add(1)
	if errors.Is(err, errUnnumbered) {
		p.unnumbered.Add(1)
		p.observer.unnumber(step)
		return
	}
	p.observer.stay(step.Workload)
}
