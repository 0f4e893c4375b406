// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// someRollouts returns two rollouts, that finished a second apart, and a reporter that took 20 and 500 ms.
func someRollouts() (rollouts, *reporter) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	a, b := jira.DeploymentKey{PipelineID: "a"}, jira.DeploymentKey{PipelineID: "b"}
	all := rollouts{
		keys:     []jira.DeploymentKey{a, b},
		finished: map[jira.DeploymentKey]time.Time{a: start, b: start.Add(time.Second)},
	}
	by := &reporter{inbox: &inbox{has: map[jira.DeploymentKey]time.Time{
		a: start.Add(20 * time.Millisecond), b: start.Add(1500 * time.Millisecond),
	}}}
	return all, by
}

func TestRollouts(t *testing.T) {
	all, by := someRollouts()
	if diff := cmp.Diff([]time.Duration{20 * time.Millisecond, 500 * time.Millisecond}, all.latencies(by)); diff != "" {
		t.Errorf("latencies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]report.Point{{X: 0, Y: 20}, {X: 1, Y: 500}}, all.points(by)); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	if lag := all.lag(by); lag != 500*time.Millisecond {
		t.Errorf("lag = %s, want 500ms", lag)
	}
}

func TestALateRolloutOfAnEarlyReportIsNoNegativeLag(t *testing.T) {
	all, by := someRollouts()
	delete(by.inbox.has, all.keys[1])
	all.keys = all.keys[:1]
	if lag := all.lag(by); lag != 0 {
		t.Errorf("lag = %s, want none: the last report was before the last rollout finished", lag)
	}
}
