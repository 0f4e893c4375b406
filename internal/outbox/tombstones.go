// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"time"
)

// How much a queue remembers of records that went with their namespaces, see Shares.
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
	if err != nil {
		return 1
	}
	message.Body = func() ([]byte, error) { return body, nil } // the record itself can go
	message.Cancelled = nil
	if e != nil {
		q.remove(e)
	}
	e = &entry{message: message, namespace: q.namespace(message.Source.Namespace), at: now, tombstone: true}
	q.entries[message.Source.UID] = e
	excess := q.tombstones.Add(message.Source.Namespace, len(body), e)
	for _, e := range excess {
		q.remove(e)
	}
	return len(excess)
}

// DropTombstones forgets all tombstones, and returns how many there were.
func (q *Queue) DropTombstones() (dropped int) {
	tombstones := q.tombstones.Take()
	for _, e := range tombstones {
		q.remove(e)
	}
	return len(tombstones)
}

// remove forgets an entry.
func (q *Queue) remove(e *entry) {
	delete(q.entries, e.message.Source.UID)
	q.retries.Forget(e.message.Source.UID)
	if e.tombstone {
		q.tombstones.Remove(func(other *entry) bool { return other == e })
	}
}
