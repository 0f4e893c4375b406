// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// options are the program's flags.
type options struct {
	seed      int64
	workloads int
	minutes   float64
	rate      float64
	replicas  int
	dir       string
}

// errWrong says that Jira is wrong, or that the secret leaked: what is wrong has been printed.
var errWrong = errors.New("what Jira shows is not true, or the client secret leaked")

// errSetAside says that the cluster left too much unsettled for a verdict.
var errSetAside = errors.New("the cluster did not settle more than a fifth of the workloads: run it again on a machine that has less to do")

func main() {
	var o options
	flag.Int64Var(&o.seed, "seed", 0, "what the plan and the failures are drawn from; 0 for the time")
	flag.IntVar(&o.workloads, "workloads", 200, "how many workloads there are")
	flag.Float64Var(&o.minutes, "minutes", 2, "how long the trouble lasts")
	flag.Float64Var(&o.rate, "rate", 6, "how many changes a second are made")
	flag.IntVar(&o.replicas, "replicas", 2, "how many managers run; one alone elects no leader")
	flag.StringVar(&o.dir, "output", filepath.Join("_output", "chaos"), "the folder for logs")
	flag.Parse()
	if o.seed == 0 {
		o.seed = time.Now().UnixNano() % 1_000_000
	}
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard()) // the harness's own watches break off with the API server, and that is no news
	if err := start(o); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// plan returns the plan of the options. The seed and all of these make it the same again.
func (o options) plan() Plan {
	// After a restart every watch is tried again after waits that double, up to a minute; they start anew only when two
	// minutes went well.
	const secondsARestart = 180
	secondsAKill := 10.0
	if o.replicas > 1 {
		secondsAKill = 25 // for 15 s of them nobody leads: that is how long the lease of a dead leader lives
	}
	seconds := o.minutes * 60
	return NewPlan(PlanOptions{
		Seed:      o.seed,
		Workloads: o.workloads,
		Actions:   max(2*o.workloads, int(seconds*o.rate)),
		Kills:     max(1, int(seconds/secondsAKill)),
		Restarts:  max(1, int(seconds/secondsARestart)),
	})
}

// command is how to do the same again.
func (o options) command() string {
	return fmt.Sprintf(`make chaos CHAOS_SEED=%d CHAOS_MINUTES=%g CHAOS_ARGS="-workloads %d -rate %g -replicas %d"`, o.seed, o.minutes, o.workloads, o.rate, o.replicas)
}

func start(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.workloads < 1 || o.minutes <= 0 || o.rate <= 0 || o.replicas < 1 {
		return errors.New("-workloads, -minutes, -rate and -replicas must be greater than 0")
	}
	fmt.Printf("Seed %d. To do the same again:\n    %s\n", o.seed, o.command())
	if err := errors.Join(os.RemoveAll(o.dir), os.MkdirAll(o.dir, 0o755)); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	w, err := startWorld(ctx, o.dir, o.seed, o.replicas)
	if err != nil {
		return err
	}
	r := &run{options: o, plan: o.plan(), world: w, started: time.Now()}
	return errors.Join(r.do(ctx), w.stop())
}
