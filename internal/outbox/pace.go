// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// The pace of a site is how many requests a minute are sent to it. It learns from Jira's refusals alone (429), because
// the senders that share a limit know nothing of each other:
//
//	start    10 a minute, twice as many every 12 s, up to spec.requestsPerMinute
//	429      half of it; the first one after a start says that there are others, and not how many: 2 a minute at most
//	after    it grows slowly, by the minute and not by the request, and the slower the higher it is: whoever is behind
//	         catches up
//	2 hours  without another 429: what it said is old, and the pace doubles every 12 s again
//
// docs/design/0030-fair-among-many.md has what was measured, and what else was tried.
const (
	// minPace is the least: 1,000 clusters with one limit of 5,000 requests in 5 minutes still fit.
	minPace = 1.0
	// startPace is the first pace, and startDoubling how long it takes to double.
	startPace     = 10.0
	startDoubling = 12 * time.Second
	// sharedPace is the highest pace after the first 429.
	sharedPace = 2.0
	// growth is by how much the cube of the pace grows in a minute: from 2 to 2.8 in 10 minutes, to 3.8 in half an hour.
	growth = 1.5
	// limitWindow is for how long Jira's limit counts a request. A success says that the limit had room in it, and two
	// refusals in it are one.
	limitWindow = 5 * time.Minute
	// limitMemory is for how long a refusal is remembered.
	limitMemory = 2 * time.Hour
	// outage is how long a site took nothing when the pace starts anew.
	outage = 3 * limitWindow
	// savings is the time in which what is not sent is saved up: a cluster with little to send does not feel a low pace.
	savings = 4 * time.Minute
)

// Pace says when the next request may be sent to a site. It is not safe for concurrent use: the key of the site's
// reconciler is its lock.
type Pace struct {
	ceiling float64
	random  func() float64
	bucket  *rate.Limiter

	// started is when the pace began to double, and succeeded when Jira last took a request.
	started, succeeded time.Time
	// refusals is how often Jira refused a request since it took one.
	refusals int
	// lesson is what the refusals taught, and before what those before them did.
	lesson, before lesson
	// doubted says that a delivery was refused once more, and that a probe tells whether that is for what was in it.
	doubted bool
}

// lesson is what Jira's refusals taught; zero where there were none.
type lesson struct {
	// half is what the pace grows from: half of what it was at a refusal. since is when that was.
	half  float64
	since time.Time
	// last is the last refusal. Nothing is sent before heldUntil.
	last      refusal
	heldUntil time.Time
}

// NewPace returns the pace of a site of which nothing is known. random returns numbers from 0 to 1.
func NewPace(perMinute int, now time.Time, random func() float64) *Pace {
	p := &Pace{ceiling: float64(perMinute), random: random, started: now, succeeded: now}
	limit, burst := p.limits(now)
	p.bucket = rate.NewLimiter(limit, burst)
	return p
}

// SetCeiling has the pace never be higher than so many requests a minute.
func (p *Pace) SetCeiling(perMinute int) {
	p.ceiling = float64(perMinute)
}

// PerMinute returns how many requests a minute are sent at most. Without successes it stops growing.
func (p *Pace) PerMinute(now time.Time) float64 {
	if vouched := p.succeeded.Add(limitWindow); now.After(vouched) {
		now = vouched
	}
	pace := startPace * doublings(now.Sub(p.started))
	if l := p.lesson; !l.since.IsZero() {
		age := max(0, now.Sub(l.since))
		cube := l.half*l.half*l.half + growth*min(age, limitMemory).Minutes()
		pace = min(pace, math.Cbrt(cube)*doublings(now.Sub(l.last.at)-limitMemory))
	}
	return min(max(pace, minPace), p.ceiling)
}

func doublings(after time.Duration) float64 {
	return math.Exp2(max(0, after).Seconds() / startDoubling.Seconds())
}

// limits returns the pace as the bucket's: what is saved up is a second's worth of the ceiling at most. While Jira refuses
// requests nothing is, or all senders would come back with what they saved meanwhile.
func (p *Pace) limits(now time.Time) (rate.Limit, int) {
	pace := p.PerMinute(now)
	if p.refusals > 0 {
		return rate.Limit(pace / 60), 1
	}
	return rate.Limit(pace / 60), int(max(1, min(pace*savings.Minutes(), p.ceiling/60)))
}

func (p *Pace) fill(now time.Time) {
	limit, burst := p.limits(now)
	p.bucket.SetLimitAt(now, limit)
	p.bucket.SetBurstAt(now, burst)
}

// Delay returns how long it is until a request may be sent; zero: it may be now. It takes nothing.
func (p *Pace) Delay(now time.Time) time.Duration {
	p.fill(now)
	held := max(0, p.lesson.heldUntil.Sub(now))
	missing := 1 - p.bucket.TokensAt(now)
	if missing <= 0 {
		return held
	}
	return max(held, time.Millisecond, time.Duration(math.Ceil(missing/float64(p.bucket.Limit())*1000))*time.Millisecond)
}

// Take counts a request that is sent now. A probe is not held up: those that follow wait for it.
func (p *Pace) Take(now time.Time) {
	p.fill(now)
	p.bucket.ReserveN(now, 1)
}
