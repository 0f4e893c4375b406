package outbox

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
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
	q.forget(message.Source.UID)
	for len(q.tombstones) >= maxTombstones || q.tombstoneBytes+len(body) > maxTombstoneBytes {
		q.forget(q.dispensable())
		dropped++
	}
	e = &entry{message: message, since: now, tombstone: true, bytes: len(body)}
	q.entries[message.Source.UID] = e
	q.tombstones, q.tombstoneBytes = append(q.tombstones, e), q.tombstoneBytes+e.bytes
	return dropped
}

// DropTombstones forgets all tombstones, and returns how many there were.
func (q *Queue) DropTombstones() (dropped int) {
	for ; len(q.tombstones) > 0; dropped++ {
		q.forget(q.tombstones[0].message.Source.UID)
	}
	return dropped
}

// forget drops a tombstone, if there is one.
func (q *Queue) forget(uid types.UID) {
	if e := q.entries[uid]; e != nil && e.tombstone {
		delete(q.entries, uid)
		q.tombstoneBytes -= e.bytes
		q.tombstones = slices.DeleteFunc(q.tombstones, func(other *entry) bool { return other == e })
	}
}

// dispensable returns the oldest tombstone of the namespace that has the most.
func (q *Queue) dispensable() types.UID {
	count := map[string]int{}
	for _, e := range q.tombstones {
		count[e.message.Source.Namespace]++
	}
	return slices.MaxFunc(q.tombstones, func(a, b *entry) int {
		return count[a.message.Source.Namespace] - count[b.message.Source.Namespace]
	}).message.Source.UID
}
