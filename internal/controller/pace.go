package controller

import (
	"time"

	"golang.org/x/time/rate"
)

// A site is told at once of a few records: calmRate a second, and calmBurst of them together. Of more it is told when
// lonelyAfter has passed since the last request, and since another record came; busyEvery is the longest that one waits
// for company, so that they share a request.
const (
	calmRate    = 3
	calmBurst   = 4
	lonelyAfter = 500 * time.Millisecond
	busyEvery   = 1500 * time.Millisecond
)

// pace says when the records of a site are sent.
type pace struct {
	calm *rate.Limiter
	// records is how many wait, since when the first of them does, and grew is when the last of them joined. Before
	// any does, that is when the site was last told.
	records     int
	since, grew time.Time
}

// newPace is that of a site that was never told anything.
func newPace() *pace {
	return &pace{calm: rate.NewLimiter(calmRate, calmBurst)}
}

// turn returns how many of so many records are sent now, and how long the others wait. So many as fill a request, of
// the given size, do not.
func (p *pace) turn(records, size int, now time.Time) (send int, wait time.Duration) {
	switch {
	case p.calm.AllowN(now, records):
		send = records
	case records >= size:
		send, wait = records-records%size, lonelyAfter
	default:
		if wait = p.company(records, now); wait > 0 {
			return 0, wait
		}
		p.calm.AllowN(now, int(p.calm.TokensAt(now))) // the next record waits for company
		send = records
	}
	p.records, p.grew = 0, now
	return send, wait
}

// company returns how much longer so many records wait for others; zero, or less, where the time has come to send them.
func (p *pace) company(records int, now time.Time) time.Duration {
	switch p.records {
	case 0:
		p.since = now
	case records:
	default:
		p.grew = now
	}
	p.records = records
	return min(p.grew.Add(lonelyAfter).Sub(now), p.since.Add(busyEvery).Sub(now))
}
