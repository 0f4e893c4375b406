package cluster

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

// reporter tells a person how far a build is.
type reporter struct {
	subject  string // what is built
	out      io.Writer
	clock    clock.PassiveClock
	terminal bool
	interval time.Duration

	mu      sync.Mutex
	last    time.Time // of the last status line
	overlay bool      // a status line stands on the terminal, without its line end
}

func newReporter(subject string, out io.Writer, clk clock.PassiveClock) *reporter {
	if out == nil {
		out = io.Discard
	}
	r := &reporter{subject: subject, out: out, clock: clk, interval: logInterval}
	if file, ok := out.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			r.terminal, r.interval = true, terminalInterval
		}
	}
	return r
}

// line prints a message of its own.
func (r *reporter) line(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.print(fmt.Sprintf(format, args...), "\n")
	r.overlay, r.last = false, r.clock.Now()
}

// status prints where a step is, unless the last message is younger than the interval.
func (r *reporter) status(text string) {
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
func (r *reporter) print(text, end string) {
	start := ""
	if r.overlay {
		start = "\r\x1b[K"
	}
	_, _ = io.WriteString(r.out, start+r.subject+": "+text+end)
}

// follow prints status() until the returned function is called.
func (r *reporter) follow(status func() string) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(r.interval / 5) // status keeps to the interval; a ticker of the same length would miss it by a hair
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				r.status(status())
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// since is the time that has passed, as a person would say it.
func (r *reporter) since(start time.Time) time.Duration {
	return r.clock.Since(start).Round(time.Second)
}
