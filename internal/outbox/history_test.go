// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// delivery is one that was sent so many seconds after the first record was created.
func delivery(seconds int, number int64, reason string) v1alpha1.Delivery {
	sent := created.Add(time.Duration(seconds) * time.Second)
	return v1alpha1.Delivery{
		State: "successful", UpdateSequenceNumber: number, SentTime: microTime(sent), AnsweredTime: microTime(sent.Add(time.Millisecond)), Reason: reason,
	}
}

// lines writes a history as a person reads it: "<seconds> <number> <reason>".
func lines(history []v1alpha1.Delivery) []string {
	var all []string
	for _, d := range history {
		all = append(all, fmt.Sprintf("%v %d %s", d.SentTime.Sub(created).Seconds(), d.UpdateSequenceNumber, d.Reason))
	}
	return all
}

func TestHistory(t *testing.T) {
	tests := map[string]struct {
		known, more []v1alpha1.Delivery
		want        []string
	}{
		"nothing":   {},
		"the first": {more: []v1alpha1.Delivery{delivery(1, 1, accepted)}, want: []string{"1 1 Accepted"}},
		"the last comes first": {
			known: []v1alpha1.Delivery{delivery(1, 1, accepted)}, more: []v1alpha1.Delivery{delivery(5, 2, accepted)},
			want: []string{"5 2 Accepted", "1 1 Accepted"},
		},
		"one that comes late": {
			known: []v1alpha1.Delivery{delivery(5, 2, accepted)}, more: []v1alpha1.Delivery{delivery(1, 1, accepted)},
			want: []string{"5 2 Accepted", "1 1 Accepted"},
		},
		"the same failure again": {
			known: []v1alpha1.Delivery{delivery(1, 1, pending)}, more: []v1alpha1.Delivery{delivery(60, 1, pending)},
			want: []string{"1 1 Pending"},
		},
		"another failure": {
			known: []v1alpha1.Delivery{delivery(1, 1, pending)}, more: []v1alpha1.Delivery{delivery(60, 1, rejected)},
			want: []string{"60 1 Rejected", "1 1 Pending"},
		},
		"the same failure of another update": {
			known: []v1alpha1.Delivery{delivery(1, 1, pending)}, more: []v1alpha1.Delivery{delivery(60, 2, pending)},
			want: []string{"60 2 Pending", "1 1 Pending"},
		},
		"another thing that is said of one request": {
			known: []v1alpha1.Delivery{delivery(1, 1, pending)}, more: []v1alpha1.Delivery{delivery(1, 1, v1alpha1.ReasonSiteNotReady)},
			want: []string{"1 1 Pending"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, lines(History(tt.known, tt.more))); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever comes in whatever order, a history is bounded and in order. As long as none is forgotten it is no other one when the
// same is added once more: a status is written again where a write was in doubt.
func TestAHistoryIsBoundedInOrderAndAddedToOnce(t *testing.T) {
	const seed = 15
	random := rand.New(rand.NewPCG(seed, seed))
	reasons := []string{accepted, pending, rejected, v1alpha1.ReasonSiteNotReady}
	for range 2000 {
		var known, more []v1alpha1.Delivery
		for range random.IntN(30) {
			seconds := random.IntN(60)
			more = append(more, delivery(seconds, int64(1+seconds/4), reasons[random.IntN(len(reasons))])) // numbers rise
			if random.IntN(3) == 0 {
				known, more = History(known, more), nil
			}
		}
		before := slices.Clone(known)
		got := History(known, more)
		if diff := cmp.Diff(lines(before), lines(known)); diff != "" {
			t.Fatalf("the history that was there has changed:\n%s", diff)
		}
		if diff := cmp.Diff(lines(got), lines(History(got, more))); diff != "" && len(got) < v1alpha1.MaxHistory {
			t.Fatalf("added once more it is another one:\n%s", diff)
		}
		if len(got) > v1alpha1.MaxHistory || !slices.IsSortedFunc(got, func(a, b v1alpha1.Delivery) int { return b.SentTime.Compare(a.SentTime.Time) }) {
			t.Fatalf("the history is %v", lines(got))
		}
		seen := map[string]bool{}
		for _, d := range got {
			key := fmt.Sprint(d.UpdateSequenceNumber, d.Reason)
			if seen[key] {
				t.Fatalf("a number and a reason are there twice: %v", lines(got))
			}
			seen[key] = true
		}
	}
}

// heard returns the history that the queue has the record say, without the parts that are the same in all of them.
func (o *office) heard(namespace, name string) []string {
	var all []string
	for _, d := range o.records[nameOf(namespace, name)].Status.History {
		all = append(all, fmt.Sprintf("%s %s %s", d.State, d.Issues, d.Reason))
	}
	return all
}

func (o *office) expectHistory(namespace, name string, want ...string) {
	o.t.Helper()
	if diff := cmp.Diff(want, o.heard(namespace, name)); diff != "" {
		o.t.Errorf("the history of %s/%s (-want +got):\n%s", namespace, name, diff)
	}
}

// change gives a record a new state, as the workload controller does.
func (o *office) change(namespace, name string, state v1alpha1.DeploymentState) {
	d := o.records[nameOf(namespace, name)].DeepCopy()
	d.Spec.State = state
	d.Generation++
	o.records[nameOf(namespace, name)] = d
}

func TestARecordRemembersWhatJiraWasTold(t *testing.T) {
	o := newOffice(t)
	o.add("shop", "web", func(b *recordBuilder) { b.State(v1alpha1.StateInProgress).Services("SVC-1") })
	o.run(time.Minute)
	sent := o.now.Add(-time.Minute)
	want := []v1alpha1.Delivery{{
		State: "in_progress", UpdateSequenceNumber: created.Unix()*1_000_000 + 1, Issues: "SHOP-1, SVC-1",
		SentTime: microTime(sent), AnsweredTime: microTime(sent), Reason: accepted, Message: "Jira took the record.",
	}}
	if diff := cmp.Diff(want, o.records["shop/web"].Status.History); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	o.change("shop", "web", v1alpha1.StateSuccessful)
	o.run(time.Minute)
	o.expectHistory("shop", "web", "successful SHOP-1, SVC-1 Accepted", "in_progress SHOP-1, SVC-1 Accepted")
}

// An answer whose status is not written before the record changes is written with the next one.
func TestAnAnswerThatWasNotWrittenComesWithTheNextOne(t *testing.T) {
	o := newOffice(t)
	o.lags = true
	o.add("shop", "web", func(b *recordBuilder) { b.State(v1alpha1.StateInProgress) })
	o.run(time.Minute)
	o.lags = false
	o.change("shop", "web", v1alpha1.StateSuccessful)
	o.run(time.Minute)
	o.expectHistory("shop", "web", "successful SHOP-1 Accepted", "in_progress SHOP-1 Accepted")
}

func TestAFailureThatLastsIsRememberedOnce(t *testing.T) {
	o := newOffice(t)
	o.gateway = refuses(kinds["502"], "shop/bad")
	o.add("shop", "bad")
	o.run(2 * time.Hour)
	if n := len(o.requests); n < 10 {
		t.Fatalf("the record was sent %d times in two hours, want many", n)
	}
	o.expectHistory("shop", "bad", "successful SHOP-1 Pending")
	first := o.records["shop/bad"].Status.History[0].SentTime
	if late := first.Sub(created.Add(time.Hour)); late > 10*time.Second {
		t.Errorf("the failure that is remembered was sent %s after the first", late)
	}
	o.gateway = nil
	o.run(10 * time.Minute)
	o.expectHistory("shop", "bad", "successful SHOP-1 Accepted", "successful SHOP-1 Pending")
}

// Told is set where something new became of a record: a line of the log for each, not for each try.
func TestOnlyNewsAreTold(t *testing.T) {
	o := newOffice(t)
	o.gateway = refuses(kinds["502"], "shop/bad")
	o.add("shop", "bad")
	told := 0
	for range 40 {
		o.pass()
		if o.said["shop/bad"].Told != nil {
			told++
			o.said["shop/bad"] = Outcome{}
		}
		o.now = o.now.Add(maxRetry)
	}
	if told != 1 || len(o.requests) < 20 {
		t.Errorf("of %d requests that failed %d are news, want one", len(o.requests), told)
	}
}

func TestWhatWasNotSentIsNotRemembered(t *testing.T) {
	o := newOffice(t)
	o.add("shop", "old", func(b *recordBuilder) { b.Pipeline("same").State(v1alpha1.StateInProgress) })
	o.add("shop", "new", func(b *recordBuilder) { b.Pipeline("same").Created(created.Add(time.Second)) })
	o.add("shop", "odd", func(b *recordBuilder) { b.LastUpdated(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) })
	o.run(time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 1, v1alpha1.ReasonSuperseded: 1, rejected: 1})
	o.expectHistory("shop", "new", "successful SHOP-1 Accepted")
	o.expectHistory("shop", "old")
	o.expectHistory("shop", "odd")
}

// A request that fails with the site is said of when the site says why it takes nothing.
func TestARequestThatFailsWithItsSiteIsRemembered(t *testing.T) {
	o := newOffice(t)
	o.add("shop", "web")
	o.gateway = func([]string) error { return kinds["502"] }
	o.probe = func() error { return kinds["502"] }
	o.pass()
	record := o.records["shop/web"]
	notReady := NewOutcome(SourceOf(record), v1alpha1.ReasonSiteNotReady, "JiraSite acme is not ready (Unreachable).")
	o.q.Conclude(&notReady, o.now.Add(time.Second))
	again := NewOutcome(SourceOf(record), v1alpha1.ReasonSiteNotReady, "JiraSite acme is not ready (RateLimited).")
	o.q.Conclude(&again, o.now.Add(time.Minute))
	if notReady.Told == nil || again.Told != nil || len(again.History) != 1 {
		t.Errorf("news are %v, then %v with the history %v; want the first alone", notReady.Told, again.Told, lines(again.History))
	}
	unknown := NewOutcome(Source{UID: "of-nobody"}, v1alpha1.ReasonSiteNotReady, "")
	if o.q.Conclude(&unknown, o.now); unknown.Told != nil || unknown.History != nil {
		t.Errorf("of a record that the queue does not know is remembered %v", unknown.History)
	}
	o.note([]Outcome{again})
	o.now = o.now.Add(time.Minute)
	o.gateway, o.probe = nil, nil
	o.run(time.Minute)
	o.expectHistory("shop", "web", "successful SHOP-1 Accepted", "successful SHOP-1 SiteNotReady")
}

func TestWhatARecordRemembersIsBounded(t *testing.T) {
	o := newOffice(t)
	long := strings.Repeat("ü", 200)
	o.gateway = func([]string) error {
		return &jira.Error{Kind: jira.Unavailable, Messages: []string{strings.Repeat("x", 400)}}
	}
	o.add("shop", "web", func(b *recordBuilder) {
		b.Services(slices.Collect(func(yield func(string) bool) {
			for i := range 400 {
				if !yield(fmt.Sprint(long, i)) {
					return
				}
			}
		})...)
	})
	o.run(time.Hour)
	history := o.records["shop/web"].Status.History
	if len(history) != 1 || len(history[0].Issues) > maxIssues || len(history[0].Message) > maxAnswer || len(history[0].Message) < maxAnswer/2 {
		t.Errorf("the history is %+v", history)
	}
	for i := range 30 {
		o.gateway = nil
		o.change("shop", "web", []v1alpha1.DeploymentState{v1alpha1.StateFailed, v1alpha1.StateSuccessful}[i%2])
		o.run(time.Minute)
	}
	history = o.records["shop/web"].Status.History
	if n := len(history); n != v1alpha1.MaxHistory || history[0].UpdateSequenceNumber != history[n-1].UpdateSequenceNumber+int64(n)-1 {
		t.Errorf("of 31 deliveries are remembered %v, want the last ten", lines(history))
	}
}
