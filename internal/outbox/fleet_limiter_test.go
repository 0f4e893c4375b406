// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"math"
	"net/http"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// fleetLimit is how many requests Jira takes of one credential in limitWindow.
const fleetLimit = 5000

// limiter takes a request at now, or says for how long it takes none.
type limiter interface {
	take(now time.Time) (wait time.Duration, ok bool)
}

// fixedWindow counts anew at the end of each window.
type fixedWindow struct {
	ends  time.Time
	taken int
}

func (l *fixedWindow) take(now time.Time) (time.Duration, bool) {
	for !now.Before(l.ends) {
		l.ends, l.taken = l.ends.Add(limitWindow), 0
	}
	if l.taken == fleetLimit {
		return l.ends.Sub(now), false
	}
	l.taken++
	return 0, true
}

// slidingWindow counts what it took in the window before now.
type slidingWindow struct{ taken []time.Time }

func (l *slidingWindow) take(now time.Time) (time.Duration, bool) {
	for len(l.taken) > 0 && !l.taken[0].Add(limitWindow).After(now) {
		l.taken = l.taken[1:]
	}
	if len(l.taken) == fleetLimit {
		return l.taken[0].Add(limitWindow).Sub(now), false
	}
	l.taken = append(l.taken, now)
	return 0, true
}

// tokenBucket is full at first, and fills in limitWindow.
type tokenBucket struct {
	tokens float64
	at     time.Time
}

func (l *tokenBucket) take(now time.Time) (time.Duration, bool) {
	l.tokens, l.at = min(fleetLimit, l.tokens+now.Sub(l.at).Seconds()*fleetLimit/limitWindow.Seconds()), now
	if l.tokens < 1 {
		return time.Second, false
	}
	l.tokens--
	return 0, true
}

// words are what a refusal says beside its status.
type words int

const (
	reasonAndWait words = iota
	waitAlone
	nothing
)

// refuse returns Jira's error for a request that the limiter does not take.
func (w words) refuse(wait time.Duration) error {
	e := &jira.Error{Op: "submit deployments", Kind: jira.Throttled, StatusCode: http.StatusTooManyRequests}
	if w != nothing {
		e.RetryAfter = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	}
	if w == reasonAndWait {
		e.LimitReason = "jira-quota-tenant-based"
	}
	return e
}
