// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"time"

	"golang.org/x/time/rate"
)

// Batching. Up to immediateRate records a second, and immediateBurst together, go out at once. Above that a window
// opens: its batch goes out when no record has arrived for idleDuration, or maxDuration after its first. For busyDuration
// after a window closed the next record opens another.
const (
	immediateRate  = 3
	immediateBurst = 4
	busyDuration   = time.Second
	idleDuration   = 300 * time.Millisecond
	maxDuration    = 700 * time.Millisecond
)

// batcher says when records that have just arrived are sent. It counts a pass of the site as an arrival: a new record
// causes one.
type batcher struct {
	immediate *rate.Limiter
	// opened is when the window opened, and last when a record last arrived in it; zero while no window is open.
	opened, last time.Time
	// timer is when the pass that the window asked for is due: that pass is no arrival.
	timer time.Time
	// closed is when the last window closed. What arrived before goes out, in as many batches as it takes.
	closed time.Time
	// busyUntil is until when no record goes out at once.
	busyUntil time.Time
}

// open opens a window, and returns when to look again.
func (b *batcher) open(now time.Time) time.Duration {
	b.opened, b.last, b.timer = now, now, now.Add(idleDuration)
	return idleDuration
}

// wait counts an arrival in the window, and returns how long the window stays open; zero where none is open any more.
func (b *batcher) wait(now time.Time) time.Duration {
	if b.opened.IsZero() {
		return 0
	}
	if now.Before(b.timer) {
		b.last = now
	}
	due := b.last.Add(idleDuration)
	if limit := b.opened.Add(maxDuration); due.After(limit) {
		due = limit
	}
	if left := due.Sub(now); left > 0 {
		if !now.Before(b.timer) {
			b.timer = due
		}
		return left
	}
	b.opened, b.closed, b.busyUntil = time.Time{}, now, now.Add(busyDuration)
	return 0
}

// allow says whether so many records that have just arrived go out at once.
func (b *batcher) allow(now time.Time, records int) bool {
	if now.Before(b.busyUntil) || !b.immediate.AllowN(now, records) {
		return false
	}
	b.closed = now
	return true
}
