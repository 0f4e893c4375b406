// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

var sequences = flag.Uint64("sequences", 300, "how many sequences of observations to generate")

// TestGeneratedSequences shows managers what nobody thought of: parts of the recordings, late, in the wrong order after
// a restart, and not at all. Whatever a manager saw, what it tells Jira has to be true of that, and true of the present
// in the end. A failure names its seed.
func TestGeneratedSequences(t *testing.T) {
	for seed := range *sequences {
		rng := rand.New(rand.NewPCG(seed, 1))
		tape := tapes()[rng.IntN(len(tapes()))]
		if rng.IntN(2) == 0 {
			tape = wild(tape, rng)
		}
		for i, mood := range moods {
			w := &watcher{manager: mood.make(), mood: mood, rng: rand.New(rand.NewPCG(seed, uint64(i+2))), down: mood.late}
			w.prompt = i == 0
			w.lagged = mood.strays > 0
			w.play(tape)
			if w.problem != "" {
				t.Fatalf("sequence %d, %s, the %s manager: %s\n\nWhat it saw:\n%s", seed, tape.file, mood.name, w.problem, w.log)
			}
		}
	}
}

// mood is how often something happens to a manager, in percent.
type mood struct {
	name    string
	make    func() *manager
	late    bool // it starts after the workload
	lags    int  // a state is shown later
	skips   int  // a state is not shown at all
	falls   int  // it goes down with a state
	rises   int  // it comes up
	strays  int  // when it comes up, it is shown states of the past first
	repeats int  // it observes again where nothing changed
}

func plain() *manager { return newManager("plain", makeSite(), oracle.Rules{}) }

// moods are those of the managers.
var moods = []mood{
	{name: "attentive", make: plain, repeats: 10},
	{name: "restart-reporting", make: func() *manager {
		return newManager("restarts", makeSite(reportsRestarts), oracle.Rules{Restarts: true})
	}, skips: 10},
	{name: "thrifty", make: func() *manager { return newManager("thrifty", makeSite(keepsLittle), oracle.Rules{}) }, lags: 30},
	{name: "late", make: plain, late: true, falls: 1, rises: 5},
	{name: "slow", make: plain, lags: 70, skips: 60},
	{name: "sleepy", make: plain, falls: 10, rises: 20, lags: 20},
	{name: "confused", make: plain, falls: 10, rises: 40, strays: 60, lags: 30, skips: 30, repeats: 10},
}

// longestLag is how late a state is shown at most. What fails by the clock fails later.
const longestLag = time.Second

// watcher is a manager that sees a part of a recording.
type watcher struct {
	*manager
	mood    mood
	rng     *rand.Rand
	down    bool
	history []*sight
	queue   []*sight  // not shown yet
	oldest  time.Time // since when
	log     string
}

func (w *watcher) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *watcher) play(t tape) {
	for i, moment := range t.moments {
		if due := w.oldest.Add(longestLag); len(w.queue) > 0 && due.Before(moment.At) {
			w.wake(due)
			w.drain(due)
		}
		if !w.down {
			w.wake(moment.At)
		}
		if moment.Do != "" && !w.down {
			w.now = moment.At
			w.checkTruth()
		}
		if seen := t.sights[i]; seen != nil {
			if len(w.queue) == 0 {
				w.oldest = moment.At
			}
			w.history, w.queue = append(w.history, seen), append(w.queue, seen)
			w.stir(moment.At)
		}
		if moment.Rest && !w.down {
			w.drain(moment.At)
			w.now = moment.At
			w.checkTruth()
		}
		if w.problem != "" {
			return
		}
	}
	end := t.moments[len(t.moments)-1].At.Add(time.Minute)
	if w.down {
		w.rise(end)
	}
	w.drain(end)
	w.wake(end.Add(time.Minute))
	w.now = end.Add(time.Minute)
	w.checkTruth()
}

// stir shows what is due, and lets happen to the manager what its mood is.
func (w *watcher) stir(now time.Time) {
	switch {
	case w.down && w.chance(w.mood.rises):
		w.rise(now)
		return
	case w.down:
		w.queue = nil
		return
	case w.chance(w.mood.falls):
		w.down, w.queue = true, nil
		w.stop(now)
		w.log += "- it is down\n"
		return
	}
	for len(w.queue) > 0 && !w.chance(w.mood.lags) {
		w.next(now)
	}
	if w.seen != nil && w.chance(w.mood.repeats) {
		w.observe(w.seen, now)
	}
}

// show shows a state to the manager.
func (w *watcher) show(s *sight, now time.Time) {
	w.log += fmt.Sprintf("%s  %.4s #%d %s of %s, known %t, proven %t\n", now.Format("15:04:05.000"), s.uid, s.status.Revision, s.status.Phase, s.template.Release, s.ok, !s.status.Unproven)
	w.observe(s, now)
}

// next shows the oldest state that was not shown yet, or leaves it out where a newer one is there.
func (w *watcher) next(now time.Time) {
	s := w.queue[0]
	w.queue = w.queue[1:]
	if len(w.queue) == 0 || !w.chance(w.mood.skips) {
		w.show(s, now)
	}
}

// drain shows what is left.
func (w *watcher) drain(now time.Time) {
	for len(w.queue) > 0 {
		w.next(now)
	}
}

// rise starts the manager. A lagging API server may show it a state of the past, some of those after it, and the present
// one. It does not lag by a whole life of a workload; and of a set, whose failure is a matter of time, it shows the
// present.
func (w *watcher) rise(now time.Time) {
	w.down, w.queue = false, nil
	w.log += "- it is up\n"
	if n := len(w.history); n > 0 {
		present := w.history[n-1]
		if !present.isSet && w.chance(w.mood.strays) {
			for i, s := range w.history[max(0, n-1-w.rng.IntN(12)):] {
				if s.uid == present.uid && (i == 0 || w.chance(30)) {
					w.show(s, now)
				}
			}
		}
		w.show(present, now)
	}
}
