// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	accepted = v1alpha1.ReasonAccepted
	rejected = v1alpha1.ReasonRejected
	pending  = v1alpha1.ReasonPending
)

func (o *office) expectReasons(namespace string, want map[string]int) {
	o.t.Helper()
	if diff := cmp.Diff(want, o.reasons(namespace)); diff != "" {
		o.t.Errorf("what the records of %s say (-want +got):\n%s", namespace, diff)
	}
}

func TestARecordOfAnIdleSiteGoesOutAtOnce(t *testing.T) {
	o := newOffice(t)
	for i := range 100 { // two a second, for as long as it may be
		o.add("shop", fmt.Sprintf("web-%d", i))
		o.pass()
		if len(o.requests) != i+1 {
			t.Fatalf("record %d waits", i+1)
		}
		o.now = o.now.Add(500 * time.Millisecond)
	}
}

// 40 records a second for 25 s: the first go out at once, the others share requests.
func TestTheRecordsOfABusySiteShareRequests(t *testing.T) {
	const every, records = 25 * time.Millisecond, 1000
	o := newOffice(t)
	next := o.now
	for i := range records {
		o.add("shop", fmt.Sprintf("web-%d", i))
		for at := o.now; !next.After(at); {
			next = at.Add(o.pass())
		}
		wait := o.pass() // a new record causes a pass
		if next = o.now.Add(wait); wait == 0 {
			next = o.now.Add(time.Hour)
		}
		o.now = o.now.Add(every)
	}
	end := o.now
	for len(o.took) < records {
		o.now = o.now.Add(o.pass())
	}
	if n := len(o.requests); n > 50 {
		t.Errorf("%d requests went out, want 50 at most", n)
	}
	if late := o.now.Sub(end); late > idleDuration+time.Millisecond {
		t.Errorf("the last record went out %s after it came, want %s at most", late, idleDuration)
	}
}

func TestABatchIsBoundedByRecordsAndBytes(t *testing.T) {
	o := newOffice(t)
	o.addMany("shop", 250)
	o.run(time.Minute)
	if diff := cmp.Diff([]int{100, 100, 50}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}

	large := newOffice(t)
	for i := range 40 {
		large.add("shop", fmt.Sprintf("web-%d", i), func(b *recordBuilder) {
			for n := range 490 {
				b.d.Spec.IssueKeys = append(b.d.Spec.IssueKeys, fmt.Sprintf("%s-%d", strings.Repeat("P", 200), n+1))
			}
		})
	}
	large.run(time.Minute)
	if len(large.took) != 40 || len(large.requests) < 4 || len(large.requests) > 6 {
		t.Errorf("40 records of 100 KB went out in requests of %v records, want some 10 each", large.sizes())
	}
}

func TestTooLargeHalvesTheBytesAndSuccessesGiveThemBack(t *testing.T) {
	o := newOffice(t)
	o.gateway = func(told []string) error {
		if len(told) > 30 {
			return kinds["413"]
		}
		return nil
	}
	o.addMany("shop", 100)
	o.run(time.Minute)
	o.expectReasons("shop", map[string]int{accepted: 100})
	if n := len(o.requests); n > 20 {
		t.Errorf("it took %d requests: %v", n, o.sizes())
	}
	o.gateway = nil
	o.requests = nil
	for i := range 20 {
		o.add("shop", fmt.Sprintf("api-%d", i))
	}
	o.run(time.Minute)
	o.addMany("pay", 100)
	o.run(time.Minute)
	if got := o.sizes()[len(o.sizes())-1]; got != 100 {
		t.Errorf("after some successes a request carries %d of 100 records", got)
	}
}

func TestNamespacesTakeTurns(t *testing.T) {
	o := newOffice(t)
	for i := range 1000 {
		o.add("noisy", fmt.Sprintf("web-%d", i), func(b *recordBuilder) { b.LastUpdated(created.AddDate(-50, 0, 0)) })
	}
	o.pass() // a first request of the noisy one alone
	o.add("quiet", "web")
	o.pass()
	if _, ok := o.took["quiet/web"]; !ok {
		t.Error("the one record of a namespace waits behind the thousand of another")
	}
	o.run(time.Minute)
	o.expectReasons("noisy", map[string]int{accepted: 1000})
}

