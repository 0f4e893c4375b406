package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record/oracle"
)

// restPatience is how long everything may take to come to rest once the trouble has stopped. A request may hang for
// half a minute, and the wait after a few failures is as long.
const restPatience = 4 * time.Minute

// quiet is for how long nothing may be sent to Jira any more.
const quiet = 5 * time.Second

// unrest is what keeps a run from being compared.
type unrest struct {
	Pending   int           // records that Jira has not answered
	Unsettled []string      // workloads whose state nobody need have noticed yet
	Sent      time.Duration // since a deployment was sent to Jira
}

func (u unrest) none() bool {
	return u.Pending == 0 && len(u.Unsettled) == 0 && u.Sent >= quiet
}

func (u unrest) String() string {
	return fmt.Sprintf("%d records pending, %d workloads not settled, last sent to Jira %s ago", u.Pending, len(u.Unsettled), u.Sent.Round(time.Second))
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
			return fmt.Errorf("not at rest after %s: %s\n%s", restPatience, now, strings.Join(now.Unsettled, "\n"))
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
	r.observer.each(func(workload int, life *oracle.Life) {
		life.Settle(now)
		if !life.AtRest(r.world.fleet.attention.noticed) {
			u.Unsettled = append(u.Unsettled, fmt.Sprintf("%s: %s", r.plan.Workloads[workload], life.Last()))
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
