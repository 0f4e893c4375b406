// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// weather is what happens to the requests of a random life.
type weather struct {
	random  *rand.Rand
	errors  []error
	poison  map[string]error
	mode    int           // 1: every request fails; 2: every other
	omit    int           // one in so many records is left out of the answers; 0 for none
	probe   int           // one in so many probes fails; 0 for none
	latency time.Duration // of a request
}

func (w *weather) gateway(o *office) func([]string) error {
	return func(told []string) error {
		o.now = o.now.Add(w.latency)
		if w.mode == 1 || w.mode == 2 && w.random.Intn(2) == 0 {
			return w.errors[w.random.Intn(len(w.errors))]
		}
		for _, pipeline := range told {
			if err := w.poison[pipeline]; err != nil {
				return err
			}
		}
		return nil
	}
}

func (w *weather) oneIn(n int) bool { return n > 0 && w.random.Intn(n) == 0 }

// step does one random thing to a record, or to the weather.
func (w *weather) step(o *office, generations map[string]int64) {
	namespace, name := fmt.Sprintf("ns-%d", w.random.Intn(4)), fmt.Sprintf("web-%d", w.random.Intn(40))
	id := nameOf(namespace, name)
	switch w.random.Intn(12) {
	case 0, 1, 2, 3, 4:
		generations[id]++
		o.add(namespace, name, func(b *recordBuilder) {
			b.Generation(generations[id])
			if w.oneIn(4) {
				b.Pipeline(fmt.Sprintf("same-%d", w.random.Intn(3)))
			}
			if w.oneIn(30) {
				b.LastUpdated(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC))
			}
		})
		if w.oneIn(15) {
			w.poison[id] = w.errors[w.random.Intn(len(w.errors))]
		}
	case 5:
		delete(o.records, id)
	case 6:
		if d := o.records[id]; d != nil && !d.Settled() {
			o.bury(namespace, name)
		}
	case 7:
		w.mode = w.random.Intn(4)
	case 8:
		w.omit = w.random.Intn(4)
	case 9:
		w.probe = w.random.Intn(4)
	case 10:
		o.lags = w.oneIn(3)
	case 11:
		w.latency = []time.Duration{0, 0, time.Millisecond, time.Second, 30 * time.Second}[w.random.Intn(5)]
	}
}

// Whatever happened: ten minutes after everything works again, everything is settled, in few requests.
func TestEverythingIsSettledInTheEnd(t *testing.T) {
	for seed := range int64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := newOffice(t)
			w := &weather{random: rand.New(rand.NewSource(seed)), poison: map[string]error{}}
			for _, name := range slices.Sorted(maps.Keys(kinds)) {
				w.errors = append(w.errors, kinds[name])
			}
			w.errors = append(w.errors, inJirasWords)
			o.gateway = w.gateway(o)
			o.omit = func(string) bool { return w.oneIn(w.omit) }
			o.probe = func() error {
				if w.oneIn(w.probe) {
					return kinds["502"]
				}
				return nil
			}
			generations := map[string]int64{}
			for range 400 {
				w.step(o, generations)
				if w.random.Intn(3) > 0 {
					o.run(time.Duration(w.random.Intn(3000)) * time.Millisecond)
				}
				if w.oneIn(50) {
					o.run(time.Duration(w.random.Intn(3000)) * time.Second)
				}
			}

			w.mode, w.omit, w.probe, w.latency, w.poison = 0, 0, 0, 0, map[string]error{}
			o.catchUp()
			before := len(o.requests)
			o.run(10*time.Minute + 5*time.Second)
			for _, name := range slices.Sorted(maps.Keys(o.records)) {
				if d := o.records[name]; !d.Settled() {
					t.Errorf("%s, generation %d, is not settled; it says %s", name, d.Generation, o.said[name].Condition.Message)
				}
			}
			if n := o.q.tombstones.Len(); n > 0 {
				t.Errorf("%d tombstones are left", n)
			}
			if n := len(o.requests) - before; n > 400 {
				t.Errorf("that took %d requests", n)
			}
		})
	}
}

// catchUp lets the cache show what was answered while it lagged.
func (o *office) catchUp() {
	o.lags = false
	for name, d := range o.records {
		said, ok := o.said[name]
		if ok && said.Source.UID == d.UID && said.Source.Generation == d.Generation && v1alpha1.Terminal(said.Condition.Reason) {
			o.note([]Outcome{said})
		}
	}
}
