// SPDX-License-Identifier: Apache-2.0

// Command bench measures what Rollcall promises, on a real control plane and a local Jira, beside a reporter that does
// the least that can be done (see bare). Both watch the same rollouts in the same run, so that their ratio says
// more than a machine's figures.
//
//	harness --creates, patches--> Deployments --watch--> bare     --> its Jira --+
//	   ^                              |       +-watch--> Rollcall --> its Jira --+
//	   |                              | watch: when did it finish?               |
//	   +------------------------------+------------ when did Jira have it? ------+
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// output is where the benchmarks leave what they wrote, and docs is where the page and its picture are.
var (
	output = filepath.Join("_output", "bench")
	docs   = "docs"
)

// options are the flags.
type options struct {
	only        []string
	deployments int
	burst       int
	settle      time.Duration
	docs        string
	pprof       string
}

// outcome is what a measure found.
type outcome struct {
	rows   []report.Row
	stages []report.Stage
	panels []report.Panel
	// kubernetes is the version of the control plane.
	kubernetes string
}

// add adds what another measure found.
func (o *outcome) add(found outcome) {
	o.rows, o.stages, o.panels = append(o.rows, found.rows...), append(o.stages, found.stages...), append(o.panels, found.panels...)
	o.kubernetes = found.kubernetes
}

// print prints the tables.
func (o *outcome) print() error {
	fmt.Println()
	err := report.Measures(o.rows).Print(os.Stdout)
	if len(o.stages) > 0 {
		fmt.Println()
		err = errors.Join(err, report.Stages(o.stages).Print(os.Stdout))
	}
	return err
}

// measures are in the order in which they run, each in a cluster of its own.
var measures = []struct {
	name string
	run  func(context.Context, *world, options) (outcome, error)
}{
	{"idle", measureIdle},
	{"burst", measureBurst},
	{"fresh", measureFresh},
	{"steady", measureSteady},
	{"commits", measureCommits},
	{"builds", measureBuilds},
	{"scale", measureScale},
}

func main() {
	var o options
	only := flag.String("only", "", "the measures to take, comma-separated: idle, burst, fresh, steady, commits, builds, scale; all where it is empty")
	flag.IntVar(&o.deployments, "deployments", 10_000, "how many Deployments of real size the larger cluster has")
	flag.IntVar(&o.burst, "burst", 1000, "how many Deployments roll out in a burst: changed ones, and new ones")
	flag.DurationVar(&o.settle, "settle", 5*time.Minute, "how long the reporters run before their memory is measured: Go collects every two minutes, and gives back what two collections found free")
	flag.StringVar(&o.docs, "docs", docs, "where to write benchmarks.md and its picture, once all measures are taken")
	flag.StringVar(&o.pprof, "pprof", "", "an address where the manager serves profiles, for whoever wants to know where the time goes")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	ctrl.SetLogger(logr.Discard())
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if err := o.validate(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	built, err := build(ctx)
	if err != nil {
		return err
	}
	var all outcome
	for _, m := range measures {
		if len(o.only) > 0 && !slices.Contains(o.only, m.name) {
			continue
		}
		fmt.Printf("--> %s\n", m.name)
		found, err := measure(ctx, filepath.Join(output, m.name), built, o, m.run)
		if err != nil {
			return fmt.Errorf("measure %s: %w", m.name, err)
		}
		all.add(found)
	}
	if err := all.print(); err != nil {
		return err
	}
	fmt.Printf("\nIt took %s.\n", time.Since(started).Round(time.Second))
	if len(o.only) > 0 {
		return nil
	}
	return write(o, all)
}

// measure takes a measure in a cluster of its own.
func measure(ctx context.Context, dir string, built binaries, o options, run func(context.Context, *world, options) (outcome, error)) (outcome, error) {
	w, err := startWorld(ctx, dir, built, o.pprof)
	if err != nil {
		return outcome{}, err
	}
	found, err := run(ctx, w, o)
	if err == nil {
		found.kubernetes, err = w.version()
	}
	if err != nil {
		err = fmt.Errorf("%w (logs are in %s)", err, dir)
	}
	return found, errors.Join(err, w.stop())
}

func (o options) validate() error {
	known := func(name string) bool {
		for _, m := range measures {
			if m.name == name {
				return true
			}
		}
		return false
	}
	for _, name := range o.only {
		if !known(name) {
			return fmt.Errorf("-only: there is no measure %q", name)
		}
	}
	if o.deployments < 10 || o.burst < 1 {
		return errors.New("-deployments must be 10 at least, and -burst 1")
	}
	return nil
}
