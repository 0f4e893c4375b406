// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"maps"
	"slices"
	"time"
)

// perLane is how many questions of a lane are under way at a time. A namespace has one less, so that one whose repositories
// are slow does not keep all others waiting.
const perLane = 4

// lane is the queue of one host.
type lane struct {
	// waiting are the questions of each namespace, the oldest first. A question of two namespaces waits in both.
	waiting map[string][]*flight
	// turns are the namespaces that wait, the next one first.
	turns []string
	// underway is how many questions of each namespace are under way.
	underway map[string]int
	// until is how long nobody asks the host, and why the reason. asked says that the host asks for that.
	until time.Time
	why   string
	asked bool
}

func newLane() *lane { return &lane{waiting: map[string][]*flight{}, underway: map[string]int{}} }

func (l *lane) add(namespace string, f *flight) {
	if len(l.waiting[namespace]) == 0 {
		l.turns = append(l.turns, namespace)
	}
	l.waiting[namespace] = append(l.waiting[namespace], f)
}

// remove takes a question out of a namespace's, and says whether it was there.
func (l *lane) remove(namespace string, f *flight) bool {
	i := slices.Index(l.waiting[namespace], f)
	if i < 0 {
		return false
	}
	l.waiting[namespace] = slices.Delete(l.waiting[namespace], i, i+1)
	if len(l.waiting[namespace]) == 0 {
		delete(l.waiting, namespace)
		l.turns = slices.DeleteFunc(l.turns, func(n string) bool { return n == namespace })
	}
	return true
}

// next returns the question whose turn it is and the namespace that has the turn; nil where none may begin.
func (l *lane) next() (*flight, string) {
	if l.busy() >= perLane {
		return nil, ""
	}
	for i, namespace := range l.turns {
		if l.underway[namespace] >= perLane-1 {
			continue
		}
		l.turns = append(slices.Delete(l.turns, i, i+1), namespace)
		l.underway[namespace]++
		return l.waiting[namespace][0], namespace
	}
	return nil, ""
}

// end says that a question of a namespace is not under way any more.
func (l *lane) end(namespace string) {
	if l.underway[namespace]--; l.underway[namespace] <= 0 {
		delete(l.underway, namespace)
	}
}

func (l *lane) busy() int {
	sum := 0
	for _, n := range l.underway {
		sum += n
	}
	return sum
}

// all returns every question that waits, each once.
func (l *lane) all() []*flight {
	found := map[*flight]struct{}{}
	for _, flights := range l.waiting {
		for _, f := range flights {
			found[f] = struct{}{}
		}
	}
	return slices.Collect(maps.Keys(found))
}

func (l *lane) isHeld(now time.Time) bool { return now.Before(l.until) }

// isIdle says whether nothing is lost with the lane.
func (l *lane) isIdle(now time.Time) bool {
	return len(l.waiting) == 0 && len(l.underway) == 0 && !l.isHeld(now)
}
