// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"slices"
	"sync"
	"time"
)

// Attention holds when a manager was at work, and the API server there to tell it something, and when it had nothing left to
// do. On a busy machine a manager may be at work for long, and have written half of what it knows.
type Attention struct {
	mu       sync.Mutex
	windows  []window
	caughtUp []time.Time // in their order
}

// window is a time; one without an end goes on.
type window struct {
	from, to time.Time
}

func (w window) open() bool { return w.to.IsZero() }

// Begin opens a window, unless one is open.
func (a *Attention) Begin(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.windows); n == 0 || !a.windows[n-1].open() {
		a.windows = append(a.windows, window{from: now})
	}
}

// End closes the window that is open.
func (a *Attention) End(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.windows); n > 0 && a.windows[n-1].open() {
		a.windows[n-1].to = now
	}
}

// CaughtUp notes that the manager at work has nothing left to do.
func (a *Attention) CaughtUp(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.caughtUp = append(a.caughtUp, now)
}

// Noticed says whether a manager must have noticed a fact, where it may take so long to notice anything: it was at work at a
// stretch for longer than that, and had nothing left to do then.
func (a *Attention) Noticed(f Fact, grace time.Duration) bool {
	if f.Vague {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.windows {
		begin, end := w.from, w.to
		if begin.Before(f.From) {
			begin = f.From
		}
		if w.open() || end.After(f.To) {
			end = f.To
		}
		due := begin.Add(f.Needs + grace)
		next, _ := slices.BinarySearchFunc(a.caughtUp, due, time.Time.Compare)
		if next < len(a.caughtUp) && !a.caughtUp[next].After(end) {
			return true
		}
	}
	return false
}
