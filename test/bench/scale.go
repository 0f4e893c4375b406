// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// fewDeployments is the smaller of the two clusters whose cost is measured.
const fewDeployments = 1000

// plainHeap is what a Deployment and its record may take of the heap.
var plainHeap = &report.Promise{Plus: report.Kilo(12 << 10)}

// measureScale measures what many Deployments of real size, and the records of their rollouts, cost when nothing
// happens to them: the start, and the memory. Beside the fewer of them it measures hostile ones.
func measureScale(ctx context.Context, w *world, o options) (outcome, error) {
	var out outcome
	few := min(fewDeployments, o.deployments/10)
	rows, heapOfFew, err := w.measureGrown(ctx, few, o.settle, nil)
	if err != nil {
		return out, err
	}
	out.rows = append(out.rows, rows...)
	if rows, err = w.measureHostile(ctx, min(maxHostile, few), heapOfFew); err != nil {
		return out, err
	}
	out.rows = append(out.rows, rows...)
	rows, heap, err := w.measureGrown(ctx, o.deployments, o.settle, &report.Promise{OfBare: 1.0 / 3})
	if err != nil {
		return out, err
	}
	out.rows = append(out.rows, rows...)
	out.rows = append(out.rows, report.Row{
		Measure:  fmt.Sprintf("%d Deployments of %s: heap for each, and its record", w.deployments, w.size),
		Rollcall: report.Kilo(int(heap - heapOfFew)).Share(o.deployments - few), Promise: plainHeap,
	})
	return out, nil
}

// measureGrown lets the cluster grow, and measures what it costs when nothing happens in it; memory is what is promised of
// the memory. It also returns what Rollcall holds in its heap.
func (w *world) measureGrown(ctx context.Context, size int, settle time.Duration, memory *report.Promise) ([]report.Row, int64, error) {
	if err := w.grow(ctx, size); err != nil {
		return nil, 0, err
	}
	return w.measureCold(ctx, settle, memory)
}

// grow creates Deployments until there are so many. Rollcall alone runs meanwhile, so that each has a record, and
// Jira has it.
func (w *world) grow(ctx context.Context, size int) error {
	if _, err := w.rollcall.start(ctx); err != nil {
		return err
	}
	f, err := w.newFleet(ctx, fmt.Sprintf("real-%d", size), size-w.deployments, makeReal)
	if err != nil {
		return err
	}
	w.size, err = f.sizeOf(ctx, 0)
	return errors.Join(err, w.rollcall.stop())
}

// sizeOf returns how large a Deployment is, as JSON, with all that the API server and the controllers add.
func (f *fleet) sizeOf(ctx context.Context, i int) (report.Quantity, error) {
	var d appsv1.Deployment
	if err := f.w.kube.Get(ctx, client.ObjectKeyFromObject(f.members[i]), &d); err != nil {
		return report.Quantity{}, fmt.Errorf("get Deployment: %w", err)
	}
	text, err := json.Marshal(&d)
	if err != nil {
		return report.Quantity{}, fmt.Errorf("encode Deployment: %w", err)
	}
	return report.Kilo(len(text)), nil
}
