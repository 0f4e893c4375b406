package outbox

import (
	"maps"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
)

// Queue is the outbox of one site for one API of Jira. It is not safe for concurrent use: the key of the site's
// reconciler is its lock.
type Queue struct {
	site    string
	message func(Record) Message

	entries map[types.UID]*entry
	// tombstones are the entries of records that are gone, oldest first, and tombstoneBytes what they hold.
	tombstones     []*entry
	tombstoneBytes int
	batcher        batcher
	// maxBytes is how large a request may be: maxBytes, or less where Jira said 413.
	maxBytes int

	// served is the turn in which a namespace was last served. The one that waits longest comes first.
	served map[string]int
	turn   int
	// servedSuspects says that the last batch was one of suspects: the next one is not, where others are due.
	servedSuspects bool

	// failed is a batch that failed, until a probe tells whether that was the site's fault.
	failed *failure
	// quarantine holds the namespaces that had a record lately which failed by itself.
	quarantine map[string]quarantine
	// omitted are the suspects of each namespace that answers left out.
	omitted map[string]*suspects
	// accepted counts the answers that took a record: the proof that Jira takes any.
	accepted int
	// unproven counts the requests that failed since the last answer, though the site worked. Many of them slow down the
	// queue: suspects until suspectsAt, all others until freshAt.
	unproven            int
	slowdown            workqueue.TypedRateLimiter[string]
	suspectsAt, freshAt time.Time
}

// entry is what the queue knows of one record.
type entry struct {
	message Message
	// since is when the queue first saw this generation of the record.
	since time.Time
	// answered says that Jira gave its last word, and that the cache does not show it yet.
	answered bool
	// suspects are the entries that failed together with this one; nil where it did not fail.
	suspects *suspects
	// tombstone says that the record is gone: it is sent from memory, where it holds so many bytes.
	tombstone bool
	bytes     int
}

// NewQueue returns the queue of a site that nothing is known of. message makes the message of a record.
func NewQueue(site string, message func(Record) Message) *Queue {
	return &Queue{
		site: site, message: message,
		entries:    map[types.UID]*entry{},
		batcher:    batcher{immediate: rate.NewLimiter(immediateRate, immediateBurst)},
		maxBytes:   maxBytes,
		served:     map[string]int{},
		quarantine: map[string]quarantine{},
		omitted:    map[string]*suspects{},
		slowdown:   workqueue.NewTypedItemExponentialFailureRateLimiter[string](minRetry, maxSlowdown),
	}
}

// Sync takes the records of the site that are pending, as the cache shows them.
func (q *Queue) Sync(records []Record, now time.Time) {
	shown := make(map[types.UID]bool, len(records))
	for _, record := range records {
		shown[record.GetUID()] = true
		q.observe(record, now)
	}
	pending, waiting := map[string]bool{}, map[*suspects]bool{}
	for uid, e := range q.entries {
		if !e.tombstone && !shown[uid] {
			delete(q.entries, uid) // the cache shows the answer, or the record was deleted
			continue
		}
		pending[e.message.Source.Namespace], waiting[e.suspects] = true, true
	}
	maps.DeleteFunc(q.served, func(namespace string, _ int) bool { return !pending[namespace] })
	maps.DeleteFunc(q.omitted, func(_ string, s *suspects) bool { return !waiting[s] })
	maps.DeleteFunc(q.quarantine, func(_ string, quarantine quarantine) bool { return now.After(quarantine.until) })
}

// observe brings the entry of a record to what the cache shows. An answer to this generation stands, however long the
// cache does not show it.
func (q *Queue) observe(record Record, now time.Time) {
	e := q.entries[record.GetUID()]
	switch {
	case e == nil:
		e = &entry{}
		q.entries[record.GetUID()] = e
		if _, known := q.served[record.GetNamespace()]; !known {
			q.served[record.GetNamespace()] = q.turn // it comes after those that wait
		}
	case e.message.Source.Generation >= record.GetGeneration():
		return
	}
	e.message, e.since, e.answered = q.message(record), now, false
	e.suspects = e.suspects.afterChange(now)
}

// Wait returns how long it is until there is something to do, as far as that is known without the records. Zero: Sync,
// and ask Next. It counts as an arrival of records, see batcher.
func (q *Queue) Wait(now time.Time) time.Duration {
	return q.batcher.wait(now)
}

// NeedsProbe says that a batch failed, and that only a probe tells whose fault that is. See Probed.
func (q *Queue) NeedsProbe() bool {
	return q.failed != nil
}
