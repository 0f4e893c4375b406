// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// Somebody notices what lasts for ten seconds.
func TestWhatJiraMayShowOfABuild(t *testing.T) {
	start := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	noticed := func(f oracle.Fact) bool { return f.To.Sub(f.From) >= 10*time.Second }
	for name, tt := range map[string]struct {
		build buildLife
		want  []string
	}{
		"what is there":             {buildLife{state: "failed", began: at(0), ended: at(1)}, []string{"failed"}},
		"what was there for long":   {buildLife{state: "failed", began: at(0), ended: at(1), gone: at(11)}, []string{"failed"}},
		"what ran for long":         {buildLife{state: "failed", began: at(0), ended: at(10), gone: at(11)}, []string{"failed", "unknown"}},
		"what nobody need have met": {buildLife{state: "failed", began: at(0), ended: at(1), gone: at(2)}, []string{"failed", "unknown", ""}},
		"what had no end":           {buildLife{state: "unknown", began: at(0), gone: at(10)}, []string{"unknown", "unknown"}},
	} {
		if diff := cmp.Diff(tt.want, tt.build.may(noticed)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestBuildsThatJiraShowsWronglyAreFound(t *testing.T) {
	ended := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	builds := []*buildLife{
		{namespace: "shop", name: "right", state: "successful", ended: ended},
		{namespace: "shop", name: "lost", state: "successful", ended: ended},
		{namespace: "shop", name: "stale", state: "successful", ended: ended},
	}
	shown := func(name, state string) jiratest.StoredBuild {
		return jiratest.StoredBuild{Key: jiratest.BuildKey{PipelineID: clusterName + "/shop/Job/" + name}, State: state}
	}
	var v Verdict
	v.checkBuilds(builds, []jiratest.StoredBuild{shown("right", "successful"), shown("stale", "in_progress"), shown("made up", "failed")},
		func(oracle.Fact) bool { return true })
	if lost, stale := v.count(); v.Builds != 3 || lost != 1 || stale != 2 {
		t.Errorf("%d builds, %d lost, %d stale; want 3, 1, 2: %v", v.Builds, lost, stale, v.Findings)
	}
}
