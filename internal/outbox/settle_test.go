// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// One record that something on the way refuses, with whatever code, holds up nobody, and is not the site's fault.
func TestARecordThatIsRefusedOnTheWayHoldsUpNobody(t *testing.T) {
	for name, err := range kinds {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.gateway = refuses(err, "bad/poison")
			o.add("bad", "poison")
			o.addMany("bad", 20)
			o.addMany("good", 80)
			o.run(30 * time.Second)
			o.expectReasons("good", map[string]int{accepted: 80})
			o.expectReasons("bad", map[string]int{accepted: 20, pending: 1})
			if message := o.said["bad/poison"].Condition.Message; !strings.Contains(message, "this record alone") {
				t.Errorf("the record says %q", message)
			}
			if n := len(o.requests); n > 40 {
				t.Errorf("it took %d requests: %v", n, o.sizes())
			}
			before := len(o.requests)
			o.run(24 * time.Hour)
			if n := len(o.requests) - before; n > 300 {
				t.Errorf("in a day it was tried %d times, want waits that grow to five minutes", n)
			}
			o.gateway = nil
			o.run(6 * time.Minute)
			o.expectReasons("bad", map[string]int{accepted: 21})
		})
	}
}

// While somebody writes one bad record after the other, the records of others are not late.
func TestANamespaceThatWritesBadRecordsAllTheTimeIsLateItself(t *testing.T) {
	for name, write := range map[string]func(o *office, i int){
		"new ones": func(o *office, i int) { o.add("bad", fmt.Sprintf("poison-%d", i)) },
		"one that changes": func(o *office, i int) {
			o.add("bad", "poison", func(b *recordBuilder) { b.Generation(int64(i + 1)) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.gateway = func(told []string) error {
				for _, pipeline := range told {
					if strings.HasPrefix(pipeline, "bad/") {
						return kinds["403"]
					}
				}
				return nil
			}
			for i := range 300 { // a second each
				write(o, i)
				good := fmt.Sprintf("web-%d", i)
				o.add("good", good)
				o.run(time.Second)
				if _, ok := o.took["good/"+good]; !ok && i > 10 {
					t.Fatalf("good record %d did not go out within a second", i)
				}
			}
			if n := len(o.requests); n > 1500 {
				t.Errorf("%d requests went out in five minutes", n)
			}
		})
	}
}

// Twelve teams release with the key of one issue that Jira has limited, or behind a firewall that takes offence at what they
// write. Once each of them is in quarantine, its requests hold up nobody else.
func TestManyNamespacesThatWriteBadRecordsAreLateThemselves(t *testing.T) {
	const teams, minutes = 12, 5
	for name, err := range kinds {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.gateway = func(told []string) error {
				for _, pipeline := range told {
					if strings.HasPrefix(pipeline, "bad-") {
						return err
					}
				}
				return nil
			}
			for i := range minutes * 60 { // a second each
				for team := range teams {
					if i%teams == team {
						o.add(fmt.Sprintf("bad-%d", team), fmt.Sprintf("web-%d", i))
					}
				}
				good := fmt.Sprintf("web-%d", i)
				o.add("good", good)
				o.run(time.Second)
				if _, ok := o.took["good/"+good]; !ok && i > 120 {
					t.Fatalf("good record %d did not go out within a second", i)
				}
			}
			if n := len(o.requests); n > minutes*900 {
				t.Errorf("%d requests went out in %d minutes", n, minutes)
			}
		})
	}
}

