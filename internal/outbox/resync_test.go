// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

// later is when the resync of the tests began: Jira was told of the records long before.
var later = created.Add(time.Hour)

func resynced(b *recordBuilder) { b.Resynced(later) }

// What is sent once more tells of the past, and of no change: neither an automation nor the histogram of latencies takes it
// for news. Its number is above that of any update before.
func TestWhatIsSentOnceMoreIsNoNews(t *testing.T) {
	before := makeRecord("web", "SHOP-1").Generation(3).entry().message
	again := makeRecord("web", "SHOP-1").Generation(3).Resynced(later).entry().message
	if !again.Resync || !again.Backfill || !again.Changed.IsZero() || before.Resync || before.Backfill || before.Changed.IsZero() {
		t.Errorf("before: %+v\nagain: %+v", before, again)
	}
	if microseconds := later.UnixMicro(); again.Version <= before.Version || again.Version < microseconds {
		t.Errorf("its number is %d after %d; want it to be higher, and that of the time %d", again.Version, before.Version, microseconds)
	}
	next := makeRecord("web", "SHOP-1").Generation(3).Resynced(later)
	next.d.Generation = 4
	if news := next.entry().message; news.Resync || news.Backfill || news.Changed.IsZero() || news.Version <= again.Version {
		t.Errorf("its next change is %+v; want news, with a higher number than %d", news, again.Version)
	}
}

// A thousand records that are sent once more share full requests, and namespaces take turns.
func TestWhatIsSentOnceMoreSharesRequests(t *testing.T) {
	o := newOffice(t)
	for i := range 500 {
		o.add("shop", "web-"+string(rune('a'+i%26))+strings.Repeat("x", i/26), resynced)
	}
	o.add("pay", "api", resynced)
	o.run(time.Minute)
	if diff := cmp.Diff([]int{100, 100, 100, 100, 100, 1}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	if !slices.Contains(o.requests[0], "pay/api") {
		t.Error("the one record of a namespace waits for another namespace's hundreds")
	}
	o.expectReasons("shop", map[string]int{accepted: 500})
}

// Records are marked one after the other. They share a request, where none comes for a while, or where there are enough.
func TestWhatIsSentOnceMoreGathers(t *testing.T) {
	o := newOffice(t)
	for i := range 150 {
		o.add("shop", "web-"+string(rune('a'+i%26))+strings.Repeat("x", i/26), resynced)
		o.run(20 * time.Millisecond)
	}
	o.run(time.Minute)
	if diff := cmp.Diff([]int{100, 50}, o.sizes()); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
}

// What is new goes first, from whichever namespace, and waits for one request at most.
func TestWhatIsSentOnceMoreHoldsUpNothingThatIsNew(t *testing.T) {
	o := newOffice(t)
	for i := range 300 {
		o.add("shop", "web-"+string(rune('a'+i%26))+strings.Repeat("x", i/26), resynced)
	}
	o.add("pay", "first")
	o.gateway = func([]string) error {
		if len(o.requests) == 2 {
			o.add("other", "second")
			o.add("shop", "third")
		}
		return nil
	}
	o.run(time.Minute)
	if diff := cmp.Diff([]string{"pay/first"}, o.requests[0]); diff != "" {
		t.Errorf("the first request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"other/second", "shop/third"}, o.requests[2]); diff != "" {
		t.Errorf("the request after two came (-want +got):\n%s", diff)
	}
	o.expectReasons("shop", map[string]int{accepted: 301})
}

// One that Jira refuses now is isolated, and says so.
func TestABadRecordThatIsSentOnceMoreIsIsolated(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		o.add("shop", name, resynced)
	}
	o.gateway = refuses(inJirasWords, "shop/c")
	o.run(time.Minute)
	o.add("shop", "later") // the proof that Jira takes others
	o.run(time.Hour)
	o.expectReasons("shop", map[string]int{accepted: 4, rejected: 1})
}

// The answer to a record stands, until somebody says that the cache shows it.
func TestAnAnsweredRecordIsSentOnceMoreWhereItIsForgotten(t *testing.T) {
	o := newOffice(t)
	o.lags = true
	o.add("shop", "web")
	o.run(time.Second)
	name := nameOf("shop", "web")
	uid := o.records[name].UID
	o.add("shop", "web", resynced)
	o.records[name].UID = uid
	o.run(time.Minute)
	if len(o.requests) != 1 {
		t.Fatalf("%d requests, want one: the answer stands", len(o.requests))
	}
	o.q.Forget(uid)
	o.q.Forget("a record that nobody knows")
	o.run(time.Minute)
	if len(o.requests) != 2 {
		t.Errorf("%d requests, want a second one", len(o.requests))
	}
}

// Of records that are one deployment to Jira the newest is what Jira shows.
func TestTheNewestOfADeploymentIsSentOnceMore(t *testing.T) {
	message := func(name, namespace string, sequence int64, after time.Duration) Message {
		return makeRecord(name, "SHOP-1").Namespace(namespace).Pipeline("eu-1/web").Sequence(sequence).Created(created.Add(after)).entry().message
	}
	got := Newest([]Message{
		message("old", "shop", 7, 0), message("new", "shop", 7, time.Minute), message("older", "shop", 7, -time.Minute),
		message("next", "shop", 8, 0), message("elsewhere", "pay", 7, 0),
	})
	want := map[types.UID]bool{"uid-of-shop/new": true, "uid-of-shop/next": true, "uid-of-pay/elsewhere": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Newest (-want +got):\n%s", diff)
	}
}
