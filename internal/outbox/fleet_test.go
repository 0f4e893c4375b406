// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"container/heap"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// fleet is what takes part in a simulation.
type fleet struct {
	// senders always have something to send. So many of them start within spread, and those of late 20 minutes later.
	senders, late int
	spread        time.Duration // zero: 15 s
	// light are senders that send a record every two minutes.
	light   int
	limiter func(start time.Time) limiter
	words   words
	// wantRefused is the part of the requests that are refused at most; zero: 2 of 100. Where a refusal does not say
	// whose limit it is, a sender finds out by further requests.
	wantRefused float64
}

// measured is what came of a simulation.
type measured struct {
	// used is the part of the limit that was used. refused is the part of the requests that got a 429, and refusedLater that
	// of those after ten minutes.
	used, refused, refusedLater float64
	// fairness is Jain's index of what the senders with endless work sent from the tenth minute on, or the tenth minute after
	// the last of them came; worst is the lowest of ten minutes.
	fairness, worst float64
	// waited is what 95 of 100 records of the light senders waited at most.
	waited time.Duration
}

const (
	fleetTime = time.Hour
	lateAt    = 20 * time.Minute
)

func aFixedWindow(start time.Time) limiter { return &fixedWindow{ends: start.Add(200 * time.Second)} }
func aSlidingWindow(time.Time) limiter     { return &slidingWindow{} }
func aTokenBucket(start time.Time) limiter { return &tokenBucket{tokens: fleetLimit, at: start} }

// run simulates an hour.
func (f fleet) run(seed uint64) measured {
	start := created
	random := rand.New(rand.NewPCG(seed, 7))
	limit := f.limiter(start)
	ask := func(now time.Time) error {
		if wait, ok := limit.take(now); !ok {
			return f.words.refuse(wait)
		}
		return nil
	}
	var all []*sender
	due := &timetable{}
	add := func(n, backlog int, every, after time.Duration) {
		for range n {
			at := start.Add(after + time.Duration(random.Float64()*float64(cmp.Or(f.spread, 15*time.Second))))
			s := newSender(at, 900, backlog, every, random, ask)
			all = append(all, s)
			heap.Push(due, event{at, s})
		}
	}
	add(f.senders, 3, 0, 0)
	add(f.late, 3, 0, lateAt)
	add(f.light, 0, 2*time.Minute, 0)
	heavy, from := all[:f.senders+f.late], 10*time.Minute
	if f.late > 0 {
		from += lateAt
	}
	m := measured{worst: 1}
	before := takenBy(heavy)
	var atFrom []int
	early, earlyRefused := 0, 0
	for minute := 10 * time.Minute; minute <= fleetTime; minute += 10 * time.Minute {
		for (*due)[0].at.Before(start.Add(minute)) {
			e := heap.Pop(due).(event)
			heap.Push(due, event{e.sender.pass(e.at), e.sender})
		}
		if minute == 10*time.Minute {
			early, earlyRefused = totals(all)
		}
		now := takenBy(heavy)
		if minute > from {
			m.worst = min(m.worst, jain(before, now))
		}
		if before = now; minute == from {
			atFrom = now
		}
	}
	m.fairness = jain(atFrom, before)
	taken, refused := totals(all)
	var waited []time.Duration
	for _, s := range all[len(heavy):] {
		waited = append(waited, s.waited...)
	}
	m.used = float64(taken) / fleetLimit / float64(fleetTime/limitWindow)
	m.refused = float64(refused) / float64(taken+refused)
	m.refusedLater = float64(refused-earlyRefused) / float64(taken+refused-early-earlyRefused)
	if slices.Sort(waited); len(waited) > 0 {
		m.waited = waited[len(waited)*95/100]
	}
	return m
}

func totals(senders []*sender) (taken, refused int) {
	for _, s := range senders {
		taken, refused = taken+s.taken, refused+s.refused
	}
	return taken, refused
}

func takenBy(senders []*sender) []int {
	taken := make([]int, len(senders))
	for i, s := range senders {
		taken[i] = s.taken
	}
	return taken
}

