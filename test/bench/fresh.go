// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// freshNamespaces is how many namespaces new Deployments are spread over.
const freshNamespaces = 10

// pace is how fast new Deployments come, and what is promised then.
type pace struct {
	name, short         string
	rate                int // a second; zero for as fast as the API server takes them
	p50, tail, requests *report.Promise
}

var paces = []pace{
	{name: "40 a second", short: "40", rate: 40, p50: &report.Promise{Plus: report.Millis(700 * time.Millisecond)}, tail: maxTail, requests: maxRequests},
	{name: "at full speed", short: "full"},
}

// measureFresh lets many new Deployments come, in several namespaces, and measures how long the reports take, where that
// time goes, and what they cost.
func measureFresh(ctx context.Context, w *world, o options) (outcome, error) {
	var out outcome
	if err := w.start(ctx); err != nil {
		return out, err
	}
	records := observe(ctx, w.kube, &v1alpha1.JiraDeploymentList{}, ofRecord)
	defer records.stop()
	for _, p := range paces {
		for _, latency := range jiraLatencies {
			found, err := w.measurePace(ctx, p, latency, o.burst, records)
			if err != nil {
				return out, err
			}
			out.add(found)
		}
	}
	return out, nil
}

func (w *world) measurePace(ctx context.Context, p pace, latency time.Duration, size int, records *observer) (outcome, error) {
	what := fmt.Sprintf("%d new Deployments, %s, %s", size, p.name, jiraIn(latency))
	f, err := w.planFleet(ctx, size, makeReady, func(i int) string {
		return fmt.Sprintf("fresh-%s-%d-%d-prod", p.short, latency.Milliseconds(), i%freshNamespaces)
	})
	if err != nil {
		return outcome{}, err
	}
	var t trace
	all, spent, err := w.during(ctx, what, latency, f, func() error {
		if err := f.createAt(ctx, p.rate); err != nil {
			return err
		}
		if _, err := w.finish(ctx, what, f.keys()); err != nil {
			return err
		}
		t, err = awaitTrace(ctx, records, what, f.keys())
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	out := outcome{stages: t.stages(what, all, w.rollcall.inbox.has, latency)}
	out.rows = append(w.spanRows(what, all, p.tail), w.latencyRows(what, all, p.p50)...)
	out.rows = append(out.rows, w.latencyRow(what, all, "max", 1, nil), spent.requests(what, p.requests))
	out.rows = append(out.rows, spent.rows(what, size)...)
	out.rows = append(out.rows, spent.details(what, size)...)
	return out, nil
}

// createAt creates all members, so many a second.
func (f *fleet) createAt(ctx context.Context, rate int) error {
	if rate == 0 {
		return f.each(ctx, f.create)
	}
	return f.eachAtRate(ctx, rate, f.create)
}
