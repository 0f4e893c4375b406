// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestThreeRequestsOfTenMeetTroubleOfEveryKind(t *testing.T) {
	const requests = 5000
	met := map[string]int{}
	all := 0
	for number := range requests {
		if found, _ := decide(1, number); found != nil {
			met[found.name]++
			all++
		}
	}
	if all < requests*28/100 || all > requests*32/100 {
		t.Errorf("%d of %d requests meet trouble, want about %d %%", all, requests, troubled)
	}
	for _, kind := range troubles {
		if met[kind.name] == 0 {
			t.Errorf("no request meets %q", kind.name)
		}
	}
}

func TestTroubleIsDecidedBySeedAndNumberAlone(t *testing.T) {
	same, other := 0, 0
	for number := range 1000 {
		first, size := decide(1, number)
		again, sizeAgain := decide(1, number)
		if first != again || size != sizeAgain {
			t.Fatalf("request %d is decided differently the second time", number)
		}
		if another, _ := decide(2, number); another == first {
			same++
		} else {
			other++
		}
	}
	if other == 0 {
		t.Error("another seed decides the same of all requests")
	}
	if same == 0 {
		t.Error("another seed decides the same of no request, though most meet no trouble")
	}
}

// A fault that strikes for ever, or that is Jira's own refusal, would be no trouble but an end.
func TestNoTroubleIsFinal(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, kind := range troubles {
		for _, size := range []float64{0, 0.5, 0.999} {
			f := kind.fault(size, now)
			if f.Delay > time.Minute {
				t.Errorf("%s holds a request for %s", kind.name, f.Delay)
			}
			if (f.Status == 400 || f.Status == 413) && f.Header.Get("Content-Type") == "application/json" {
				t.Errorf("%s is an answer of Jira's own", kind.name)
			}
			if at := f.Header.Get("Retry-After"); len(at) > 2 {
				until, err := time.Parse(time.RFC1123, at)
				if wait := until.Sub(now); err != nil || wait < time.Second || wait > 2*time.Second {
					t.Errorf("%s asks to wait until %q, want one or two seconds after %s", kind.name, at, now)
				}
			}
		}
	}
}

func TestMischiefIsCounted(t *testing.T) {
	m := mischief{seed: 1}
	want := map[string]int{}
	for number := 1; number <= 200; number++ {
		m.strike(number, jiratest.Bulk)
		if found, _ := decide(1, number); found != nil {
			want[found.name]++
		} else {
			want[untroubled]++
		}
	}
	got := m.troubles.snapshot()
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s is counted %d times, want %d", name, got[name], n)
		}
	}
	if total(got) != 200 {
		t.Errorf("%d requests are counted, want 200", total(got))
	}
}
