package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// fewDeployments is the smaller of the two clusters whose cost is measured.
const fewDeployments = 1000

// measureScale measures what many Deployments of real size, and the records of their rollouts, cost when nothing
// happens to them: the start, and the memory.
func measureScale(ctx context.Context, w *world, o options) (outcome, error) {
	var out outcome
	for _, stage := range []struct {
		size   int
		memory *report.Promise // it is about the larger cluster
	}{
		{min(fewDeployments, o.deployments/10), nil},
		{o.deployments, &report.Promise{OfBare: 1.0 / 3}},
	} {
		if err := w.grow(ctx, stage.size); err != nil {
			return out, err
		}
		rows, err := w.measureCold(ctx, o.settle, stage.memory)
		if err != nil {
			return out, err
		}
		out.rows = append(out.rows, rows...)
	}
	return out, nil
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
	w.size, err = f.memberSize(ctx)
	return errors.Join(err, w.rollcall.stop())
}

// memberSize returns how large a Deployment is, as JSON, with all that the API server and the controllers add.
func (f *fleet) memberSize(ctx context.Context) (report.Quantity, error) {
	var d appsv1.Deployment
	if err := f.w.kube.Get(ctx, client.ObjectKeyFromObject(f.members[0]), &d); err != nil {
		return report.Quantity{}, fmt.Errorf("get Deployment: %w", err)
	}
	text, err := json.Marshal(&d)
	if err != nil {
		return report.Quantity{}, fmt.Errorf("encode Deployment: %w", err)
	}
	return report.Kilo(len(text)), nil
}
