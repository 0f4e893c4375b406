// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// maxHostile is how many hostile Deployments there are at most. With whole labels so many ended a manager at the limit
// of 512 MiB that the chart gives it.
const maxHostile = 150

// What a hostile Deployment may take of the heap, and a manager of the memory that the chart gives it.
var (
	hostileHeap   = &report.Promise{Plus: report.Kilo(128 << 10)}
	hostileMemory = &report.Promise{Plus: report.Mega(512 << 20)}
)

// hostileMakers make Deployments as large as the API server takes them, each in another way.
var hostileMakers = []func(*appsv1.Deployment, string){
	func(d *appsv1.Deployment, salt string) { maps.Copy(d.Labels, texts(salt, 10_000, 1)) },
	func(d *appsv1.Deployment, salt string) { maps.Copy(d.Spec.Template.Labels, texts(salt, 10_000, 1)) },
	func(d *appsv1.Deployment, salt string) {
		d.Annotations, d.Spec.Template.Annotations = texts(salt, 8, 31<<10), texts(salt, 8, 31<<10)
	},
	func(d *appsv1.Deployment, salt string) {
		d.Annotations = map[string]string{v1alpha1.AnnotationCommitMessage: long(120 << 10), v1alpha1.AnnotationBranch: long(120 << 10)}
		maps.Copy(d.Labels, texts(salt, 200, 1))
	},
	func(d *appsv1.Deployment, salt string) {
		for i := range 1000 {
			c := corev1.Container{Name: fmt.Sprintf("c%d", i), Image: "registry.example/" + salt + "/" + long(300) + ":1"}
			d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, c)
		}
	},
}

// makeHostile returns a Deployment that somebody made as large as possible. It ships an issue like any other.
func makeHostile(key client.ObjectKey, issue string) *appsv1.Deployment {
	d := makeSmall(key, issue)
	d.Spec.Replicas = new(int32(0))
	var i int
	_, _ = fmt.Sscanf(key.Name, "web-%d", &i) // else it is the first
	hostileMakers[i%len(hostileMakers)](d, key.Name)
	return d
}

// texts returns labels or annotations that no other Deployment has.
func texts(salt string, number, length int) map[string]string {
	all := make(map[string]string, number+1)
	for i := range number {
		all[fmt.Sprintf("hostile.example/%s-%d", salt, i)] = long(length)
	}
	return all
}

func long(length int) string { return strings.Repeat("x", length) }

// measureHostile lets hostile Deployments come beside those that there are, and measures what Rollcall holds of them, and
// what it needs to start. before is what it held without them. They are gone afterwards.
func (w *world) measureHostile(ctx context.Context, number int, before int64) ([]report.Row, error) {
	f, err := w.planFleet(ctx, number, makeHostile, func(int) string { return "hostile-prod" })
	if err != nil {
		return nil, err
	}
	say("create %d hostile Deployments", number)
	for i := range number { // 32 at once are too many for the API server
		if err := f.create(ctx, i); err != nil {
			return nil, err
		}
	}
	if err := pause(ctx, quiet); err != nil {
		return nil, err
	}
	size, err := f.meanSize(ctx)
	if err != nil {
		return nil, err
	}
	var cold coldStart
	if err := cold.start(ctx, w.rollcall); err != nil {
		return nil, err
	}
	held, err := w.rollcall.heap(ctx)
	if err == nil {
		cold.settled, err = w.rollcall.process.usage()
	}
	if err != nil {
		return nil, err
	}
	if err := w.rollcall.stop(); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("%d hostile Deployments of %s beside %d", number, size, w.deployments-number)
	return []report.Row{
		{Measure: what + ": memory, at its peak", Rollcall: report.Mega(cold.settled.peak), Promise: hostileMemory},
		{Measure: what + ": heap for each hostile one", Rollcall: report.Kilo(int(held - before)).Share(number), Promise: hostileHeap},
	}, f.remove(ctx)
}

// meanSize returns how large the members are on average, as JSON, with all that the API server and the controllers add.
func (f *fleet) meanSize(ctx context.Context) (report.Quantity, error) {
	sum := report.Quantity{}
	for i := range min(len(f.members), len(hostileMakers)) {
		size, err := f.sizeOf(ctx, i)
		if err != nil {
			return sum, err
		}
		sum = report.Quantity{Value: sum.Value + size.Value, Unit: size.Unit}
	}
	return sum.Share(min(len(f.members), len(hostileMakers))), nil
}

// remove deletes the members, and waits until they are gone.
func (f *fleet) remove(ctx context.Context) error {
	if err := f.each(ctx, func(ctx context.Context, i int) error { return f.w.kube.Delete(ctx, f.members[i]) }); err != nil {
		return fmt.Errorf("delete Deployments: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	f.w.deployments -= len(f.members)
	return poll(ctx, "the Deployments are gone", func() (bool, error) {
		for _, d := range f.members {
			if err := f.w.kube.Get(ctx, client.ObjectKeyFromObject(d), &appsv1.Deployment{}); !apierrors.IsNotFound(err) {
				return false, err
			}
		}
		return true, nil
	})
}
