// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// step is one thing that has to work.
type step struct {
	what string
	do   func(context.Context) error
}

// try plays all steps, in a world that it starts and stops. It runs inside the namespaces.
func (s settings) try(ctx context.Context, scratch string) error {
	started := time.Now()
	w := &world{settings: s, scratch: scratch}
	err := play(ctx, []step{
		{"A control plane and a node start, and a local Jira", w.start},
		{"helm install: two managers are ready where the profile restricted is enforced", w.install},
		{"The site is Ready: a pod reaches Jira by https, with a private authority", w.awaitSite},
		{"helm test: the chart's own test passes", w.testRelease},
		{"A Deployment of real pods rolls out, and Jira is told", w.rollOut},
		{"The leader's pod is deleted in mid-rollout, and nothing is lost", w.loseLeader},
		{"helm upgrade: another version takes over, keeps the records, and sends nothing twice", w.upgrade},
		{"helm uninstall: namespaces and CRDs go, and nothing holds them", w.uninstall},
	})
	if err != nil && ctx.Err() == nil {
		w.diagnose(ctx, os.Stdout)
	}
	err = errors.Join(err, w.stop())
	if err == nil {
		fmt.Printf("All is well, after %s.\n", time.Since(started).Round(time.Second))
	}
	return err
}

// play does one step after the other, and says how each went. After the first that fails there is no other.
func play(ctx context.Context, steps []step) error {
	for i, step := range steps {
		fmt.Printf("--> %d of %d: %s\n", i+1, len(steps), step.what)
		started := time.Now()
		err := step.do(ctx)
		verdict := "ok"
		if err != nil {
			verdict = "FAILED"
		}
		fmt.Printf("    %s, %.1f s\n", verdict, time.Since(started).Seconds())
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// How often something is looked at, and for how long.
const (
	polling  = 100 * time.Millisecond
	patience = 2 * time.Minute
)

// eventually calls f until it succeeds. When the time is over, its last error tells why.
func eventually(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not within %s", patience))
	defer cancel()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-time.After(polling):
		}
	}
}
