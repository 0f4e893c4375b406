// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

const (
	created = 1_700_000_000
	place   = "production production"
)

// fact returns a fact of a release with the key SHOP-1.
func fact(revision int64, release string, phase oracle.Phase) oracle.Fact {
	return oracle.Fact{Revision: revision, Release: release, Phase: phase, Keys: []string{"SHOP-1"}}
}

func show(revision int64, state string, keys ...string) oracle.Shown {
	return oracle.Shown{Revision: revision, State: state, Keys: keys, Environment: place}
}

// rolledBackOnce is a life with every kind of state in it, and what Jira is to show of it.
func rolledBackOnce() (oracle.Life, []oracle.Shown) {
	return oracle.Life{Created: time.Unix(created, 0), Facts: []oracle.Fact{
			fact(1, "a", oracle.Rolling), fact(2, "b", oracle.Finished), fact(3, "c", oracle.Failed), fact(4, "b", oracle.Failed), fact(5, "d", oracle.Rolling),
		}}, []oracle.Shown{
			show(1, oracle.Cancelled, "SHOP-1"),
			show(2, oracle.Successful, "SHOP-1"),
			show(3, oracle.RolledBack, "SHOP-1"),
			show(4, oracle.StateFailed, "SHOP-1"),
			show(5, oracle.InProgress, "SHOP-1"),
		}
}

func checkOne(shown map[int64][]oracle.Shown, lives ...oracle.Life) Verdict {
	var verdict Verdict
	verdict.check(Workload{Kind: kindDeployment, Namespace: "shop-prod", Name: "web"}, lives, shown, func(oracle.Fact) bool { return true })
	return verdict
}

