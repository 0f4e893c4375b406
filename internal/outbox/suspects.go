package outbox

import (
	"time"

	"k8s.io/client-go/util/workqueue"
)

const (
	// minRetry and maxRetry bound the waits of suspects, which double.
	minRetry = time.Second
	maxRetry = 5 * time.Minute

	// quarantineDuration is for how long the records of a namespace that had a suspect share no batch with others'.
	quarantineDuration = 10 * time.Minute

	// suspectInterval is the shortest time between two requests with records of a namespace that failed by themselves.
	suspectInterval = time.Second

	// bisection is how many requests in a row may fail while one record out of a full batch is isolated. More of them say
	// that nothing is taken, and slow the queue down.
	bisection = 8
	// maxSlowdown is the longest wait between two requests with suspects in a queue that is slowed down.
	maxSlowdown = 30 * time.Second
	// maxFreshWait is the longest that records which never failed wait in a queue that is slowed down.
	maxFreshWait = 5 * time.Second
)

// quarantine is what a namespace has to keep to that had a record which failed by itself.
type quarantine struct {
	// until is when its records share batches with others' again, and next when the next one that failed may be tried.
	until, next time.Time
}

// suspects are entries that failed in one request though the site works, or those of a namespace that answers left out.
// They are sent by themselves, after waits that grow, and hold up no others. A request of suspects that fails again is
// halved, until what is at fault is alone.
type suspects struct {
	failures  int
	notBefore time.Time
	backoff   workqueue.TypedRateLimiter[string]
	// alone says that the one entry failed by itself.
	alone bool
	// refused says that Jira itself refused the one entry, and acceptedThen how many answers had taken a record by then.
	refused      bool
	acceptedThen int
}

func newSuspects(failures int, now time.Time) *suspects {
	return &suspects{
		failures: failures, notBefore: now,
		backoff: workqueue.NewTypedItemExponentialFailureRateLimiter[string](minRetry, maxRetry),
	}
}

// wait lets the suspects wait, at least for so long.
func (s *suspects) wait(now time.Time, atLeast time.Duration) time.Duration {
	wait := max(s.backoff.When(""), atLeast)
	s.notBefore = now.Add(wait)
	return wait
}

// afterChange returns the suspects of an entry whose record changed. It stays suspect: otherwise each change of a bad
// record would fail another batch of others. One that failed by itself is tried anew.
func (s *suspects) afterChange(now time.Time) *suspects {
	if s == nil || !s.alone {
		return s
	}
	changed := newSuspects(s.failures, now)
	changed.alone = true
	return changed
}

// halve makes two groups of suspects out of the entries of a batch, which are tried at once.
func halve(entries []*entry, failures int, now time.Time) {
	first, second := newSuspects(failures, now), newSuspects(failures, now)
	for i, e := range entries {
		e.suspects = first
		if i >= len(entries)/2 {
			e.suspects = second
		}
	}
}

// proven notes that Jira answered records one by one.
func (q *Queue) proven() {
	q.unproven, q.suspectsAt, q.freshAt = 0, time.Time{}, time.Time{}
	q.slowdown.Forget("")
}

// unanswered notes that a request failed, though the site works, and how long the answer asks to be left alone. Once more
// for a record that failed by itself does not count.
func (q *Queue) unanswered(now time.Time, asked time.Duration) {
	q.freshAt = now.Add(min(asked, maxFreshWait))
	if q.unproven++; q.unproven > bisection {
		wait := q.slowdown.When("")
		q.suspectsAt, q.freshAt = now.Add(wait), now.Add(min(max(wait, asked), maxFreshWait))
	}
}
