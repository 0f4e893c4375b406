// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/test/bench/report"
)

func TestABillIsSplitAmongRollouts(t *testing.T) {
	before := bill{bare: cost{time.Second, 10, 10}, rollcall: cost{2 * time.Second, 4, 1}, writes: tally{"create jiradeployments": 7}}
	after := bill{
		bare: cost{2 * time.Second, 110, 110}, rollcall: cost{5 * time.Second, 24, 11},
		writes: tally{"create jiradeployments": 107, "patch jiradeployments/status": 300},
	}
	spent := after.since(before)
	for i, want := range []struct{ bare, rollcall, verdict string }{
		{"10 ms", "30 ms", report.Missed},
		{"0", "4", report.Kept},
	} {
		row := spent.rows("burst", 100)[i]
		if row.Bare.String() != want.bare || row.Rollcall.String() != want.rollcall || row.Verdict() != want.verdict {
			t.Errorf("%s: %s, %s, %s; want %+v", row.Measure, row.Bare, row.Rollcall, row.Verdict(), want)
		}
	}
	if row := spent.requests("burst", nil); row.Bare.Value != 100 || row.Rollcall.Value != 20 {
		t.Errorf("%s: %s and %s, want 100 and 20", row.Measure, row.Bare, row.Rollcall)
	}
	var details [][]string
	for _, row := range spent.details("burst", 100) {
		details = append(details, []string{row.Measure, row.Bare.String(), row.Rollcall.String()})
	}
	want := [][]string{
		{"burst: requests to Jira with one record", "100", "10"},
		{"burst: CPU, over bare", "1", "3"},
		{"burst: create jiradeployments, a rollout", "0", "1"},
		{"burst: patch jiradeployments/status, a rollout", "0", "3"},
	}
	if diff := cmp.Diff(want, details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}
