// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A first installation during the day: what is past and what just happens come together. They share no request, and no
// request is smaller than it has to be.
func TestWhatIsPastSharesNoRequestWithWhatJustHappened(t *testing.T) {
	o := newOffice(t)
	for i := range 150 {
		o.add("shop", fmt.Sprintf("past-%03d", i), func(b *recordBuilder) { b.Past() })
		o.add("shop", fmt.Sprintf("web-%03d", i))
	}
	o.run(time.Minute)
	for i, pipelines := range o.requests {
		past := func(pipeline string) bool { return strings.Contains(pipeline, "past-") }
		if slices.ContainsFunc(pipelines, past) && !past(pipelines[0]) || past(pipelines[0]) && slices.ContainsFunc(pipelines, func(p string) bool { return !past(p) }) {
			t.Errorf("request %d tells of both: %v", i+1, pipelines)
		}
	}
	sizes := o.sizes()
	slices.Sort(sizes)
	if diff := cmp.Diff([]int{50, 50, 100, 100}, sizes); diff != "" {
		t.Errorf("records a request (-want +got):\n%s", diff)
	}
	o.expectReasons("shop", map[string]int{accepted: 300})
}

// A bad record of the past is isolated among its kind, and the others are told what they tell.
func TestABadRecordOfThePastIsIsolated(t *testing.T) {
	o := newOffice(t)
	for i := range 20 {
		o.add("shop", fmt.Sprintf("past-%03d", i), func(b *recordBuilder) { b.Past() })
		o.add("shop", fmt.Sprintf("web-%03d", i))
	}
	o.gateway = refuses(inJirasWords, "shop/past-007")
	o.run(time.Minute)
	o.add("shop", "later") // the proof that Jira takes others
	o.run(time.Hour)
	o.expectReasons("shop", map[string]int{accepted: 40, rejected: 1})
	if got := o.said["shop/past-007"].Condition.Reason; got != rejected {
		t.Errorf("the bad record says %s, want %s", got, rejected)
	}
}

func TestABatchSaysWhetherItTellsOfThePast(t *testing.T) {
	for name, tt := range map[string]struct {
		record *recordBuilder
		want   bool
	}{
		"of the past":           {makeRecord("web", "SHOP-1").Past(), true},
		"of what just happened": {makeRecord("web", "SHOP-1"), false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.q.Sync([]Record{tt.record.Obj()}, o.now)
			batch, _ := o.q.Next(o.now)
			if len(batch.Bodies) != 1 || batch.Backfill != tt.want {
				t.Errorf("a batch of %d, backfill %v; want one record, %v", len(batch.Bodies), batch.Backfill, tt.want)
			}
		})
	}
}
