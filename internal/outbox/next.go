package outbox

import (
	"cmp"
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
	// Outcomes are those of records that cannot be encoded: they are in no request.
	Outcomes []Outcome

	entries  []*entry
	suspects *suspects
	bytes    int
}

// Next returns the next batch, or none and how long to wait for it. Zero: nothing is pending.
//
// Namespaces take turns, the one that was not served for longest first. Within a namespace the record that the queue saw
// first comes first. No field that the author of a record writes decides the order.
func (q *Queue) Next(now time.Time) (Batch, time.Duration) {
	fresh, suspects, wait := q.due(now)
	ready := q.ready(fresh, now)
	if len(fresh) > 0 && !ready {
		wait = shorter(wait, q.batcher.open(now))
	}
	switch {
	case len(suspects) > 0 && (!ready || !q.servedSuspects):
		q.servedSuspects = true
		batch := q.fill(suspects)
		batch.suspects = suspects[0].suspects
		return batch, 0
	case ready:
		q.servedSuspects = false
		return q.fill(q.lane(q.roundRobin(fresh))), 0
	}
	return Batch{}, wait
}

// due returns the entries that may go out now: those that never failed, and the suspects of one group. It returns how
// long it is until others may.
func (q *Queue) due(now time.Time) (fresh, group []*entry, wait time.Duration) {
	groups := map[*suspects][]*entry{}
	for _, e := range q.newest() {
		if e.suspects == nil {
			fresh = append(fresh, e)
		} else if left := q.notBefore(e).Sub(now); left > 0 {
			wait = shorter(wait, left)
		} else {
			groups[e.suspects] = append(groups[e.suspects], e)
		}
	}
	if len(groups) > 0 && now.Before(q.suspectsAt) {
		wait, groups = shorter(wait, q.suspectsAt.Sub(now)), nil
	}
	if len(fresh) > 0 && now.Before(q.freshAt) {
		wait, fresh = shorter(wait, q.freshAt.Sub(now)), nil
	}
	for _, entries := range groups {
		if len(group) == 0 || q.compareGroups(entries, group) < 0 {
			group = entries
		}
	}
	return fresh, q.roundRobin(group), wait
}

// compareGroups orders groups of suspects by their namespaces' turns, and within a namespace by the end of their waits.
func (q *Queue) compareGroups(a, b []*entry) int {
	byTurn := func(a, b *entry) int {
		return cmp.Compare(q.served[a.message.Source.Namespace], q.served[b.message.Source.Namespace])
	}
	x, y := slices.MinFunc(a, byTurn), slices.MinFunc(b, byTurn)
	return cmp.Or(byTurn(x, y), x.suspects.notBefore.Compare(y.suspects.notBefore), q.compare(x, y))
}

// notBefore returns when a suspect may be tried.
func (q *Queue) notBefore(e *entry) time.Time {
	next := q.quarantine[e.message.Source.Namespace].next
	if e.suspects.alone && next.After(e.suspects.notBefore) {
		return next
	}
	return e.suspects.notBefore
}

// newest returns the entries that wait for an answer. Of those of one namespace with one key in Jira it is the newest
// alone: Jira would drop the others.
func (q *Queue) newest() []*entry {
	newest := make(map[messageID]*entry, len(q.entries))
	for _, e := range q.entries {
		if e.answered {
			continue
		}
		if other := newest[e.message.id()]; other == nil || e.message.supersedes(other.message) {
			newest[e.message.id()] = e
		}
	}
	entries := make([]*entry, 0, len(newest))
	for _, e := range newest {
		entries = append(entries, e)
	}
	return entries
}

// ready says whether fresh entries go out now: a window closed after they arrived, or they are few, or they fill a batch.
func (q *Queue) ready(fresh []*entry, now time.Time) bool {
	if len(fresh) == 0 {
		return false
	}
	arrived := 0
	for _, e := range fresh {
		if e.since.After(q.batcher.closed) {
			arrived++
		}
	}
	switch {
	case arrived < len(fresh), arrived >= maxBatch:
		return true
	case q.batcher.admit(now, arrived):
		q.batcher.closed = now
		return true
	}
	return false
}

// roundRobin orders entries so that namespaces take turns.
func (q *Queue) roundRobin(entries []*entry) []*entry {
	slices.SortFunc(entries, q.compare)
	place, places := map[string]int{}, make(map[*entry]int, len(entries))
	for _, e := range entries {
		place[e.message.Source.Namespace]++
		places[e] = place[e.message.Source.Namespace]
	}
	slices.SortStableFunc(entries, func(a, b *entry) int { return cmp.Compare(places[a], places[b]) })
	return entries
}

// compare orders entries by their namespaces' turns, and within a namespace by the time at which the queue saw them.
func (q *Queue) compare(a, b *entry) int {
	x, y := a.message.Source, b.message.Source
	return cmp.Or(
		cmp.Compare(q.served[x.Namespace], q.served[y.Namespace]), cmp.Compare(x.Namespace, y.Namespace),
		a.since.Compare(b.since), x.Created.Compare(y.Created), cmp.Compare(x.Name, y.Name),
	)
}

// lane keeps those of the entries that may share a batch with the first: the records of a namespace in quarantine share
// none with others'.
func (q *Queue) lane(entries []*entry) []*entry {
	first := entries[0].message.Source.Namespace
	_, alone := q.quarantine[first]
	return slices.DeleteFunc(entries, func(e *entry) bool {
		namespace := e.message.Source.Namespace
		_, quarantined := q.quarantine[namespace]
		return namespace != first && (alone || quarantined)
	})
}

// fill makes a batch of as many of the entries as a request takes, in their order. What cannot be encoded is rejected.
func (q *Queue) fill(entries []*entry) Batch {
	var batch Batch
	keys := map[string]bool{}
	q.turn++
	for _, e := range entries {
		if len(batch.entries) == maxBatch {
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
		q.served[e.message.Source.Namespace] = q.turn
	}
	return batch
}

// shorter returns the shorter of two waits, of which zero is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
