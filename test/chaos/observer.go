// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

// polling is how often the harness observes what it has in memory.
const polling = 50 * time.Millisecond

// observer watches workloads beside the managers, and takes down every fact about them.
type observer struct {
	plan  Plan
	steps map[int]*Manifest
	cache cache.Cache

	mu     sync.Mutex
	tracks []track // of the workloads
	index  map[string]int
}

// track holds the lives of a workload, oldest first.
type track struct {
	uids  []types.UID
	lives []*oracle.Life
}

func newObserver(plan Plan) *observer {
	o := &observer{plan: plan, steps: map[int]*Manifest{}, tracks: make([]track, len(plan.Workloads)), index: map[string]int{}}
	for i, w := range plan.Workloads {
		o.index[w.String()] = i
	}
	for _, item := range plan.Items {
		if item.Step != nil {
			o.steps[item.Step.Number] = item.Step.Want
		}
	}
	return o
}

// start watches until the context ends. It returns once it has seen everything that is there.
func (o *observer) start(ctx context.Context, config *rest.Config, scheme *runtime.Scheme) error {
	var err error
	if o.cache, err = cache.New(config, cache.Options{Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields()}); err != nil {
		return fmt.Errorf("make cache: %w", err)
	}
	for _, kind := range []string{kindDeployment, kindStatefulSet, kindDaemonSet} {
		err := o.handle(ctx, newObject(kind), func(object client.Object) { o.see(ctx, kind, object) })
		if err != nil {
			return err
		}
	}
	err = o.handle(ctx, &appsv1.ControllerRevision{}, func(object client.Object) { o.seeOwner(ctx, object) })
	if err != nil {
		return err
	}
	go func() { _ = o.cache.Start(ctx) }() // it ends with the context, and fails in no other way
	go o.watchClock(ctx)
	if !o.cache.WaitForCacheSync(ctx) {
		return fmt.Errorf("sync cache: %w", ctx.Err())
	}
	return nil
}

func (o *observer) handle(ctx context.Context, object client.Object, see func(client.Object)) error {
	informer, err := o.cache.GetInformer(ctx, object, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("get informer: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { see(object.(client.Object)) },
		UpdateFunc: func(_, object any) { see(object.(client.Object)) },
	})
	if err != nil {
		return fmt.Errorf("add event handler: %w", err)
	}
	return nil
}

// see takes down what an object shows now.
func (o *observer) see(ctx context.Context, kind string, object client.Object) {
	i, ours := o.index[Workload{Kind: kind, Namespace: object.GetNamespace(), Name: object.GetName()}.String()]
	if !ours {
		return
	}
	var history appsv1.ControllerRevisionList
	if kind != kindDeployment && o.cache.List(ctx, &history, client.InNamespace(object.GetNamespace()), client.UnsafeDisableDeepCopy) != nil {
		return
	}
	status, ok := oracle.StatusOf(object, history.Items)
	status.Step = stepOf(object)
	want := o.steps[status.Step]
	if !ok || want == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	t := &o.tracks[i]
	if n := len(t.uids); n == 0 || t.uids[n-1] != object.GetUID() {
		t.uids = append(t.uids, object.GetUID())
		t.lives = append(t.lives, &oracle.Life{Created: object.GetCreationTimestamp().Time, IsSet: kind != kindDeployment, Rules: oracle.Rules{Deadline: progressDeadline}})
	}
	t.lives[len(t.lives)-1].Note(time.Now(), status, want.template(o.plan.Workloads[i]))
}

// seeOwner observes the workload once more whose history changed: of the two caches either may be behind.
func (o *observer) seeOwner(ctx context.Context, object client.Object) {
	owner := metav1.GetControllerOf(object)
	if owner == nil || owner.Kind != kindStatefulSet && owner.Kind != kindDaemonSet {
		return
	}
	workload := newObject(owner.Kind)
	err := o.cache.Get(ctx, client.ObjectKey{Namespace: object.GetNamespace(), Name: owner.Name}, workload)
	if err == nil && workload.GetUID() == owner.UID {
		o.see(ctx, owner.Kind, workload)
	}
}

// watchClock finds what failed because nothing happened.
func (o *observer) watchClock(ctx context.Context) {
	for ticker := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		o.each(func(_ int, life *oracle.Life) { life.CheckDeadline(time.Now()) })
	}
}

// each calls a function with every workload's newest life that is not over.
func (o *observer) each(do func(workload int, life *oracle.Life)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.tracks {
		if n := len(o.tracks[i].lives); n > 0 && !o.tracks[i].lives[n-1].Gone {
			do(i, o.tracks[i].lives[n-1])
		}
	}
}

// leave says that a step is about to change a workload; stay, that it did not; unnumber, that it did, and got no number
// for it; gone, that there is none any more.
func (o *observer) leave(workload, step int) {
	o.withNewest(workload, func(life *oracle.Life) { life.Leave(time.Now(), step) })
}

func (o *observer) stay(workload int) {
	o.withNewest(workload, (*oracle.Life).Stay)
}

func (o *observer) unnumber(step Step) {
	o.withNewest(step.Workload, func(life *oracle.Life) { life.Unnumber(step.Want.template(o.plan.Workloads[step.Workload])) })
}

// setAside says of workloads that the cluster did not bring their last releases to rest.
func (o *observer) setAside(workloads []int) {
	for _, i := range workloads {
		o.withNewest(i, func(life *oracle.Life) { life.Unsettled = true })
	}
}

func (o *observer) gone(workload int) {
	o.withNewest(workload, func(life *oracle.Life) { life.Gone = true })
}

func (o *observer) withNewest(workload int, do func(*oracle.Life)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if lives := o.tracks[workload].lives; len(lives) > 0 {
		do(lives[len(lives)-1])
	}
}

// await waits until a step of a workload is seen, and what it made of it holds.
func (o *observer) await(ctx context.Context, step Step, holds func(oracle.Fact) bool) error {
	for {
		reached := false
		o.withNewest(step.Workload, func(life *oracle.Life) {
			reached = life.Reached(step.Number, step.Want.template(o.plan.Workloads[step.Workload])) && holds(*life.Last())
		})
		if reached {
			return nil
		}
		select {
		case <-time.After(polling):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lives returns the lives of every workload as they are known at a time.
func (o *observer) lives(now time.Time) [][]oracle.Life {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([][]oracle.Life, len(o.tracks))
	for i, t := range o.tracks {
		for _, life := range t.lives {
			if !life.Gone {
				life.Settle(now)
			}
			all[i] = append(all[i], *life)
		}
	}
	return all
}
