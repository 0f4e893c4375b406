package controller

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

func TestWhatIsLeftOutWaitsByItself(t *testing.T) {
	now := noon
	l := leftOut{}
	left, other := makeRecord("acme", "left", "SHOP-1"), makeRecord("acme", "other", "SHOP-2")
	both := []*v1alpha1.JiraDeployment{left, other}
	items := []outbox.Item{{Record: left}, {Record: other}}
	var waits []time.Duration
	for range 12 {
		if got := l.due(both, now); len(got) != 2 {
			t.Fatalf("%d records are due once the wait is over, want both", len(got))
		}
		if got := l.note(items, []outbox.Outcome{{Item: items[1]}}, now); len(got) != 1 || got[0].Record != left {
			t.Fatalf("%d records are left out, want one", len(got))
		}
		if got := l.due(both, now); len(got) != 1 || got[0] != other {
			t.Fatalf("%d records are due meanwhile, want the other one", len(got))
		}
		waits = append(waits, l.wait(now))
		now = now.Add(l.wait(now))
	}
	if first := waits[0]; first != time.Second {
		t.Errorf("the first wait is %s, want a second", first)
	}
	if last := waits[len(waits)-1]; last < 4*time.Minute || last > 5*time.Minute {
		t.Errorf("the last wait is %s, want some minutes", last)
	}

	l.note(items, []outbox.Outcome{{Item: items[0]}}, now)
	if wait := l.wait(now); wait != time.Second {
		t.Errorf("wait for another record = %s, want a second", wait)
	}
	changed := other.DeepCopy()
	changed.Generation++
	if got := l.due([]*v1alpha1.JiraDeployment{changed}, now); len(got) != 1 {
		t.Error("a record that has changed waits")
	}
	if l.due(nil, now); len(l) != 0 || l.wait(now) != 0 {
		t.Errorf("%d records are remembered that are pending no more, and the wait is %s", len(l), l.wait(now))
	}
}
