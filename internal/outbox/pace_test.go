// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func limitError(reason string, retryAfter time.Duration) error {
	return &jira.Error{Op: "probe", Kind: jira.Throttled, StatusCode: http.StatusTooManyRequests, RetryAfter: retryAfter, LimitReason: reason}
}

func never() float64 { return 0 }

// paceAt returns the pace of a site that Jira took requests of until now.
func paceAt(perMinute int, start time.Time, after time.Duration) (*Pace, time.Time) {
	p, now := NewPace(perMinute, start, never), start.Add(after)
	p.Answered(nil, now)
	return p, now
}

func TestThePaceOverTime(t *testing.T) {
	type step struct {
		after time.Duration
		err   error
		want  float64
	}
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	refused := limitError("", 0)
	for name, steps := range map[string][]step{
		"it doubles every 12 s, up to the ceiling": {{0, nil, 10}, {12 * time.Second, nil, 20}, {12 * time.Second, nil, 40}, {minutes(2), nil, 900}},
		"the first refusal: there are others":      {{minutes(10), refused, 2}, {minutes(10), nil, 2.84}, {minutes(20), nil, 3.76}},
		"a second one in its window is the same":   {{minutes(10), refused, 2}, {minutes(4), nil, 2.41}, {time.Second, refused, 2.41}},
		"a second one later halves":                {{minutes(10), refused, 2}, {minutes(60), nil, 4.61}, {time.Second, refused, 2.31}},
		"refusals in a row are one":                {{minutes(10), refused, 2}, {minutes(1), refused, 2.12}, {minutes(10), refused, 2.49}, {minutes(50), refused, 2.49}},
		"a burst halves what it was":               {{minutes(10), limitError("jira-burst-based", 0), 450}},
		"after two hours it is forgotten":          {{minutes(10), refused, 2}, {minutes(60), nil, 4.61}, {minutes(61), nil, 183.6}, {minutes(1), nil, 900}, {minutes(10), refused, 2}},
		"never below one a minute":                 {{minutes(10), refused, 2}, {time.Second, nil, 2}, {minutes(5), refused, 1.25}, {time.Second, nil, 1.26}, {minutes(5), refused, 1.06}, {time.Second, nil, 1.06}, {minutes(5), refused, 1.03}},
		"a success speaks for five minutes":        {{minutes(10), refused, 2}, {minutes(4), errors.New("boom"), 2.41}, {minutes(60), errors.New("boom"), 2.49}},
		"after an outage it starts anew":           {{minutes(10), nil, 900}, {minutes(16), errors.New("boom"), 900}, {0, nil, 10}, {minutes(2), nil, 900}},
		"an issue's limit does not matter":         {{minutes(10), limitError("jira-per-issue-on-write", time.Minute), 900}},
	} {
		t.Run(name, func(t *testing.T) {
			p, now := NewPace(900, created, never), created
			for i, s := range steps {
				now = now.Add(s.after)
				if i == 0 {
					p.Answered(nil, now)
				}
				for at := now.Add(-s.after); s.err == nil && at.Before(now); at = at.Add(limitWindow) { // Jira takes some in between
					p.Answered(nil, at)
				}
				p.Answered(s.err, now)
				if diff := cmp.Diff(s.want, p.PerMinute(now), cmpopts.EquateApprox(0.01, 0)); diff != "" {
					t.Errorf("the pace after step %d (-want +got):\n%s", i+1, diff)
				}
			}
		})
	}
}

