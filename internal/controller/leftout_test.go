package controller

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

func TestWhatIsLeftOutHoldsUpNoOther(t *testing.T) {
	now := noon
	l := newLeftOut()
	left, other := makeRecord("acme", "left", "SHOP-1"), makeRecord("acme", "other", "SHOP-2")
	items := []outbox.Item{{Record: left}}
	var waits []time.Duration
	for range 12 {
		if got := l.others([]*v1alpha1.JiraDeployment{left, other}, now); len(got) != 2 {
			t.Fatalf("%d records are sent once the wait is over, want both", len(got))
		}
		l.add(items, now)
		if got := l.others([]*v1alpha1.JiraDeployment{left, other}, now); len(got) != 1 || got[0] != other {
			t.Fatalf("%d records are sent meanwhile, want the other one", len(got))
		}
		waits = append(waits, l.wait(now))
		l.add([]outbox.Item{{Record: other}}, now.Add(waits[len(waits)-1]/2)) // another one waits with it
		now = now.Add(waits[len(waits)-1])
	}
	if first := waits[0]; first < time.Second || first > 2*time.Second {
		t.Errorf("the first wait is %s, want about a second", first)
	}
	if last := waits[len(waits)-1]; last < 4*time.Minute || last > 5*time.Minute {
		t.Errorf("the last wait is %s, want about five minutes", last)
	}

	l.add(items, now)
	changed := left.DeepCopy()
	changed.Generation++
	if got := l.others([]*v1alpha1.JiraDeployment{changed}, now); len(got) != 1 {
		t.Error("a record that has changed waits")
	}

	now = now.Add(time.Hour)
	l.others(nil, now)
	if wait := l.wait(now); wait != 0 {
		t.Errorf("wait with nothing left = %s, want none", wait)
	}
	l.add(items, now)
	if wait := l.wait(now); wait > 2*time.Second {
		t.Errorf("wait for another record = %s, want about a second", wait)
	}
}