func TestOfRecordsWithOneKeyOnlyTheNewestIsSent(t *testing.T) {
	o := newOffice(t)
	for i := range 300 {
		o.add("noisy", fmt.Sprintf("web-%03d", i), func(b *recordBuilder) {
			b.Pipeline("same").Created(created.Add(time.Duration(i) * time.Second)).LastUpdated(created.AddDate(-50, 0, 0))
		})
	}
	o.add("quiet", "web", func(b *recordBuilder) { b.Pipeline("same") }) // another namespace speaks for itself
	o.run(time.Minute)
	if diff := cmp.Diff([]int{1, 1}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	o.expectReasons("noisy", map[string]int{accepted: 1, v1alpha1.ReasonSuperseded: 299})
	o.expectReasons("quiet", map[string]int{accepted: 1})
	if got := o.said["noisy/web-299"].Condition.Reason; got != accepted {
		t.Errorf("the newest record is %s", got)
	}
}

func TestWhatCannotBeEncodedIsRejectedAndCostsNoRequest(t *testing.T) {
	o := newOffice(t)
	o.add("noisy", "web", func(b *recordBuilder) { b.LastUpdated(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)) })
	o.run(time.Minute)
	o.expectReasons("noisy", map[string]int{rejected: 1})
	for i := range 300 { // more than a batch, and before the other in its turn
		o.add("noisy", fmt.Sprintf("web-%d", i), func(b *recordBuilder) { b.LastUpdated(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)) })
	}
	o.add("quiet", "web")
	o.run(time.Minute)
	o.expectReasons("quiet", map[string]int{accepted: 1})
	o.expectReasons("noisy", map[string]int{rejected: 301})
	if diff := cmp.Diff([]int{1}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

// What was answered is not sent again, however long the cache does not show the answer. A change is.
func TestAnAnswerStandsUntilTheCacheShowsIt(t *testing.T) {
	o := newOffice(t)
	o.lags = true
	o.addMany("shop", 3)
	for range 1000 {
		o.run(24 * time.Hour)
	}
	if diff := cmp.Diff([]int{3}, o.sizes()); diff != "" {
		t.Fatalf("records a request (-want +got):\n%s", diff)
	}
	o.add("shop", "web-002", func(b *recordBuilder) { b.Generation(2).State(v1alpha1.StateFailed) })
	o.run(time.Minute)
	if diff := cmp.Diff([]int{3, 1}, o.sizes()); diff != "" || o.took["shop/web-002"] != "failed" {
		t.Errorf("Jira has web-002 as %s; records a request (-want +got):\n%s", o.took["shop/web-002"], diff)
	}
	o.lags = false
	o.records = map[string]*v1alpha1.JiraDeployment{}
	o.run(time.Minute)
	if n := len(o.q.entries); n != 0 {
		t.Errorf("%d entries are kept of records that are gone", n)
	}
}

// A pass that waits for more records, or for a retry, costs nothing.
func TestTheQueueKeepsNothingOfNamespacesThatAreGone(t *testing.T) {
	o := newOffice(t)
	for i := range 100 {
		o.add(fmt.Sprintf("preview-%d", i), "web")
	}
	o.run(time.Minute)
	o.records = map[string]*v1alpha1.JiraDeployment{}
	o.add("shop", "web")
	o.run(time.Hour)
	if n := len(o.q.namespaces); n > 1 {
		t.Errorf("it remembers the turns of %d namespaces, want that of one", n)
	}
}

// A site that changes may tell Jira of another pipeline, though the record is the same. What was answered stands.
func TestAMessageIsMadeAnewWhenItsSiteChanged(t *testing.T) {
	for name, answered := range map[string]bool{"one that waits": false, "one that was answered": true} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.lags = true
			if !answered {
				o.gateway = func([]string) error { return jiraError(jira.Unavailable) }
			}
			o.add("shop", "web")
			o.pass()
			d := o.records["shop/web"].DeepCopy()
			d.Spec.Pipeline.ID = "eu-1/shop/web"
			o.records["shop/web"], o.gateway = d, nil
			o.q.Renew("nobody's")
			o.q.Renew(d.UID)
			o.run(time.Hour)
			want := map[string]string{"eu-1/shop/web": "successful"}
			if answered {
				want = map[string]string{"shop/web": "successful"}
			}
			if diff := cmp.Diff(want, o.took); diff != "" {
				t.Errorf("Jira has (-want +got):\n%s", diff)
			}
		})
	}
}
