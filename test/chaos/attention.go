package main

import (
	"sync"
	"time"

	"github.com/rollcall-dev/rollcall/internal/record/oracle"
)

// grace is how long a manager that is at work may take to notice something, on a machine that has more to do.
const grace = 3 * time.Second

// attention holds when a manager was at work, and the API server there to tell it something.
type attention struct {
	mu      sync.Mutex
	windows []window
}

// window is a time; one without an end goes on.
type window struct {
	from, to time.Time
}

func (w window) open() bool { return w.to.IsZero() }

// begin opens a window, unless one is open.
func (a *attention) begin(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.windows); n == 0 || !a.windows[n-1].open() {
		a.windows = append(a.windows, window{from: now})
	}
}

// end closes the window that is open.
func (a *attention) end(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.windows); n > 0 && a.windows[n-1].open() {
		a.windows[n-1].to = now
	}
}

// longest returns how long at a stretch a manager was at work between two times.
func (a *attention) longest(from, to time.Time) time.Duration {
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

// noticed says whether a manager must have noticed a fact.
func (a *attention) noticed(f oracle.Fact) bool {
	return !f.Vague && a.longest(f.From, f.To) >= f.Needs+grace
}
