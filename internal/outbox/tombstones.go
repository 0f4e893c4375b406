package outbox

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// How much a queue remembers of records that went with their namespaces. Beyond that the oldest of the namespace that
// has the most is dropped.
const (
	maxTombstones     = 1_000
	maxTombstoneBytes = 16 << 20
)

// tombstones are the records that are gone from the cluster and are still to be sent, oldest first.
type tombstones struct {
	stones []stone
	bytes  int
}

type stone struct {
	uid       types.UID
	namespace string
	bytes     int
}

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
	source := message.Source
	q.forget(source.UID)
	for len(q.tombstones.stones) >= maxTombstones || q.tombstones.bytes+len(body) > maxTombstoneBytes {
		q.forget(q.tombstones.largest())
		dropped++
	}
	q.entries[source.UID] = &entry{message: message, since: now, tombstone: true}
	q.tombstones.stones = append(q.tombstones.stones, stone{source.UID, source.Namespace, len(body)})
	q.tombstones.bytes += len(body)
	return dropped
}

// forget drops a tombstone, if there is one.
func (q *Queue) forget(uid types.UID) {
	for i, s := range q.tombstones.stones {
		if s.uid == uid {
			q.tombstones.bytes -= s.bytes
			q.tombstones.stones = append(q.tombstones.stones[:i], q.tombstones.stones[i+1:]...)
			delete(q.entries, uid)
			return
		}
	}
}

// largest returns the oldest tombstone of the namespace that has the most.
func (t *tombstones) largest() types.UID {
	count := map[string]int{}
	for _, s := range t.stones {
		count[s.namespace]++
	}
	most := 0
	for i, s := range t.stones {
		if count[s.namespace] > count[t.stones[most].namespace] {
			most = i
		}
	}
	return t.stones[most].uid
}

// DropTombstones forgets all tombstones, and returns how many there were.
func (q *Queue) DropTombstones() int {
	for _, s := range q.tombstones.stones {
		delete(q.entries, s.uid)
	}
	dropped := len(q.tombstones.stones)
	q.tombstones = tombstones{}
	return dropped
}
