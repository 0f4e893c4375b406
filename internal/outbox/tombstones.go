package outbox

import (
	"slices"
	"time"
)

// How much a queue remembers of records that went with their namespaces. Beyond that the oldest of the namespace that
// has the most is dropped.
const (
	maxTombstones     = 1_000
	maxTombstoneBytes = 16 << 20
)

// Bury keeps what Jira has to be told of a record that went with its namespace, until Jira answered it: a rollout that
// was under way was cancelled. It returns how many messages had to be dropped for that.
func (q *Queue) Bury(record Record, now time.Time) (dropped int) {
	message := q.message(record)
	e := q.entries[message.Source.UID]
	switch {
	case message.Cancelled != nil:
		message = message.Cancelled(now)
	case e != nil && e.answered && e.message.Source.Generation >= message.Source.Generation:
		return 0 // Jira knows how it ended
	}
	body, err := message.Body()
	if err != nil || len(body) > maxTombstoneBytes {
		return 1
	}
	message.Body = func() ([]byte, error) { return body, nil } // the record itself can go
	message.Cancelled = nil
	if e != nil {
		q.remove(e)
	}
	for len(q.tombstones) >= maxTombstones || q.tombstoneBytes+len(body) > maxTombstoneBytes {
		q.remove(q.dispensable())
		dropped++
	}
	e = &entry{message: message, namespace: q.namespace(message.Source.Namespace), at: now, tombstone: len(body)}
	q.entries[message.Source.UID] = e
	q.tombstones, q.tombstoneBytes = append(q.tombstones, e), q.tombstoneBytes+len(body)
	return dropped
}

// DropTombstones forgets all tombstones, and returns how many there were.
func (q *Queue) DropTombstones() (dropped int) {
	for ; len(q.tombstones) > 0; dropped++ {
		q.remove(q.tombstones[0])
	}
	return dropped
}

// remove forgets an entry.
func (q *Queue) remove(e *entry) {
	delete(q.entries, e.message.Source.UID)
	q.retries.Forget(e.message.Source.UID)
	if e.tombstone > 0 {
		q.tombstoneBytes -= e.tombstone
		q.tombstones = slices.DeleteFunc(q.tombstones, func(other *entry) bool { return other == e })
	}
}

// dispensable returns the oldest tombstone of the namespace that has the most.
func (q *Queue) dispensable() *entry {
	count := map[*namespace]int{}
	for _, e := range q.tombstones {
		count[e.namespace]++
	}
	return slices.MaxFunc(q.tombstones, func(a, b *entry) int { return count[a.namespace] - count[b.namespace] })
}
