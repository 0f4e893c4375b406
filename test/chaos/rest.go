package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// restPatience is how long everything may take to come to rest once the trouble has stopped. A request may hang for
// half a minute, and the wait after a few failures is as long.
const restPatience = 4 * time.Minute

// quiet is for how long nothing may be sent to Jira any more.
const quiet = 5 * time.Second

// unrest is what keeps a run from being compared.
type unrest struct {
	Pending   int           // records that Jira has not answered
	Unsettled int           // workloads whose state nobody need have noticed yet
	Sent      time.Duration // since a deployment was sent to Jira
}

func (u unrest) none() bool {
	return u.Pending == 0 && u.Unsettled == 0 && u.Sent >= quiet
}

func (u unrest) String() string {
	return fmt.Sprintf("%d records pending, %d workloads not settled, last sent to Jira %s ago", u.Pending, u.Unsettled, u.Sent.Round(time.Second))
}

// awaitRest waits until nothing moves any more.
func (r *run) awaitRest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restPatience)
	defer cancel()
	for {
		now, err := r.unrest(ctx)
		if err == nil && now.none() {
			return nil
		}
		r.resting.Store(&now)
		select {
		case <-time.After(10 * polling):
		case <-ctx.Done():
			return fmt.Errorf("not at rest after %s: %s", restPatience, now)
		}
	}
}

func (r *run) unrest(ctx context.Context) (unrest, error) {
	var records v1alpha1.JiraDeploymentList
	if err := r.world.kube.List(ctx, &records); err != nil {
		return unrest{}, fmt.Errorf("list records: %w", err)
	}
	u := unrest{Sent: time.Since(r.lastSent())}
	for i := range records.Items {
		if !records.Items[i].Settled() {
			u.Pending++
		}
	}
	now := time.Now()
	r.observer.each(func(_ int, life *Life) {
		life.settle(now)
		last := life.last()
		if last != nil && !r.world.fleet.attention.noticed(*last) {
			u.Unsettled++
		}
	})
	return u, nil
}

// lastSent returns when a deployment last reached Jira.
func (r *run) lastSent() time.Time {
	var last time.Time
	for _, request := range r.world.jira.Requests() {
		if len(request.Deployments) > 0 {
			last = request.Time
		}
	}
	return last
}