func TestAFailureOfTheSiteMakesNobodySuspect(t *testing.T) {
	o := newOffice(t)
	down := errors.New("no route to host")
	o.gateway = func([]string) error {
		if down != nil {
			return kinds["a reset connection"]
		}
		return nil
	}
	o.probe = func() error { return down }
	o.addMany("shop", 100)
	o.run(time.Hour)
	if n := len(o.requests); n != 1 {
		t.Errorf("%d requests went out to a site that does not answer the probe, want one", n)
	}
	o.expectReasons("shop", map[string]int{"": 100})
	down = nil
	o.run(5 * time.Second)
	o.expectReasons("shop", map[string]int{accepted: 100})
	if diff := cmp.Diff([]int{100, 100}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

func TestAFailureThatHappensOnceIsTriedOnceMore(t *testing.T) {
	o := newOffice(t)
	failures := 1
	o.gateway = func([]string) error {
		if failures--; failures >= 0 {
			return kinds["502"]
		}
		return nil
	}
	o.addMany("shop", 100)
	o.run(2 * time.Second)
	o.expectReasons("shop", map[string]int{accepted: 100})
	if diff := cmp.Diff([]int{100, 100}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

// A record is rejected for what Jira says to it alone only where Jira is known to take others.
func TestNothingIsRejectedWhileJiraRefusesEverything(t *testing.T) {
	o := newOffice(t)
	o.gateway = func([]string) error { return inJirasWords }
	o.addMany("shop", 3)
	o.run(24 * time.Hour)
	o.expectReasons("shop", map[string]int{pending: 3})
	if n := len(o.requests); n > 1000 {
		t.Errorf("%d requests went out in a day", n)
	}
	o.gateway = nil
	o.add("shop", "next")
	o.run(time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 4})
	o.gateway = refuses(inJirasWords, "shop/poison")
	o.add("shop", "poison")
	o.run(time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 4, pending: 1})
	o.add("shop", "later")
	o.run(time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 5, rejected: 1})
	want := "Jira refuses the record: it is the wrong day. It is sent again once its spec changes."
	if got := o.said["shop/poison"].Condition.Message; got != want {
		t.Errorf("the record says %q, want %q", got, want)
	}
}

// Of the records of one request the bad one is rejected at once: Jira took the others.
func TestABadRecordAmongGoodOnesIsRejected(t *testing.T) {
	o := newOffice(t)
	o.gateway = refuses(inJirasWords, "shop/web-003")
	o.addMany("shop", 4)
	o.run(3 * time.Second)
	o.expectReasons("shop", map[string]int{accepted: 3, rejected: 1})
}

func TestWhatAnAnswerLeavesOutHoldsUpNobody(t *testing.T) {
	o := newOffice(t)
	o.omit = func(pipeline string) bool { return strings.HasPrefix(pipeline, "bad/") }
	o.addMany("bad", 150)
	o.run(time.Minute)
	before := len(o.requests)
	o.addMany("good", 30)
	o.run(2 * time.Second)
	o.expectReasons("good", map[string]int{accepted: 30})
	o.run(time.Hour)
	if n := len(o.requests) - before; n > 60 {
		t.Errorf("%d requests went out in an hour", n)
	}
	o.expectReasons("bad", map[string]int{pending: 150})
	o.omit = nil
	o.run(6 * time.Minute)
	o.expectReasons("bad", map[string]int{accepted: 150})
}

// Where nothing is taken though the probe goes through, Jira is asked less and less often.
func TestAQueueOfWhichNothingIsTakenSlowsDown(t *testing.T) {
	o := newOffice(t)
	o.gateway = func([]string) error { return kinds["502"] }
	o.addMany("shop", 1000)
	o.run(time.Hour)
	if n := len(o.requests); n > 150 {
		t.Errorf("%d requests went out in an hour", n)
	}
	o.gateway = nil
	o.requests = nil
	o.run(10 * time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 1000})
	if n := len(o.requests); n > 250 {
		t.Errorf("it took %d requests to send 1,000 records afterwards", n)
	}
}

func TestARecordThatChangesIsTriedAnew(t *testing.T) {
	o := newOffice(t)
	o.gateway = func(told []string) error {
		if o.records["shop/web"].Spec.State == v1alpha1.StateSuccessful && slices.Contains(told, "shop/web") {
			return kinds["403"]
		}
		return nil
	}
	o.add("shop", "web")
	o.run(time.Hour)
	o.add("shop", "web", func(b *recordBuilder) { b.Generation(2).State(v1alpha1.StateFailed) })
	o.run(minRetry)
	if got := o.took["shop/web"]; got != "failed" {
		t.Errorf("Jira has %q, want what the record says since it changed, at once", got)
	}
}

// Suspects that are always due, because each takes half a minute to fail, keep no burst of others from going out.
func TestSuspectsThatTakeLongToFailHoldUpNobody(t *testing.T) {
	o := newOffice(t)
	o.gateway = func(told []string) error {
		if strings.HasPrefix(told[0], "bad") {
			o.now = o.now.Add(30 * time.Second)
			return kinds["a reset connection"]
		}
		return nil
	}
	o.addMany("bad", 8)
	o.addMany("bad-too", 8)
	o.run(time.Hour)
	o.addMany("good", 10)
	o.run(2 * time.Minute)
	o.expectReasons("good", map[string]int{accepted: 10})
}

