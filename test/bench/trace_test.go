// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

func TestATraceSplitsTheWay(t *testing.T) {
	key := jira.DeploymentKey{PipelineID: "a"}
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	at := func(ms int) times { return times{key: start.Add(time.Duration(ms) * time.Millisecond)} }
	took := func(ms int) []time.Duration { return []time.Duration{time.Duration(ms) * time.Millisecond} }
	all := rollouts{keys: []jira.DeploymentKey{key}, finished: at(0)}

	got := trace{recorded: at(30), delivered: at(780)}.stages("burst", all, at(730), 200*time.Millisecond)
	want := []report.Stage{
		{Name: "burst: rollout's end to its record", Samples: took(30)},
		{Name: "burst: record to request at Jira", Samples: took(500)},
		{Name: "burst: Jira's answer to status", Samples: took(50)},
		{Name: "burst: rollout's end to status", Samples: took(780)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
}

func TestATraceWaitsForTheLastStatus(t *testing.T) {
	a, b := jira.DeploymentKey{PipelineID: "a"}, jira.DeploymentKey{PipelineID: "b"}
	records := &observer{seen: map[moment]times{}}
	now := time.Now()
	records.note(a, []moment{recorded, delivered}, now)
	records.note(b, []moment{recorded}, now)
	time.AfterFunc(2*pollEvery, func() { records.note(b, []moment{recorded, delivered}, now.Add(time.Second)) })
	got, err := awaitTrace(t.Context(), records, "two", []jira.DeploymentKey{a, b})
	if err != nil {
		t.Fatal(err)
	}
	want := trace{recorded: times{a: now, b: now}, delivered: times{a: now, b: now.Add(time.Second)}}
	if !got.recorded[b].Equal(want.recorded[b]) || !got.delivered[b].Equal(want.delivered[b]) {
		t.Errorf("awaitTrace() = %v, want %v", got, want)
	}
}