func TestDelayGrantsABurstAndThenTheRate(t *testing.T) {
	for name, tc := range map[string]struct {
		perMinute int
		at        []time.Duration // after the start, one request each
		want      []time.Duration
	}{
		"60 a minute: one a second": {
			60, []time.Duration{0, 0, 500 * time.Millisecond, time.Second, time.Second}, []time.Duration{0, time.Second, 500 * time.Millisecond, 0, time.Second},
		},
		"180 a minute: three at once":       {180, []time.Duration{0, 0, 0, 0, 334 * time.Millisecond}, []time.Duration{0, 0, 0, 334 * time.Millisecond, 0}},
		"6 a minute: one every ten seconds": {6, []time.Duration{0, 0, 10 * time.Second}, []time.Duration{0, 10 * time.Second, 0}},
		"a clock that goes back grants nothing": {
			60, []time.Duration{time.Second, 0, 2 * time.Second}, []time.Duration{0, time.Second, 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, start := paceAt(tc.perMinute, created, 5*time.Minute)
			var got []time.Duration
			for _, at := range tc.at {
				wait := p.Delay(start.Add(at))
				if got = append(got, wait); wait == 0 {
					p.Take(start.Add(at))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheDelayIsEnough(t *testing.T) {
	for _, perMinute := range []int{1, 7, 59, 61, 900, 6000} {
		p, now := paceAt(perMinute, created, 5*time.Minute)
		for range 500 {
			wait := p.Delay(now)
			now = now.Add(wait)
			if again := p.Delay(now); again != 0 {
				t.Fatalf("%d a minute: %s are left after a wait of %s", perMinute, again, wait)
			}
			p.Take(now)
			p.Answered(nil, now)
		}
	}
}

func TestAskingForTheDelayTakesNothing(t *testing.T) {
	p, now := paceAt(60, created, 5*time.Minute)
	p.Take(now)
	for range 50 {
		p.Delay(now.Add(500 * time.Millisecond))
	}
	if wait := p.Delay(now.Add(time.Second)); wait != 0 {
		t.Errorf("a second later %s are left, want nothing", wait)
	}
}

func TestAProbeCountsThoughItIsNotHeldUp(t *testing.T) {
	p, now := paceAt(60, created, 5*time.Minute)
	for range 3 {
		p.Take(now)
	}
	if wait := p.Delay(now); wait != 3*time.Second {
		t.Errorf("after three requests at once the next waits %s, want 3s", wait)
	}
}

func TestHowLongARefusalHoldsUp(t *testing.T) {
	half := func() float64 { return 0.5 }
	for name, tc := range map[string]struct {
		asked    time.Duration
		refusals int
		random   func() float64
		want     time.Duration
	}{
		"nothing is asked for: half of the time between two requests": {0, 1, never, 15 * time.Second},
		"and up to one and a half":                                    {0, 1, half, 30 * time.Second},
		"fourfold with the next refusal":                              {0, 2, never, time.Minute},
		"five minutes at most":                                        {0, 9, never, 5 * time.Minute},
		"as long as Jira asks for":                                    {2 * time.Minute, 1, never, 2 * time.Minute},
		"and not all senders at once":                                 {2 * time.Minute, 1, half, 2*time.Minute + 15*time.Second},
		"an hour, and a tenth of it":                                  {time.Hour, 1, half, time.Hour + 3*time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			p, now := NewPace(900, created, tc.random), created.Add(10*time.Minute)
			p.Answered(nil, now)
			for range tc.refusals {
				p.Answered(limitError("", tc.asked), now)
			}
			if got := p.Delay(now).Round(time.Second); got != tc.want {
				t.Errorf("the next request waits %s, want %s", got, tc.want)
			}
		})
	}
}

// What was saved up while nothing was sent does not go out at once.
func TestAfterAHoldOneRequestGoesOut(t *testing.T) {
	p, now := paceAt(900, created, 10*time.Minute)
	p.Answered(limitError("", 4*time.Minute), now)
	now = now.Add(p.Delay(now))
	p.Take(now)
	if wait := p.Delay(now); wait < 5*time.Second {
		t.Errorf("the second request waits %s, want the time between two", wait)
	}
}

func TestWhoIsLimited(t *testing.T) {
	quota, silent := "jira-quota-tenant-based", ""
	fresh, suspect, known := entry{namespace: &namespace{}}, entry{namespace: &namespace{}, share: 1}, entry{namespace: &namespace{}, limited: true}
	quarantined := entry{namespace: &namespace{failed: created.Add(10 * time.Minute)}}
	for name, tc := range map[string]struct {
		record   entry
		err      error
		refusals int
		want     bool
	}{
		"Jira names the credential's quota":             {fresh, limitError(quota, time.Minute), 0, true},
		"also for records that failed":                  {suspect, limitError(quota, time.Minute), 2, true},
		"it names an issue":                             {fresh, limitError("jira-per-issue-on-write", 0), 0, false},
		"it does not say":                               {fresh, limitError(silent, 2*time.Second), 0, true},
		"it does not say, for the second time":          {fresh, limitError(silent, 2*time.Second), 1, false},
		"it does not say, of a record once more":        {known, limitError(silent, 2*time.Second), 0, false},
		"it does not say, and asks for long":            {fresh, limitError(silent, time.Minute), 0, false},
		"it does not say, of records that failed":       {suspect, limitError(silent, 0), 0, false},
		"it does not say, of a namespace in quarantine": {quarantined, limitError(silent, 0), 0, false},
		"another reason":                                {fresh, limitError("unheard-of", 0), 0, true},
		"503":                                           {fresh, &jira.Error{Kind: jira.Throttled, StatusCode: http.StatusServiceUnavailable}, 0, false},
		"the token endpoint":                            {fresh, &jira.Error{Op: "get token", Kind: jira.Throttled, StatusCode: 429}, 0, false},
		"Jira took it":                                  {fresh, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, now := paceAt(900, created, 10*time.Minute)
			for range tc.refusals {
				p.Answered(limitError(silent, 0), now)
			}
			if got := p.Limited(Batch{entries: []*entry{&tc.record}}, tc.err, now); got != tc.want {
				t.Errorf("Limited() = %v, want %v", got, tc.want)
			}
			if halved := p.PerMinute(now) < 900; halved != (tc.want || tc.refusals > 0) {
				t.Errorf("the pace is %.1f", p.PerMinute(now))
			}
		})
	}
}

// A record that something refuses with 429 whatever the rate costs the others no pace: the probe that follows goes through.
func TestAPaceThatWasHalvedForOneRecordIsGivenBack(t *testing.T) {
	for name, tc := range map[string]struct {
		between, probe error
		want           float64
	}{
		"the probe goes through":                       {limitError("", 0), nil, 900},
		"Jira took other records in between":           {nil, nil, 900},
		"the probe is refused, too":                    {limitError("", 0), limitError("", 0), 2},
		"the probe fails, and a later one does better": {limitError("", 0), errors.New("boom"), 2},
	} {
		batch := Batch{entries: []*entry{{namespace: &namespace{}}}}
		p, now := paceAt(900, created, 10*time.Minute)
		if !p.Limited(batch, limitError("", 0), now) {
			t.Fatal("the first refusal is not believed")
		}
		p.Answered(tc.between, now)
		if now = now.Add(p.Delay(now)); p.Limited(batch, limitError("", 0), now) {
			t.Fatal("the second refusal is believed")
		}
		p.Answered(tc.probe, now)
		p.Answered(nil, now)
		if got := p.PerMinute(now); got < tc.want || got > tc.want*1.1 {
			t.Errorf("%s: the pace is %.2f, want %.0f", name, got, tc.want)
		}
	}
}

// What an earlier refusal taught stays, and so does what is said of it.
func TestWhatIsGivenBackIsWhatWasBefore(t *testing.T) {
	p, now := paceAt(900, created, 10*time.Minute)
	p.Answered(limitError("jira-quota-tenant-based", 0), now)
	now = now.Add(10 * time.Minute)
	p.Answered(nil, now)
	pace, notice := p.PerMinute(now), p.Notice(now)
	batch := Batch{entries: []*entry{{namespace: &namespace{}}}}
	p.Limited(batch, limitError("", 0), now)
	p.Limited(batch, limitError("", 0), now)
	p.Answered(nil, now)
	if got := p.PerMinute(now); got != pace || notice == "" {
		t.Errorf("the pace is %.2f, want %.2f", got, pace)
	}
	if diff := cmp.Diff(notice, p.Notice(now)); diff != "" {
		t.Errorf("what is said of it (-want +got):\n%s", diff)
	}
}

// Two hours without a refusal count from the last one: it did not halve the pace, because no request was taken before it.
func TestARefusalOfHoursIsNotForgottenWhileItLasts(t *testing.T) {
	p, now := paceAt(900, created, 10*time.Minute)
	for range 36 {
		p.Answered(limitError("", 0), now)
		now = now.Add(5 * time.Minute)
	}
	for range 10 {
		p.Answered(nil, now)
		now = now.Add(time.Minute)
	}
	if got := p.PerMinute(now); got < 2 || got > 6 || p.Notice(now) == "" {
		t.Errorf("a quarter of an hour after three hours of refusals the pace is %.2f, want a few a minute", got)
	}
}

func TestNoticeSaysWhatIsLimited(t *testing.T) {
	p, now := paceAt(60, created, 3*time.Minute)
	if got := p.Notice(now); got != "" {
		t.Errorf("Notice() = %q before a refusal", got)
	}
	p.Answered(limitError("jira-quota-tenant-based", 64*time.Second), now)
	want := "Jira limits the requests of this credential (jira-quota-tenant-based): at 09:03:00 UTC it refused one, and none was sent until 09:04:04 UTC. Since then Rollcall sends at most 2 of 60 requests a minute, and slowly more."
	for _, at := range []time.Duration{0, time.Minute, time.Hour} { // or each pass would write another status
		p.Answered(nil, now.Add(at))
		if diff := cmp.Diff(want, p.Notice(now.Add(at))); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", at, diff)
		}
	}
	p.Answered(nil, now.Add(3*time.Hour))
	if got := p.Notice(now.Add(3 * time.Hour)); got != "" {
		t.Errorf("Notice() = %q after three hours", got)
	}
	p.Answered(limitError("", 0), now.Add(3*time.Hour))
	if got := p.Notice(now.Add(3 * time.Hour)); !strings.HasPrefix(got, "Jira limits the requests of this credential: at ") {
		t.Errorf("Notice() = %q of a refusal without a reason", got)
	}
}

func TestALowerCeilingHoldsAtOnce(t *testing.T) {
	p, now := paceAt(900, created, 5*time.Minute)
	p.SetCeiling(6)
	p.Delay(now)
	p.Take(now)
	if got := p.Delay(now); got != 10*time.Second || p.PerMinute(now) != 6 {
		t.Errorf("the next request waits %s at a pace of %.0f, want 10s at 6", got, p.PerMinute(now))
	}
}

func TestSpread(t *testing.T) {
	for random, want := range map[float64]time.Duration{0: time.Minute, 0.5: 63 * time.Second, 1: 66 * time.Second} {
		if got := Spread(time.Minute, random); got != want {
			t.Errorf("Spread(1m, %v) = %s, want %s", random, got, want)
		}
	}
	if got := Spread(0, 1); got != 0 {
		t.Errorf("Spread(0, 1) = %s", got)
	}
}
