package oracle

import (
	"sync"
	"time"
)

// Attention holds when a manager was at work, and the API server there to tell it something.
type Attention struct {
	mu      sync.Mutex
	windows []window
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

// longest returns how long at a stretch a manager was at work between two times.
func (a *Attention) longest(from, to time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	longest := time.Duration(0)
	for _, w := range a.windows {
		begin, end := w.from, w.to
		if begin.Before(from) {
			begin = from
		}
		if w.open() || end.After(to) {
			end = to
		}
		longest = max(longest, end.Sub(begin))
	}
	return longest
}

// Noticed says whether a manager must have noticed a fact, where it may take so long to notice anything.
func (a *Attention) Noticed(f Fact, grace time.Duration) bool {
	return !f.Vague && a.longest(f.From, f.To) >= f.Needs+grace
}
