// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"maps"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Queue is the outbox of one site for one API of Jira. It is not safe for concurrent use: the key of the site's
// reconciler is its lock.
type Queue struct {
	site    string
	message func(Record) Message

	entries map[types.UID]*entry
	// namespaces are those of the entries, and those that are in quarantine.
	namespaces map[string]*namespace
	// tombstones are the entries of records that are gone.
	tombstones Shares[*entry]

	batcher batcher
	// maxBytes is how large a request may be: maxBytes, or less where Jira said 413.
	maxBytes int
	// turn counts batches, and taken is the last one of which Jira took a record.
	turn, taken int

	// retries are the waits of suspects, by the UIDs of their records.
	retries workqueue.TypedRateLimiter[types.UID]
	// slowdown are the waits after requests that failed one after the other: suspects wait until suspectsAt, and all
	// other records until freshAt.
	slowdown            workqueue.TypedRateLimiter[types.UID]
	suspectsAt, freshAt time.Time
	// quarantined counts the requests of namespaces in quarantine that failed since Jira answered one.
	quarantined int
}

// entry is what the queue knows of one record.
type entry struct {
	message   Message
	namespace *namespace
	// at is when the queue first saw this generation of the record; of a suspect, when it is sent again.
	at time.Time
	// answered says that Jira gave its last word, and that the cache does not show it yet.
	answered bool
	// share is how many records may be in the next request with this one, which failed; zero where it did not fail.
	share int
	// alone says that the record failed by itself.
	alone bool
	// refused is the turn in which Jira itself refused the record alone; zero where it did not.
	refused int
	// limited says that the record was in a request that Jira refused for a limit which it did not name.
	limited bool
	// tombstone says that the record is gone, and its message in memory.
	tombstone bool
	// sent is when the message was sent, until it is known what became of that; else zero.
	sent time.Time
	// history are the times that Jira was told of the record since the queue knows it.
	history []v1alpha1.Delivery
}

// namespace is what the records of a namespace have in common.
type namespace struct {
	// served is the turn in which the namespace was last served. The one that waits longest comes first.
	served int
	// failed is when a record of it last failed by itself.
	failed time.Time
	// notBefore is when a record of it that did not fail by itself may be sent, after requests of it failed in quarantine.
	notBefore time.Time
}

// NewQueue returns the queue of a site that nothing is known of. message makes the message of a record.
func NewQueue(site string, message func(Record) Message) *Queue {
	return &Queue{
		site: site, message: message,
		entries:    map[types.UID]*entry{},
		namespaces: map[string]*namespace{},
		tombstones: Shares[*entry]{Most: maxTombstones, MostBytes: maxTombstoneBytes},
		batcher:    batcher{immediate: rate.NewLimiter(immediateRate, immediateBurst)},
		maxBytes:   maxBytes,
		retries:    workqueue.NewTypedItemExponentialFailureRateLimiter[types.UID](minRetry, maxRetry),
		slowdown:   workqueue.NewTypedItemExponentialFailureRateLimiter[types.UID](minSlowdown, maxSlowdown),
	}
}

// Sync takes the records of the site that are pending, as the cache shows them.
func (q *Queue) Sync(records []Record, now time.Time) {
	shown := make(map[types.UID]bool, len(records))
	for _, record := range records {
		shown[record.GetUID()] = true
		q.observe(record, now)
	}
	pending := map[*namespace]bool{}
	for uid, e := range q.entries {
		if e.tombstone || shown[uid] {
			pending[e.namespace] = true
		} else {
			q.remove(e) // the cache shows the answer, or the record was deleted or is withheld
		}
	}
	maps.DeleteFunc(q.namespaces, func(_ string, n *namespace) bool { return !pending[n] && !n.quarantined(now) })
}

// observe brings the entry of a record to what the cache shows. An answer to this generation stands, however long the
// cache does not show it. A suspect stays suspect, or each change of a bad record would fail another batch of others;
// one that failed by itself is tried anew.
func (q *Queue) observe(record Record, now time.Time) {
	uid := record.GetUID()
	e := q.entries[uid]
	switch {
	case e == nil:
		e = &entry{namespace: q.namespace(record.GetNamespace())}
		q.entries[uid] = e
	case e.message.Source.Generation >= record.GetGeneration():
		return
	}
	e.message, e.answered, e.sent = q.message(record), false, time.Time{}
	if e.alone || e.share == 0 {
		e.at, e.refused = now, 0
		q.retries.Forget(uid)
	}
}

// Renew has the message of a record made anew with the next Sync, though its generation is the same: what its site says
// of it may have changed. Jira's answer stands.
func (q *Queue) Renew(uid types.UID) {
	if e := q.entries[uid]; e != nil && !e.answered && !e.tombstone {
		e.message.Source.Generation = 0
	}
}

// namespace returns a namespace. A new one comes after those that wait.
func (q *Queue) namespace(name string) *namespace {
	if q.namespaces[name] == nil {
		q.namespaces[name] = &namespace{served: q.turn}
	}
	return q.namespaces[name]
}

// Forget takes out the entry of a record whose answer the cache shows: it is to be sent once more.
func (q *Queue) Forget(uid types.UID) {
	if e := q.entries[uid]; e != nil && e.answered {
		q.remove(e)
	}
}

// Wait returns how long it is until Next may have something, as far as that is known without the records. It counts as
// an arrival of records, see batcher.
func (q *Queue) Wait(now time.Time) time.Duration {
	return q.batcher.wait(now)
}

// Answered says that Jira gave its last word on a record as it is, though the record may not show that yet.
func (q *Queue) Answered(record Record) bool {
	e := q.entries[record.GetUID()]
	return e != nil && e.answered && e.message.Source.Generation >= record.GetGeneration()
}
