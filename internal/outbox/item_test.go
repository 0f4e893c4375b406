package outbox

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestWhatJiraIsToldOfARecord(t *testing.T) {
	for file, record := range map[string]*recordBuilder{
		"full.golden.json":     makeRecord("web-7-4f1c", "SHOP-1", "SHOP-2").Full().Services("SVC-1").Generation(3),
		"by-hand.golden.json":  makeRecord("release-42", "SHOP-1", "SHOP-2"),
		"services.golden.json": makeRecord("release-43").Services("SVC-1"),
	} {
		t.Run(file, func(t *testing.T) {
			got, err := json.MarshalIndent(record.Item().Deployment, "", "  ")
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

func TestNewItemKeepsItsRecord(t *testing.T) {
	record := makeRecord("web", "SHOP-1").Full().Obj()
	before := record.DeepCopy()
	item := NewItem(record, func(string) string { return "" })
	if item.Record != record {
		t.Error("the item is of another record")
	}
	if diff := cmp.Diff(before, record); diff != "" {
		t.Errorf("NewItem changed its record (-before +after):\n%s", diff)
	}
}

// Jira drops, and calls accepted, whatever does not exceed the number that it has.
func TestUpdatesOfARecordRise(t *testing.T) {
	number := func(created time.Time, generation int64) int64 {
		return makeRecord("web", "SHOP-1").Created(created).Generation(generation).Item().Deployment.UpdateSequenceNumber
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

func TestOrderIsThatOfTheChanges(t *testing.T) {
	minute := func(n int) time.Time { return created.Add(time.Duration(n) * time.Minute) }
	items := []Item{
		makeRecord("third", "SHOP-1").LastUpdated(minute(2)).Sequence(1).Item(),
		makeRecord("second-by-update", "SHOP-1").LastUpdated(minute(1)).Sequence(7).Generation(9).Item(),
		makeRecord("second-by-sequence", "SHOP-1").LastUpdated(minute(1)).Sequence(8).Generation(1).Item(),
		makeRecord("second", "SHOP-1").LastUpdated(minute(1)).Sequence(7).Generation(8).Item(),
		makeRecord("first-given-first", "SHOP-1").LastUpdated(minute(0)).Sequence(9).Item(),
		makeRecord("first-given-last", "SHOP-1").LastUpdated(minute(0)).Sequence(9).Item(),
	}
	Order(items)
	want := []string{"first-given-first", "first-given-last", "second", "second-by-update", "second-by-sequence", "third"}
	if diff := cmp.Diff(want, names(items)); diff != "" {
		t.Errorf("Order (-want +got):\n%s", diff)
	}
}

func TestTake(t *testing.T) {
	item := func(name, pipeline string, sequence int64) Item {
		return makeRecord(name, "SHOP-1").Pipeline(pipeline).Sequence(sequence).Item()
	}
	a1, a1again, a2, b1 := item("a1", "a", 1), item("a1-again", "a", 1), item("a2", "a", 2), item("b1", "b", 1)
	tests := map[string]struct {
		items     []Item
		size      int
		wantBatch []string
		wantRest  []string
	}{
		"nothing":                                 {nil, 10, nil, nil},
		"fewer than fit":                          {[]Item{a1, a2}, 10, []string{"a1", "a2"}, nil},
		"as many as fit":                          {[]Item{a1, a2}, 2, []string{"a1", "a2"}, nil},
		"more than fit":                           {[]Item{a1, a2, b1}, 2, []string{"a1", "a2"}, []string{"b1"}},
		"one always fits":                         {[]Item{a1, a2}, 0, []string{"a1"}, []string{"a2"}},
		"one key twice: the second waits":         {[]Item{a1, b1, a1again, a2}, 10, []string{"a1", "b1"}, []string{"a1-again", "a2"}},
		"one key twice, side by side":             {[]Item{a1, a1again}, 10, []string{"a1"}, []string{"a1-again"}},
		"one sequence in two pipelines: no clash": {[]Item{a1, b1}, 10, []string{"a1", "b1"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			batch, rest := Take(tt.items, tt.size)
			if diff := cmp.Diff([][]string{tt.wantBatch, tt.wantRest}, [][]string{names(batch), names(rest)}); diff != "" {
				t.Errorf("batch, rest (-want +got):\n%s", diff)
			}
		})
	}
}
