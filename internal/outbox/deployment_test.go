// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestWhatJiraIsToldOfARecord(t *testing.T) {
	for file, record := range map[string]*recordBuilder{
		"full.golden.json":     makeRecord("web-7-4f1c", "SHOP-1", "SHOP-2").Full().Services("SVC-1").Generation(3),
		"by-hand.golden.json":  makeRecord("release-42", "SHOP-1", "SHOP-2"),
		"services.golden.json": makeRecord("release-43").Services("SVC-1"),
		"duration.golden.json": makeRecord("web-7-4f1c", "SHOP-1").Full().Took(created, created.Add(95*time.Second)),
	} {
		t.Run(file, func(t *testing.T) {
			got, err := json.MarshalIndent(deployment(record.Obj(), browse), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, file, string(got)+"\n")
		})
	}
}

// compareGolden compares with a file below testdata, or writes it with -update.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestAMessageLeavesItsRecordAsItIs(t *testing.T) {
	d := makeRecord("web", "SHOP-1").Full().State(v1alpha1.StateInProgress).Obj()
	before := d.DeepCopy()
	if _, err := FromDeployment(d, browse).Cancelled(created).Body(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, d); diff != "" {
		t.Errorf("FromDeployment changed its record (-before +after):\n%s", diff)
	}
}

// Jira drops, and calls accepted, whatever does not exceed the number that it has.
func TestUpdatesOfARecordRise(t *testing.T) {
	number := func(created time.Time, generation int64) int64 {
		return makeRecord("web", "SHOP-1").Created(created).Generation(generation).entry().message.Version
	}
	if first, second := number(created, 1), number(created, 2); second <= first {
		t.Errorf("number = %d for generation 2 after %d for generation 1, want it to rise", second, first)
	}
	if before, after := number(created, 900), number(created.Add(time.Second), 1); after <= before {
		t.Errorf("number = %d for a record that was created again, after %d; want it to rise", after, before)
	}
	if got := number(time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC), 999_999); got >= 1<<53 {
		t.Errorf("number = %d in a hundred years, want it below 2^53", got)
	}
}

func TestHowLongARolloutTook(t *testing.T) {
	for name, tt := range map[string]struct {
		record *recordBuilder
		want   string
	}{
		"a minute and a half":       {makeRecord("web").Took(created, created.Add(90*time.Second)), "90"},
		"less than a second":        {makeRecord("web").Took(created, created), "0"},
		"nobody knows since when":   {makeRecord("web").Took(time.Time{}, created), "null"},
		"it has not ended":          {makeRecord("web").Took(created, time.Time{}), "null"},
		"it ended before its start": {makeRecord("web").Took(created, created.Add(-time.Second)), "null"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(took(tt.record.Obj().Spec))
			if err != nil || string(got) != tt.want {
				t.Errorf("took() = %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// A record of the past that goes with its namespace half-way was cancelled just now.
func TestWhatIsCancelledJustHappened(t *testing.T) {
	d := makeRecord("web", "SHOP-1").Full().State(v1alpha1.StateInProgress).Past().Obj()
	if message := FromDeployment(d, browse); !message.Backfill || message.Cancelled(created).Backfill {
		t.Errorf("backfill = %v, and %v once it is cancelled; want true and false", message.Backfill, message.Cancelled(created).Backfill)
	}
}
