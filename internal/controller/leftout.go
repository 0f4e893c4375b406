package controller

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// leftOut are the records of a site that Jira left unanswered, though it answered. They are sent again after waits that
// grow, and meanwhile hold up no other.
type leftOut struct {
	generations map[types.UID]int64
	patience    wait.Backoff
	until       time.Time
}

func newLeftOut() leftOut {
	return leftOut{generations: map[types.UID]int64{}, patience: outbox.NewBackoff()}
}

// add adds what was left out. All of them wait for the same time.
func (l *leftOut) add(items []outbox.Item, now time.Time) {
	if len(items) > 0 && !now.Before(l.until) {
		l.until = now.Add(l.patience.Step())
	}
	for _, item := range items {
		l.generations[item.Record.UID] = item.Record.Generation
	}
}

// others returns those of the pending records that are not waited with. Once the wait is over these are all.
func (l *leftOut) others(pending []*v1alpha1.JiraDeployment, now time.Time) []*v1alpha1.JiraDeployment {
	if !now.Before(l.until) {
		clear(l.generations)
	}
	if len(l.generations) == 0 {
		return pending
	}
	var others []*v1alpha1.JiraDeployment
	for _, d := range pending {
		if generation, left := l.generations[d.UID]; !left || generation < d.Generation {
			others = append(others, d)
		}
	}
	return others
}

// wait returns how long to wait until they are sent again. Where there are none it is zero, and the next one's waits
// begin anew.
func (l *leftOut) wait(now time.Time) time.Duration {
	if len(l.generations) == 0 {
		l.patience = outbox.NewBackoff()
		return 0
	}
	return max(time.Millisecond, l.until.Sub(now))
}
