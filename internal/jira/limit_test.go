package jira_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func limitedClient(t *testing.T, perMinute int) *jira.Client {
	t.Helper()
	return newClient(t, jira.Config{Host: "acme.test", ClientID: "id", ClientSecret: "secret", RequestsPerMinute: perMinute})
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestReserveGrantsABurstAndThenTheRate(t *testing.T) {
	for name, tc := range map[string]struct {
		perMinute int
		at        []time.Duration // after noon, one call each
		want      []time.Duration
	}{
		"60 a minute: one a second": {
			60, []time.Duration{0, 0, 500 * time.Millisecond, time.Second, time.Second},
			[]time.Duration{0, time.Second, 500 * time.Millisecond, 0, time.Second},
		},
		"180 a minute: three at once": {
			180, []time.Duration{0, 0, 0, 0, 334 * time.Millisecond},
			[]time.Duration{0, 0, 0, 334 * time.Millisecond, 0},
		},
		"6 a minute: one every ten seconds": {
			6, []time.Duration{0, 0, 10 * time.Second}, []time.Duration{0, 10 * time.Second, 0},
		},
		"a clock that goes back grants nothing": {
			60, []time.Duration{time.Second, 0, 2 * time.Second}, []time.Duration{0, time.Second, 0},
		},
		"no limit": {0, []time.Duration{0, 0, 0}, []time.Duration{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			client := limitedClient(t, tc.perMinute)
			var got []time.Duration
			for _, at := range tc.at {
				got = append(got, client.Reserve(noon.Add(at)))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAskingInVainTakesNothing(t *testing.T) {
	client := limitedClient(t, 60)
	if wait := client.Reserve(noon); wait != 0 {
		t.Fatalf("the first must wait %s, want 0", wait)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if client.Reserve(noon) == 0 {
				t.Error("was granted a second request at once")
			}
		})
	}
	group.Wait()
	if wait := client.Reserve(noon.Add(time.Second)); wait != 0 {
		t.Errorf("must wait %s a second later, want 0: fifty refusals took something", wait)
	}
}

func TestTheWaitThatReserveNamesIsEnough(t *testing.T) {
	for _, perMinute := range []int{1, 7, 59, 61, 900, 5000, 100000} {
		client := limitedClient(t, perMinute)
		now := noon
		for range 500 {
			wait := client.Reserve(now)
			if wait == 0 {
				continue
			}
			now = now.Add(wait)
			if again := client.Reserve(now); again != 0 {
				t.Fatalf("%d a minute: must wait %s after having waited %s", perMinute, again, wait)
			}
		}
	}
}
