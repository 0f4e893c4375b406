package controller

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// leftOut are the records of a site that Jira left unanswered, though it answered. Each is sent again after waits that
// grow, and meanwhile holds up no other.
type leftOut map[types.UID]*absence

type absence struct {
	generation int64
	patience   wait.Backoff
	until      time.Time
}

// note notes which items of a batch have an outcome, and which wait. It returns the latter.
func (l leftOut) note(batch []outbox.Item, outcomes []outbox.Outcome, now time.Time) []outbox.Item {
	for _, o := range outcomes {
		delete(l, o.Item.Record.UID)
	}
	left := outbox.Unanswered(batch, outcomes)
	for _, item := range left {
		d := item.Record
		a := l[d.UID]
		if a == nil || a.generation < d.Generation {
			a = &absence{generation: d.Generation, patience: outbox.NewBackoff()}
			a.patience.Jitter = 0 // those that were left out together go out together
			l[d.UID] = a
		}
		a.until = now.Add(a.patience.Step())
	}
	return left
}

// due returns those of the pending records that need not wait, and forgets those that are pending no more.
func (l leftOut) due(pending []*v1alpha1.JiraDeployment, now time.Time) []*v1alpha1.JiraDeployment {
	if len(l) == 0 {
		return pending
	}
	var due []*v1alpha1.JiraDeployment
	there := map[types.UID]bool{}
	for _, d := range pending {
		there[d.UID] = true
		if a := l[d.UID]; a == nil || a.generation < d.Generation || !now.Before(a.until) {
			due = append(due, d)
		}
	}
	for id := range l {
		if !there[id] {
			delete(l, id)
		}
	}
	return due
}

// wait returns how long it is until the first of them is due; zero where there are none.
func (l leftOut) wait(now time.Time) time.Duration {
	var shortest time.Duration
	for _, a := range l {
		if left := max(time.Millisecond, a.until.Sub(now)); shortest == 0 || left < shortest {
			shortest = left
		}
	}
	return shortest
}
