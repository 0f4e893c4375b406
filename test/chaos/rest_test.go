// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

func TestARunWaitsForRestAndNotForEver(t *testing.T) {
	atRest := unrest{Sent: time.Minute}
	restless := unrest{Unsettled: []int{3}, Sent: time.Minute}
	unreachable := errors.New("the API server is away")
	for name, tc := range map[string]struct {
		observe func(n int) (unrest, error)
		want    unrest
		fails   bool
	}{
		"it is at rest":           {func(int) (unrest, error) { return atRest, nil }, atRest, false},
		"it comes to rest":        {func(n int) (unrest, error) { return map[bool]unrest{true: restless, false: atRest}[n < 3], nil }, atRest, false},
		"it never does":           {func(int) (unrest, error) { return restless, nil }, restless, false},
		"the API server restarts": {func(n int) (unrest, error) { return atRest, map[bool]error{true: unreachable}[n < 3] }, atRest, false},
		"it goes away":            {func(n int) (unrest, error) { return restless, map[bool]error{true: unreachable}[n > 1] }, restless, false},
		"it is never there":       {func(int) (unrest, error) { return unrest{}, unreachable }, unrest{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				got, err := awaitRest(t.Context(), time.Minute, time.Second, func(context.Context) (unrest, error) {
					n++
					return tc.observe(n)
				})
				if (err != nil) != tc.fails {
					t.Fatalf("error %v, want one: %t", err, tc.fails)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("what is left (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhatTheClusterDoesNotSettleIsSetAside(t *testing.T) {
	web, db := Workload{Kind: kindDeployment, Name: "web"}, Workload{Kind: kindStatefulSet, Name: "db"}
	var got Verdict
	got.setAside(Plan{Workloads: []Workload{web, db}}, unrest{Unsettled: []int{1}, Pending: []string{web.String(), db.String(), web.String()}})
	want := Verdict{SetAside: []Workload{db}, Findings: []Finding{{Workload: web, What: "2 of its records are pending, 4m0s after the trouble stopped"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	if got.tooMany(5) || !got.tooMany(4) {
		t.Error("one of five may be set aside, and one of four may not")
	}
}

func TestOfWhatIsSetAsideTheEarlierReleasesAreCompared(t *testing.T) {
	life := oracle.Life{Created: time.Unix(created, 0), IsSet: true, Unsettled: true, Facts: []oracle.Fact{
		fact(1, "a", oracle.Finished), fact(2, "b", oracle.Rolling), fact(2, "b", oracle.Finished), fact(2, "b", oracle.Rolling),
	}}
	for name, tc := range map[string]struct {
		first oracle.Shown
		stale int
	}{
		"what was before is true":  {show(1, oracle.Successful, "SHOP-1"), 0},
		"what was before is stale": {show(1, oracle.InProgress, "SHOP-1"), 1},
	} {
		got := checkOne(map[int64][]oracle.Shown{created: {tc.first, show(2, oracle.StateFailed, "SHOP-1")}}, life)
		if lost, stale := got.count(); lost != 0 || stale != tc.stale {
			t.Errorf("%s: %d lost and %d stale, want 0 and %d: %v", name, lost, stale, tc.stale, got.Findings)
		}
	}
}