func TestTheTruthIsFoundTrue(t *testing.T) {
	life, shown := rolledBackOnce()
	got := checkOne(map[int64][]oracle.Shown{created: shown}, life)
	if diff := cmp.Diff(Verdict{Deployments: 5}, got); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

// Whatever is wrong in what Jira shows has to be found.
func TestEveryLieIsFound(t *testing.T) {
	for i := range 5 {
		for name, lie := range map[string]struct {
			tell        func(shown []oracle.Shown) []oracle.Shown
			lost, stale int
		}{
			"it is not there":      {func(s []oracle.Shown) []oracle.Shown { return append(append([]oracle.Shown{}, s[:i]...), s[i+1:]...) }, 1, 0},
			"another state":        {changed(i, func(s *oracle.Shown) { s.State = "pending" }), 0, 1},
			"an earlier state":     {changed(i, func(s *oracle.Shown) { s.State += "_before" }), 0, 1},
			"other keys":           {changed(i, func(s *oracle.Shown) { s.Keys = []string{"SHOP-2"} }), 0, 1},
			"a key less":           {changed(i, func(s *oracle.Shown) { s.Keys = nil }), 0, 1},
			"another environment":  {changed(i, func(s *oracle.Shown) { s.Environment = "staging staging" }), 0, 1},
			"under another number": {changed(i, func(s *oracle.Shown) { s.Revision = 9 }), 1, 1},
			"one more": {func(s []oracle.Shown) []oracle.Shown {
				return append(s, show(9, oracle.Successful))
			}, 0, 1},
		} {
			life, shown := rolledBackOnce()
			got := checkOne(map[int64][]oracle.Shown{created: lie.tell(shown)}, life)
			if lost, stale := got.count(); lost != lie.lost || stale != lie.stale {
				t.Errorf("deployment %d, %s: %d lost and %d stale, want %d and %d: %v", i+1, name, lost, stale, lie.lost, lie.stale, got.Findings)
			}
		}
	}
}

func changed(i int, change func(*oracle.Shown)) func([]oracle.Shown) []oracle.Shown {
	return func(shown []oracle.Shown) []oracle.Shown {
		change(&shown[i])
		return shown
	}
}

func TestLivesAreToldApart(t *testing.T) {
	life, shown := rolledBackOnce()
	life.Gone, shown[4].State = true, oracle.Cancelled
	second := oracle.Life{Created: time.Unix(created+60, 0), Facts: []oracle.Fact{fact(1, "e", oracle.Finished)}}
	inJira := map[int64][]oracle.Shown{created: shown, created + 60: {show(1, oracle.Successful, "SHOP-1")}}
	if got := checkOne(inJira, life, second); len(got.Findings) > 0 {
		t.Errorf("findings about what is true: %v", got.Findings)
	}
	if got := checkOne(inJira, life); len(got.Findings) != 1 {
		t.Errorf("found %v, want one deployment of a workload that never was", got.Findings)
	}
	delete(inJira, created)
	if lost, stale := checkOne(inJira, life, second).count(); lost != 5 || stale != 0 {
		t.Errorf("%d lost and %d stale, want the 5 of the first life lost", lost, stale)
	}
}

func TestWhatNobodyCouldKnowIsMissedAndNotLost(t *testing.T) {
	life := oracle.Life{Created: time.Unix(created, 0), Facts: []oracle.Fact{fact(1, "a", oracle.Finished), fact(2, "b", oracle.Finished)}}
	shown := map[int64][]oracle.Shown{created: {show(2, oracle.Successful, "SHOP-1")}}
	for name, tc := range map[string]struct {
		noticed bool
		want    Verdict
	}{
		"nobody was at work": {false, Verdict{Deployments: 1, Missed: 1}},
		"a manager was at work": {true, Verdict{Deployments: 2, Findings: []Finding{{
			Lost: true, Workload: Workload{Namespace: "shop-prod"},
			What: "true is #1 successful SHOP-1 in production production; Jira does not show it",
		}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got Verdict
			got.check(Workload{Namespace: "shop-prod"}, []oracle.Life{life}, shown, func(oracle.Fact) bool { return tc.noticed })
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// The cluster gave the last release no number of its own, or that of the one before it.
func TestOfWhatHasNoNumberNothingIsCompared(t *testing.T) {
	first, second := show(1, oracle.Successful, "SHOP-1"), show(2, oracle.Successful, "SHOP-1")
	third := func(state, key string) oracle.Shown { return show(3, state, key) }
	undone := show(2, oracle.RolledBack, "SHOP-1")
	for name, tc := range map[string]struct {
		release     string
		shown       []oracle.Shown
		lost, stale int
	}{
		"nobody knows it":                   {"d", []oracle.Shown{first, second}, 0, 0},
		"the one before it is known":        {"d", []oracle.Shown{first, second, third(oracle.InProgress, "SHOP-1")}, 0, 0},
		"it is known by the number of that": {"d", []oracle.Shown{first, second, third(oracle.Successful, "SHOP-7")}, 0, 0},
		"it is known by the next number":    {"d", []oracle.Shown{first, second, third(oracle.Cancelled, "SHOP-1"), show(4, oracle.Successful)}, 0, 0},
		"it is a rollback":                  {"a", []oracle.Shown{first, undone, third(oracle.Successful, "SHOP-1")}, 0, 0},
		"it is none":                        {"d", []oracle.Shown{first, undone, third(oracle.Successful, "SHOP-1")}, 0, 1},
		"an earlier one is lost":            {"d", []oracle.Shown{second, third(oracle.Successful, "SHOP-7")}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			life := oracle.Life{
				Created: time.Unix(created, 0), IsSet: true, Unnumbered: &oracle.Template{Release: tc.release},
				Facts: []oracle.Fact{fact(1, "a", oracle.Finished), fact(2, "b", oracle.Finished), fact(3, "c", oracle.Rolling), fact(3, "c", oracle.Failed)},
			}
			var got Verdict
			got.check(Workload{Kind: kindStatefulSet, Namespace: "shop-prod"}, []oracle.Life{life}, map[int64][]oracle.Shown{created: tc.shown},
				func(f oracle.Fact) bool { return f.Phase == oracle.Finished })
			if lost, stale := got.count(); lost != tc.lost || stale != tc.stale {
				t.Errorf("%d lost and %d stale, want %d and %d: %v", lost, stale, tc.lost, tc.stale, got.Findings)
			}
		})
	}
}

func TestUpdatesThatCameAgainAreCounted(t *testing.T) {
	web, db := jira.DeploymentKey{PipelineID: "web"}, jira.DeploymentKey{PipelineID: "db"}
	got := duplicated([]Update{{web, 1}, {web, 2}, {db, 1}, {web, 1}, {db, 1}, {web, 1}})
	if got != 3 {
		t.Errorf("%d updates came again, want 3", got)
	}
}
