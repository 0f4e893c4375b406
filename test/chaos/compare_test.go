package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	created = 1_700_000_000
	place   = "production production"
)

// rolledBackOnce is a life with every kind of state in it, and what Jira is to show of it.
func rolledBackOnce() (Life, []Shown) {
	return Life{Created: time.Unix(created, 0), Facts: []Fact{
			fact(1, "a", Rolling), fact(2, "b", Finished), fact(3, "c", Failed), fact(4, "b", Failed), fact(5, "d", Rolling),
		}}, []Shown{
			{1, cancelled, []string{"SHOP-1"}, place},
			{2, successful, []string{"SHOP-1"}, place},
			{3, rolledBack, []string{"SHOP-1"}, place},
			{4, failed, []string{"SHOP-1"}, place},
			{5, inProgress, []string{"SHOP-1"}, place},
		}
}

func judgeOne(shown map[int64][]Shown, lives ...Life) Verdict {
	var verdict Verdict
	verdict.judge(Workload{Kind: kindDeployment, Namespace: "shop-prod", Name: "web"}, lives, shown, func(Fact) bool { return true })
	return verdict
}

func TestTheTruthIsFoundTrue(t *testing.T) {
	life, shown := rolledBackOnce()
	got := judgeOne(map[int64][]Shown{created: shown}, life)
	if diff := cmp.Diff(Verdict{Deployments: 5}, got); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

// Whatever is wrong in what Jira shows has to be found.
func TestEveryLieIsFound(t *testing.T) {
	for i := range 5 {
		for name, lie := range map[string]struct {
			tell        func(shown []Shown) []Shown
			lost, stale int
		}{
			"it is not there":      {func(s []Shown) []Shown { return append(append([]Shown{}, s[:i]...), s[i+1:]...) }, 1, 0},
			"another state":        {changed(i, func(s *Shown) { s.State = "pending" }), 0, 1},
			"an earlier state":     {changed(i, func(s *Shown) { s.State += "_before" }), 0, 1},
			"other keys":           {changed(i, func(s *Shown) { s.Keys = []string{"SHOP-2"} }), 0, 1},
			"a key less":           {changed(i, func(s *Shown) { s.Keys = nil }), 0, 1},
			"another environment":  {changed(i, func(s *Shown) { s.Environment = "staging staging" }), 0, 1},
			"under another number": {changed(i, func(s *Shown) { s.Revision = 9 }), 1, 1},
			"one more":             {func(s []Shown) []Shown { return append(s, Shown{9, successful, nil, place}) }, 0, 1},
		} {
			life, shown := rolledBackOnce()
			got := judgeOne(map[int64][]Shown{created: lie.tell(shown)}, life)
			if lost, stale := got.count(); lost != lie.lost || stale != lie.stale {
				t.Errorf("deployment %d, %s: %d lost and %d stale, want %d and %d: %v", i+1, name, lost, stale, lie.lost, lie.stale, got.Findings)
			}
		}
	}
}

func changed(i int, change func(*Shown)) func([]Shown) []Shown {
	return func(shown []Shown) []Shown {
		change(&shown[i])
		return shown
	}
}

func TestLivesAreToldApart(t *testing.T) {
	life, shown := rolledBackOnce()
	second := Life{Created: time.Unix(created+60, 0), Facts: []Fact{fact(1, "e", Finished)}}
	inJira := map[int64][]Shown{created: shown, created + 60: {{1, successful, []string{"SHOP-1"}, place}}}
	if got := judgeOne(inJira, life, second); len(got.Findings) > 0 {
		t.Errorf("findings about what is true: %v", got.Findings)
	}
	if got := judgeOne(inJira, life); len(got.Findings) != 1 {
		t.Errorf("found %v, want one deployment of a workload that never was", got.Findings)
	}
	delete(inJira, created)
	if lost, stale := judgeOne(inJira, life, second).count(); lost != 5 || stale != 0 {
		t.Errorf("%d lost and %d stale, want the 5 of the first life lost", lost, stale)
	}
}

func TestWhatNobodyCouldKnowIsMissedAndNotLost(t *testing.T) {
	life := Life{Created: time.Unix(created, 0), Facts: []Fact{fact(1, "a", Finished), fact(2, "b", Finished)}}
	shown := map[int64][]Shown{created: {{2, successful, []string{"SHOP-1"}, place}}}
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
			got.judge(Workload{Namespace: "shop-prod"}, []Life{life}, shown, func(Fact) bool { return tc.noticed })
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// The cluster gave the last release no number of its own, or that of the one before it.
func TestOfWhatHasNoNumberNothingIsCompared(t *testing.T) {
	first, second := Shown{1, successful, []string{"SHOP-1"}, place}, Shown{2, successful, []string{"SHOP-1"}, place}
	third := func(state, key string) Shown { return Shown{3, state, []string{key}, place} }
	undone := Shown{2, rolledBack, []string{"SHOP-1"}, place}
	for name, tc := range map[string]struct {
		release     string
		shown       []Shown
		lost, stale int
	}{
		"nobody knows it":                   {"d", []Shown{first, second}, 0, 0},
		"the one before it is known":        {"d", []Shown{first, second, third(inProgress, "SHOP-1")}, 0, 0},
		"it is known by the number of that": {"d", []Shown{first, second, third(successful, "SHOP-7")}, 0, 0},
		"it is known by the next number":    {"d", []Shown{first, second, third(cancelled, "SHOP-1"), {4, successful, nil, place}}, 0, 0},
		"it is a rollback":                  {"a", []Shown{first, undone, third(successful, "SHOP-1")}, 0, 0},
		"it is none":                        {"d", []Shown{first, undone, third(successful, "SHOP-1")}, 0, 1},
		"an earlier one is lost":            {"d", []Shown{second, third(successful, "SHOP-7")}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			life := Life{
				Created: time.Unix(created, 0), IsSet: true, Unnumbered: &Manifest{Release: tc.release},
				Facts: []Fact{fact(1, "a", Finished), fact(2, "b", Finished), fact(3, "c", Rolling), fact(3, "c", Failed)},
			}
			var got Verdict
			got.judge(Workload{Kind: kindStatefulSet, Namespace: "shop-prod"}, []Life{life}, map[int64][]Shown{created: tc.shown},
				func(f Fact) bool { return f.Phase == Finished })
			if lost, stale := got.count(); lost != tc.lost || stale != tc.stale {
				t.Errorf("%d lost and %d stale, want %d and %d: %v", lost, stale, tc.lost, tc.stale, got.Findings)
			}
		})
	}
}

func TestStatesDoNotGoBackwards(t *testing.T) {
	for name, tc := range map[string]struct {
		states []string
		want   []string
	}{
		"a rollback":           {[]string{inProgress, successful, rolledBack}, nil},
		"a second attempt":     {[]string{inProgress, failed, inProgress, successful}, nil},
		"a correction":         {[]string{successful, successful}, nil},
		"a success is undone":  {[]string{inProgress, successful, inProgress}, []string{"successful became in_progress"}},
		"a success fails":      {[]string{successful, failed}, []string{"successful became failed"}},
		"what is over goes on": {[]string{cancelled, inProgress, successful}, []string{"cancelled became in_progress"}},
		"a rollback is undone": {[]string{rolledBack, successful}, []string{"rolled_back became successful"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, backwards(tc.states)); diff != "" {
				t.Errorf("backwards (-want +got):\n%s", diff)
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
