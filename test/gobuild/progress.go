// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Nine silent minutes look like a hang. A terminal gets one line that moves; a log gets a new line
// every few seconds.
const (
	terminalInterval = 200 * time.Millisecond
	logInterval      = 5 * time.Second
)

// Reporter tells a person how far a build is.
type Reporter struct {
	subject  string // what is built
	out      io.Writer
	clock    clock.PassiveClock
	terminal bool
	interval time.Duration

	mu      sync.Mutex
	last    time.Time // of the last status line
	overlay bool      // a status line stands on the terminal, without its line end
}

// NewReporter reports on a subject to out, which may be nil.
func NewReporter(subject string, out io.Writer, clk clock.PassiveClock) *Reporter {
	if out == nil {
		out = io.Discard
	}
	r := &Reporter{subject: subject, out: out, clock: clk, interval: logInterval}
	if file, ok := out.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			r.terminal, r.interval = true, terminalInterval
		}
	}
	return r
}

// Line prints a message of its own.
func (r *Reporter) Line(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.print(fmt.Sprintf(format, args...), "\n")
	r.overlay, r.last = false, r.clock.Now()
}

// Status prints where a step is, unless the last message is younger than the interval.
func (r *Reporter) Status(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clock.Since(r.last) < r.interval {
		return
	}
	r.last = r.clock.Now()
	if r.terminal {
		r.print(text, "")
		r.overlay = true
		return
	}
	r.print(text, "\n")
}

// print replaces a status line that stands on the terminal. What cannot be printed is lost: progress
// is no reason to fail.
func (r *Reporter) print(text, end string) {
	start := ""
	if r.overlay {
		start = "\r\x1b[K"
	}
	_, _ = io.WriteString(r.out, start+r.subject+": "+text+end)
}

// Follow prints status() until the returned function is called.
func (r *Reporter) Follow(status func() string) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(r.interval / 5) // Status keeps to the interval; a ticker of the same length would miss it by a hair
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				r.Status(status())
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// Now is the time on the reporter's clock.
func (r *Reporter) Now() time.Time { return r.clock.Now() }

// Since is the time that has passed, as a person would say it.
func (r *Reporter) Since(start time.Time) time.Duration {
	return r.clock.Since(start).Round(time.Second)
}
