// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// run is one run of the program.
type run struct {
	options  options
	plan     Plan
	world    *world
	observer *observer
	player   *player
	builder  *builder
	blows    tally
	started  time.Time
	lasted   time.Duration // from the first step to rest
	resting  atomic.Pointer[unrest]
	left     unrest // what did not come to rest
}

// do makes trouble, lets everything come to rest, compares, and prints what came of it.
func (r *run) do(ctx context.Context) error {
	if err := r.live(ctx); err != nil && ctx.Err() != nil {
		return err
	} else if err != nil {
		return errors.Join(err, r.keep(ctx), fmt.Errorf("logs are in %s", r.options.dir))
	}
	// Both at one time: what rolls out still may fail, for one, while the facts are kept.
	lives, shown, builds := r.observer.lives(time.Now()), r.world.jira.Deployments(), r.world.jira.Builds()
	if err := r.keep(ctx); err != nil {
		return err
	}
	fmt.Println("--> compare what Jira shows with what is true")
	verdict := r.compare(lives, shown)
	verdict.checkBuilds(r.builder.builds, builds, r.world.fleet.noticed)
	verdict.setAside(r.plan, r.left)
	leaked, err := leaks(r.options.dir, r.world.secret)
	if err != nil {
		return err
	}
	report := r.report(verdict, leaked)
	report.write(os.Stdout)
	if len(verdict.Findings) > 0 || len(leaked) > 0 {
		r.explain(ctx, os.Stdout, verdict)
		return errWrong
	}
	if verdict.tooMany(len(r.plan.Workloads)) {
		return errSetAside
	}
	return nil
}

// live takes all steps, stops the trouble, and waits until everything is at rest, or will not come to rest.
func (r *run) live(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel(nil)
	r.observer = newObserver(r.plan)
	if err := r.observer.start(ctx, r.world.cluster.Config(), r.world.scheme); err != nil {
		return err
	}
	for _, watch := range []func() error{
		func() error { return r.world.fleet.watch(ctx) },
		func() error { return r.world.fleet.watchQueues(ctx) },
		func() error { return r.world.mendScheduler(ctx, &r.blows) },
	} {
		group.Go(func() {
			if err := watch(); err != nil {
				cancel(err)
			}
		})
	}
	r.player = &player{kube: r.world.kube, observer: r.observer, blow: func(ctx context.Context, d Disturbance) error {
		return r.world.strike(ctx, d, &r.blows)
	}}
	group.Go(func() { r.tellProgress(ctx) })
	fmt.Printf("--> roll out for %g minutes, with trouble\n", r.options.minutes)
	r.world.jira.Script(r.world.mischief.strike)
	begun := time.Now()
	r.builder = &builder{kube: r.world.kube, random: rand.New(rand.NewPCG(uint64(r.options.seed), 1))}
	built, enough := make(chan error, 1), make(chan struct{})
	group.Go(func() { built <- r.builder.play(ctx, enough) })
	interval := time.Duration(r.options.minutes * float64(time.Minute) / float64(len(r.plan.Items)))
	if err := r.player.play(ctx, r.plan, interval); err != nil {
		return err
	}
	close(enough)
	if err := <-built; err != nil {
		return err
	}
	r.world.jira.ClearFaults()
	fmt.Println("--> no more trouble: wait until everything is at rest")
	left, err := awaitRest(ctx, restPatience, 10*polling, r.unrest)
	if err != nil {
		return err
	}
	r.left = left
	r.observer.setAside(left.Unsettled)
	r.lasted = time.Since(begun)
	return nil
}

// compare compares what Jira shows with what is true.
func (r *run) compare(lives [][]oracle.Life, all []jiratest.StoredDeployment) Verdict {
	var verdict Verdict
	shown := byPipeline(all)
	for i, w := range r.plan.Workloads {
		verdict.check(w, lives[i], shown[pipelineOf(w)], r.world.fleet.noticed)
		delete(shown, pipelineOf(w))
	}
	for pipeline, deployments := range shown { // of workloads that there are none of
		verdict.check(Workload{Name: pipeline}, nil, deployments, nil)
	}
	for _, d := range all {
		var states []string
		for _, update := range r.world.jira.Updates(d.Key()) {
			states = append(states, update.State)
		}
		for _, wrong := range oracle.Backwards(states) {
			w := Workload{Name: d.Pipeline.ID}
			what := fmt.Sprintf("#%d went backwards: %s", d.DeploymentSequenceNumber%perSecond, wrong)
			verdict.Findings = append(verdict.Findings, Finding{Workload: w, What: what})
		}
	}
	return verdict
}

// tellProgress prints where the run is, until the context ends.
func (r *run) tellProgress(ctx context.Context) {
	for ticker := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		requests, troubled := r.requests()
		line := fmt.Sprintf("%5s  %d of %d steps begun, %d done; managers started %d; Jira: %d requests, %d in trouble",
			time.Since(r.started).Round(time.Second), r.player.handedOut.Load(), len(r.plan.Items), r.player.finished.Load(),
			r.world.fleet.launched(), requests, troubled)
		if now := r.resting.Load(); now != nil {
			line = fmt.Sprintf("%5s  %s", time.Since(r.started).Round(time.Second), now)
		}
		fmt.Println(line)
	}
}

// requests returns how many requests the trouble was for, and how many of them met some.
func (r *run) requests() (all, troubled int) {
	for name, n := range r.world.mischief.troubles.snapshot() {
		all += n
		if name != untroubled {
			troubled += n
		}
	}
	return all, troubled
}
