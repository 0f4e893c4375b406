// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"
)

// Bounds of a request. Jira publishes none, and says 413 to what is too large.
const (
	maxBatch = 100
	maxBytes = 1 << 20
)

// Batch is what goes to Jira in one request.
type Batch struct {
	// Bodies are the encoded messages.
	Bodies [][]byte
	// Backfill says that all of them tell of the past.
	Backfill bool
	// Outcomes are those of records that cannot be encoded: they are in no request.
	Outcomes []Outcome

	entries []*entry
	bytes   int
}

// Messages are what the bodies were made of.
func (b Batch) Messages() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for _, e := range b.entries {
			if !yield(e.message) {
				return
			}
		}
	}
}

// Next returns the next batch, if there is one, and how long it is until there may be another.
//
// Namespaces take turns, the one that was not served for longest first. Within a namespace the record that the queue saw
// first comes first. No field that the author of a record writes decides the order. Where suspects and others are due,
// every other batch is one of suspects. What a resync sends once more waits until nothing else does.
func (q *Queue) Next(now time.Time) (Batch, time.Duration) {
	wait := maxRetry
	var fresh, suspects, again []*entry
	for _, e := range q.newest() {
		switch left := q.notBefore(e).Sub(now); {
		case left > 0:
			wait = min(wait, left)
		case e.share == 0 && e.message.Resync:
			again = append(again, e)
		case e.share == 0:
			fresh = append(fresh, e)
		default:
			suspects = append(suspects, e)
		}
	}
	ready := q.ready(fresh, now)
	if len(fresh) > 0 && !ready {
		wait, again = min(wait, q.batcher.open(now)), nil
	}
	gathered := gathering(again, now)
	switch {
	case len(suspects) > 0 && (!ready || q.turn%2 == 0):
		return q.fill(inTurn(suspects, now), now), time.Nanosecond
	case ready:
		return q.fill(inTurn(fresh, now), now), time.Nanosecond
	case gathered <= 0:
		return q.fill(inTurn(again, now), now), time.Nanosecond
	}
	return Batch{}, min(wait, gathered)
}

// gathering returns how long it is until what a resync sends once more goes out: it fills a batch, or none has joined it
// for idleDuration.
func gathering(again []*entry, now time.Time) time.Duration {
	switch {
	case len(again) == 0:
		return maxRetry
	case len(again) >= maxBatch:
		return 0
	}
	last := slices.MaxFunc(again, func(a, b *entry) int { return a.at.Compare(b.at) })
	return last.at.Add(idleDuration).Sub(now)
}

// newest returns the entries that wait for an answer. Of those of one namespace with one key in Jira it is the newest
// alone: Jira would drop the others.
func (q *Queue) newest() []*entry {
	newest := make(map[[2]string]*entry, len(q.entries))
	for _, e := range q.entries {
		if other := newest[e.message.id()]; !e.answered && (other == nil || e.message.supersedes(other.message)) {
			newest[e.message.id()] = e
		}
	}
	return slices.Collect(maps.Values(newest))
}

// compare orders entries by their namespaces' turns, and within a namespace by time.
func compare(a, b *entry) int {
	x, y := a.message.Source, b.message.Source
	return cmp.Or(
		cmp.Compare(a.namespace.served, b.namespace.served), cmp.Compare(x.Namespace, y.Namespace),
		a.at.Compare(b.at), cmp.Compare(a.message.Version, b.message.Version), cmp.Compare(x.Name, y.Name),
	)
}

// ready says whether fresh entries go out now: a window closed after they arrived, or they are few, or they fill a batch.
func (q *Queue) ready(fresh []*entry, now time.Time) bool {
	arrived := 0
	for _, e := range fresh {
		if e.at.After(q.batcher.closed) {
			arrived++
		}
	}
	return arrived < len(fresh) || arrived >= maxBatch || arrived > 0 && q.batcher.allow(now, arrived)
}

// inTurn returns the first of the entries and those that may share a batch with it, so that namespaces take turns.
func inTurn(entries []*entry, now time.Time) []*entry {
	first := slices.MinFunc(entries, compare)
	entries = slices.DeleteFunc(entries, func(e *entry) bool { return e != first && !together(e, first, now) })
	slices.SortFunc(entries, compare)
	last, places := map[*namespace]int{}, make(map[*entry]int, len(entries))
	for _, e := range entries {
		last[e.namespace]++
		places[e] = last[e.namespace]
	}
	slices.SortStableFunc(entries, func(a, b *entry) int { return cmp.Compare(places[a], places[b]) })
	return entries
}

// fill makes a batch of as many of the entries as a request takes, in their order. What cannot be encoded is rejected.
func (q *Queue) fill(entries []*entry, now time.Time) Batch {
	batch := Batch{Backfill: entries[0].message.Backfill}
	keys := map[string]bool{}
	q.turn++
	for _, e := range entries {
		if len(batch.entries) == cmp.Or(e.share, maxBatch) {
			break
		}
		if keys[e.message.Key] {
			continue // each gets an answer of its own
		}
		body, err := e.message.Body()
		if err != nil {
			batch.Outcomes = append(batch.Outcomes, q.settle(e, e.rejected([]string{err.Error()})))
			continue
		}
		if len(batch.entries) > 0 && batch.bytes+len(body) > q.maxBytes {
			break
		}
		keys[e.message.Key] = true
		batch.entries, batch.Bodies, batch.bytes = append(batch.entries, e), append(batch.Bodies, body), batch.bytes+len(body)
		e.namespace.served, e.sent = q.turn, now
	}
	return batch
}
