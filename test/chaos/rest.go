// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// restPatience is how long everything may take to come to rest once the trouble has stopped. A request may hang for
// half a minute, and the wait after a few failures is as long. What has not come to rest by then is told, and the run
// goes on to its verdict.
const restPatience = 4 * time.Minute

// quiet is for how long nothing may be sent to Jira any more.
const quiet = 5 * time.Second

// unrest is what a run waits for before it compares.
type unrest struct {
	Pending   []string      // records that Jira has not answered, as Workload.String has their workloads
	Unsettled []int         // workloads whose state nobody need have noticed yet, by their index in the plan
	Sent      time.Duration // since a deployment was sent to Jira
}

func (u unrest) none() bool {
	return len(u.Pending) == 0 && len(u.Unsettled) == 0 && u.Sent >= quiet
}

func (u unrest) String() string {
	return fmt.Sprintf("%d records pending, %d workloads not settled, last sent to Jira %s ago", len(u.Pending), len(u.Unsettled), u.Sent.Round(time.Second))
}

// awaitRest observes until nothing moves any more, or until it has no more patience, and returns what it observed last.
// It fails only where nothing could be observed at all, or the context ended.
func awaitRest(ctx context.Context, patience, interval time.Duration, observe func(context.Context) (unrest, error)) (unrest, error) {
	var last *unrest
	var failure error
	for end := time.Now().Add(patience); ; {
		now, err := observe(ctx)
		if err == nil {
			last = &now
		}
		failure = err
		if err == nil && now.none() || !time.Now().Before(end) {
			break
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return unrest{}, context.Cause(ctx)
		}
	}
	if last == nil {
		return unrest{}, fmt.Errorf("observe for %s whether all is at rest: %w", patience, failure)
	}
	return *last, nil
}

// unrest observes what is not at rest.
func (r *run) unrest(ctx context.Context) (unrest, error) {
	ctx, cancel := context.WithTimeout(ctx, restPatience/8)
	defer cancel()
	var records v1alpha1.JiraDeploymentList
	if err := r.world.kube.List(ctx, &records); err != nil {
		return unrest{}, fmt.Errorf("list records: %w", err)
	}
	u := unrest{Sent: time.Since(r.lastSent())}
	for i := range records.Items {
		if d := &records.Items[i]; !d.Settled() {
			u.Pending = append(u.Pending, Workload{Kind: d.Spec.Workload.Kind, Namespace: d.Namespace, Name: d.Spec.Workload.Name}.String())
		}
	}
	var builds v1alpha1.JiraBuildList
	if err := r.world.kube.List(ctx, &builds); err != nil {
		return unrest{}, fmt.Errorf("list records of builds: %w", err)
	}
	for i := range builds.Items {
		if b := &builds.Items[i]; !b.Settled() || b.Unfinished() {
			u.Pending = append(u.Pending, Workload{Kind: "Job", Namespace: b.Namespace, Name: b.Spec.Run.Name}.String())
		}
	}
	now := time.Now()
	r.observer.each(func(workload int, life *oracle.Life) {
		life.Settle(now)
		if !life.AtRest(r.world.fleet.noticed) {
			u.Unsettled = append(u.Unsettled, workload)
		}
	})
	r.resting.Store(&u)
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

// setAside takes the workloads that the cluster did not settle out of the comparison of how they stand, and finds fault
// with every record of another one that is still pending: there was no more trouble, and time enough.
func (v *Verdict) setAside(plan Plan, left unrest) {
	aside := map[string]bool{}
	for _, i := range left.Unsettled {
		if w := plan.Workloads[i]; !slices.Contains(v.SetAside, w) { // it may be undecided as well
			v.SetAside = append(v.SetAside, w)
		}
		aside[plan.Workloads[i].String()] = true
	}
	for _, of := range left.Pending {
		if strings.HasPrefix(of, "Job ") {
			v.Findings = append(v.Findings, Finding{Workload: Workload{Kind: "Job", Name: of}, What: fmt.Sprintf("its record is pending, or says that it goes on, %s after the trouble stopped", restPatience)})
		}
	}
	for _, w := range plan.Workloads {
		n := len(slices.DeleteFunc(slices.Clone(left.Pending), func(of string) bool { return of != w.String() }))
		if n > 0 && !aside[w.String()] {
			v.Findings = append(v.Findings, Finding{Workload: w, What: fmt.Sprintf("%d of its records are pending, %s after the trouble stopped", n, restPatience)})
		}
	}
}

// tooMany says that so much was set aside that the rest says little.
func (v *Verdict) tooMany(workloads int) bool {
	return 5*len(v.SetAside) > workloads
}

// names lists workloads in a line each.
func names(workloads []Workload) string {
	var all []string
	for _, w := range workloads {
		all = append(all, w.String())
	}
	return strings.Join(all, "\n")
}