// The wait that an answer to one bad record asks for is its own.
func TestTheRetryAfterOfOneRecordIsItsOwn(t *testing.T) {
	o := newOffice(t)
	o.gateway = refuses(&jira.Error{Kind: jira.Throttled, StatusCode: 429, RetryAfter: time.Hour}, "bad/poison")
	o.add("bad", "poison")
	o.addMany("good", 50)
	o.run(5 * time.Minute)
	o.expectReasons("good", map[string]int{accepted: 50})
	before := len(o.requests)
	o.run(50 * time.Minute)
	if n := len(o.requests) - before; n > 0 {
		t.Errorf("within the hour it was tried %d times more", n)
	}
}

// Where deliveries are limited and probes are not, Jira gets a request every five seconds at most.
func TestDeliveriesThatAreLimitedSlowDown(t *testing.T) {
	o := newOffice(t)
	o.gateway = func([]string) error {
		return &jira.Error{Kind: jira.Throttled, StatusCode: 429, RetryAfter: 10 * time.Minute}
	}
	for i := range 600 {
		o.add("good", fmt.Sprint(i))
		o.run(time.Second)
	}
	if n := len(o.requests); n > 130 {
		t.Errorf("%d requests in the ten minutes that Jira asked to be left alone", n)
	}
}

// Records that are left out one after the other share their retries.
func TestManyAnswersThatLeaveARecordOutCostFewRequests(t *testing.T) {
	o := newOffice(t)
	o.omit = func(pipeline string) bool { return strings.HasPrefix(pipeline, "bad/") }
	for i := range 200 {
		o.add("bad", fmt.Sprint(i))
		o.run(time.Second)
	}
	o.run(time.Hour)
	before := len(o.requests)
	o.run(time.Hour)
	if n := len(o.requests) - before; n > 40 {
		t.Errorf("%d requests in an hour", n)
	}
}

// A record that was refused and is then left out is not tried after each record that Jira takes.
func TestARefusedRecordThatIsLeftOutIsTriedSeldom(t *testing.T) {
	o := newOffice(t)
	o.gateway = refuses(inJirasWords, "bad/web")
	o.add("bad", "web")
	o.run(10 * time.Second)
	o.gateway = nil
	o.omit = func(pipeline string) bool { return pipeline == "bad/web" }
	tried := 0
	for i := range 600 {
		o.add("good", fmt.Sprint(i))
		o.run(time.Second)
	}
	for _, told := range o.requests {
		if slices.Contains(told, "bad/web") {
			tried++
		}
	}
	if tried > 30 {
		t.Errorf("it was tried %d times in ten minutes", tried)
	}
}

// Of more bad records of a namespace than can be tried in five minutes each gets its turn, the newest too.
func TestEachOfManySuspectsGetsItsTurn(t *testing.T) {
	o := newOffice(t)
	o.gateway = func(told []string) error {
		if strings.HasPrefix(told[0], "bad/poison") {
			return kinds["403"]
		}
		return nil
	}
	for i := range 500 {
		o.add("bad", fmt.Sprintf("poison-%03d", i))
		o.run(5 * time.Second)
	}
	o.run(time.Hour)
	mended := false
	refuse := o.gateway
	o.gateway = func(told []string) error {
		if told[0] == "bad/web" && !mended {
			return kinds["403"]
		}
		return refuse(told)
	}
	o.add("bad", "web")
	o.run(time.Minute)
	mended = true
	for i := range 120 {
		o.add("good", fmt.Sprint(i))
		o.run(10 * time.Second)
	}
	if _, ok := o.took["bad/web"]; !ok {
		t.Error("the newest of the suspects was not tried within 20 minutes")
	}
}

// A time with a reading of the monotonic clock is compared by that: where the wall clock is set back, a wait ends as it would have.
func TestAClockThatIsSetBackMakesNobodyWaitLonger(t *testing.T) {
	now := time.Now()
	got := rounded(now, time.Minute)
	if want := now.Truncate(time.Minute); !got.Equal(want) {
		t.Errorf("rounded(%s) = %s, want %s", now, got, want)
	}
	if !strings.Contains(got.String(), " m=") {
		t.Errorf("%s has no reading of the monotonic clock", got)
	}
}
