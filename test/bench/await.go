// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	// pollEvery is how often it is looked whether something happened. No measure depends on it: what is measured
	// has a time stamp of its own. The start of a reporter is measured to this much.
	pollEvery = 50 * time.Millisecond
	// newsEvery is how often a person is told how far it is.
	newsEvery = 5 * time.Second
	// stallPatience is how long nothing may happen before a measure is given up.
	stallPatience = 90 * time.Second
	// quiet is how long reporters are given to finish what follows a report: writing the answer down.
	quiet = 2 * time.Second
)

// say tells a person how far it is.
func say(format string, args ...any) {
	fmt.Printf("    "+format+"\n", args...)
}

func poll(ctx context.Context, what string, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return fmt.Errorf("wait until %s: %w", what, err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// awaitReports waits until all rollouts are finished, and these reporters have reported them. It returns when the
// rollouts finished.
func (w *world) awaitReports(ctx context.Context, what string, keys []jira.DeploymentKey, reporters ...*reporter) (times, error) {
	var ended times
	told, moved, last := time.Now(), time.Now(), -1
	err := poll(ctx, what+" are reported", func() (bool, error) {
		var err error
		if ended, err = w.observer.at(finished, keys); err != nil {
			return false, err
		}
		sum, all := len(ended), len(ended) == len(keys)
		news := fmt.Sprintf("%s: of %d, %d finished", what, len(keys), len(ended))
		for _, r := range reporters {
			if err := r.process.ended(); err != nil {
				return false, err
			}
			r.inbox.update()
			n := r.inbox.count(keys)
			sum, all = sum+n, all && n == len(keys)
			news += fmt.Sprintf(", %d reported by %s", n, r.name)
		}
		if sum != last {
			moved, last = time.Now(), sum
		}
		if time.Since(told) > newsEvery {
			told = time.Now()
			say("%s", news)
		}
		if time.Since(moved) > stallPatience {
			return false, fmt.Errorf("%s; nothing happened for %s", news, stallPatience)
		}
		return all, nil
	})
	return ended, err
}