// jain returns Jain's fairness index of what was taken in between: 1 where all got as much, and 1/n where one got all.
func jain(before, after []int) float64 {
	sum, squares := 0.0, 0.0
	for i := range after {
		x := float64(after[i] - before[i])
		sum, squares = sum+x, squares+x*x
	}
	return sum * sum / squares / float64(len(after))
}

// event is the next pass of a sender.
type event struct {
	at     time.Time
	sender *sender
}

// timetable is a heap of events, the earliest first.
type timetable []event

func (t timetable) Len() int           { return len(t) }
func (t timetable) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timetable) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timetable) Push(e any)        { *t = append(*t, e.(event)) }
func (t *timetable) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

var fleetSeeds = flag.Int("fleet-seeds", 1, "how many fleets of each kind TestFleet simulates")

// A fleet shares the limit of one credential: it uses the limit, evenly, and few requests are refused. Run it with -v for
// what was measured.
func TestFleet(t *testing.T) {
	t.Logf("%-52s %4s %6s %6s %6s %6s %6s", "", "seed", "used", "429", "later", "Jain", "worst")
	for name, f := range map[string]fleet{
		"fixed window":                           {senders: 300, limiter: aFixedWindow},
		"fixed window, starts within 2 minutes":  {senders: 300, spread: 2 * time.Minute, limiter: aFixedWindow},
		"fixed window, 30 join later":            {senders: 270, late: 30, limiter: aFixedWindow},
		"fixed window, 429 without a reason":     {senders: 300, limiter: aFixedWindow, words: waitAlone, wantRefused: 0.04},
		"fixed window, 429 without a word":       {senders: 300, limiter: aFixedWindow, words: nothing, wantRefused: 0.04},
		"sliding window":                         {senders: 300, limiter: aSlidingWindow},
		"sliding window, 50 with little to send": {senders: 250, light: 50, limiter: aSlidingWindow},
		"token bucket":                           {senders: 300, limiter: aTokenBucket},
	} {
		for seed := range uint64(*fleetSeeds) {
			t.Run(fmt.Sprint(name, "/", seed), func(t *testing.T) {
				t.Parallel()
				m := f.run(seed)
				t.Logf("%-52s %4d %5.1f%% %5.2f%% %5.2f%% %6.3f %6.3f", name, seed, 100*m.used, 100*m.refused, 100*m.refusedLater, m.fairness, m.worst)
				if m.used < 0.8 {
					t.Errorf("used %.1f%% of the limit, want 80%%", 100*m.used)
				}
				if most := cmp.Or(f.wantRefused, 0.02); m.refused >= most || m.refusedLater >= most {
					t.Errorf("%.2f%% of the requests were refused, %.2f%% of those after ten minutes, want less than %.0f%%",
						100*m.refused, 100*m.refusedLater, 100*most)
				}
				if m.fairness < 0.9 || m.worst < 0.9 {
					t.Errorf("fairness = %.3f, and %.3f in the worst ten minutes, want 0.9", m.fairness, m.worst)
				}
				if m.waited > 3*time.Minute {
					t.Errorf("of the records of those with little to send one of 20 waited longer than %s", m.waited)
				}
			})
		}
	}
}

// A sender that is alone reaches its ceiling in two minutes, and makes use of it.
func TestFleetOfOne(t *testing.T) {
	for _, ceiling := range []int{1, 60, 900, 6000} {
		start := created
		s := newSender(start, ceiling, 400, 0, rand.New(rand.NewPCG(1, 7)), func(time.Time) error { return nil })
		now := start
		for before := 0; now.Before(start.Add(2 * time.Minute)); before = s.taken {
			if now = s.pass(now); s.taken-before > 1 {
				t.Fatal("a pass sent two batches")
			}
		}
		if got := s.pace.PerMinute(start.Add(2 * time.Minute)); got != float64(ceiling) {
			t.Errorf("after two minutes the pace is %.1f, want %d", got, ceiling)
		}
		if ceiling > 900 {
			continue // the batches of a queue are no more than that
		}
		before := s.taken
		for end := now.Add(time.Minute); now.Before(end); {
			now = s.pass(now)
		}
		if got := s.taken - before; got > ceiling+1 || got < ceiling*8/10 {
			t.Errorf("in the third minute it sent %d requests, want nearly %d", got, ceiling)
		}
	}
}
