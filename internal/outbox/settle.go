// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Settle takes the answer to a batch, or the error of its request. It returns what the records have to say.
//
//	an answer            each record in it is settled; those that it leaves out are sent again after a wait
//	400 or 413           it is the content's fault: half as many records for the next request, until one is alone
//	any other error      the same, after the batch was tried once more. It is to be settled only where a probe goes
//	                     through: otherwise it is the site's, and the records stay as they are
func (q *Queue) Settle(batch Batch, reply *Reply, err error, now time.Time) []Outcome {
	var outcomes []Outcome
	if err != nil {
		outcomes = q.fail(batch, err, now)
	} else {
		outcomes = q.read(batch, reply, now)
	}
	for i := range outcomes {
		outcomes[i].remember(now)
	}
	for _, e := range batch.entries {
		e.sent = time.Time{}
	}
	return outcomes
}

// read settles the records of a batch that Jira answered.
func (q *Queue) read(batch Batch, reply *Reply, now time.Time) []Outcome {
	var outcomes []Outcome
	var omitted []*entry
	taken := map[[2]string]Message{}
	for _, e := range batch.entries {
		outcome, answered := reply.read(e, q.site)
		if !answered {
			omitted = append(omitted, e)
			continue
		}
		outcomes = append(outcomes, q.settle(e, outcome))
		if outcome.Accepted() {
			taken[e.message.id()], q.taken = e.message, q.turn
		}
	}
	if len(outcomes) > 0 {
		q.suspectsAt, q.freshAt = time.Time{}, time.Time{}
		q.slowdown.Forget("")
		q.quarantined = 0
		q.maxBytes = min(maxBytes, 2*q.maxBytes)
	}
	outcomes = append(outcomes, q.afterTaking(taken, now)...)
	return append(outcomes, q.retry(omitted, maxBatch, now, 0, "Jira answered, but left the record out")...)
}

// settle notes Jira's last word on an entry.
func (q *Queue) settle(e *entry, outcome Outcome) Outcome {
	e.answered, e.share, e.alone, e.refused = true, 0, false, 0
	q.retries.Forget(e.message.Source.UID)
	if e.tombstone {
		q.remove(e)
	}
	return outcome
}

// afterTaking settles the records that Jira need not be told any more: a newer one of the same namespace, with the same
// key in Jira, was taken. Those that Jira refused are tried once more: it is their fault, or it is not.
func (q *Queue) afterTaking(taken map[[2]string]Message, now time.Time) []Outcome {
	var outcomes []Outcome
	for _, e := range q.entries {
		if e.refused > 0 && len(taken) > 0 {
			e.at = now
		}
		if by, ok := taken[e.message.id()]; ok && !e.answered && by.supersedes(e.message) {
			outcomes = append(outcomes, q.settle(e, e.outcome(v1alpha1.ReasonSuperseded, fmt.Sprintf(
				"Jira took a newer record of the same deployment or build: %s. This one is not sent.", by.Source.Name))))
		}
	}
	return outcomes
}

// A record whose request failed though the site works is a suspect, and so is one that an answer left out. Suspects share
// no request with others, and hold up none. A request of suspects that fails is halved, until what is at fault is alone.
const (
	// minRetry and maxRetry bound the waits of suspects, which double. minRetry is also the shortest time between two
	// requests with records of a namespace that failed by themselves.
	minRetry = time.Second
	maxRetry = 5 * time.Minute
	// quarantineDuration is for how long the records of a namespace share no batch with others', after one of them failed
	// by itself.
	quarantineDuration = 10 * time.Minute
	// minSlowdown and maxSlowdown bound the waits between requests that fail one after the other. They double: to isolate
	// one record of a full batch 8 requests fail at most, and wait a second. More of them say that nothing is taken.
	minSlowdown = 4 * time.Millisecond
	maxSlowdown = 30 * time.Second
	// Lasting is how long a record waits before its condition says why: shorter waits are not worth a write. It is also
	// the longest that a record which never failed waits for requests that did.
	Lasting = 5 * time.Second
)

func (n *namespace) quarantined(now time.Time) bool {
	return now.Before(n.failed.Add(quarantineDuration))
}

// together says whether two entries may share a request: a suspect shares it with as many as the other, the records of a
// namespace in quarantine with each other, and what tells of the past with its kind.
func together(a, b *entry, now time.Time) bool {
	return a.share == b.share && a.share != 1 && a.message.Backfill == b.message.Backfill &&
		(a.namespace == b.namespace || !a.namespace.quarantined(now) && !b.namespace.quarantined(now))
}

// notBefore returns when an entry may be sent.
func (q *Queue) notBefore(e *entry) time.Time {
	if e.share == 0 {
		return latest(q.freshAt, e.namespace.notBefore)
	}
	if e.alone {
		return latest(q.suspectsAt, e.at, e.namespace.failed.Add(minRetry))
	}
	return latest(q.suspectsAt, e.at, e.namespace.notBefore)
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// OfContent says that the error of a request is about what was in it, whatever a probe finds.
func OfContent(err error) bool {
	kind := jira.KindOf(err)
	return kind == jira.Invalid || kind == jira.TooLarge
}

// fail takes a batch that failed though the site works. A record that is alone in it is rejected where Jira itself refused
// it twice, and took another record in between.
func (q *Queue) fail(batch Batch, err error, now time.Time) []Outcome {
	records, first := len(batch.entries), batch.entries[0]
	if !first.alone { // once more for a record that failed by itself tells nothing of the others
		q.slow(first, err, now)
	}
	switch {
	case first.share == 0 && !OfContent(err):
		outcomes := q.retry(batch.entries, records, now, min(retryAfter(err), Lasting),
			fmt.Sprintf("A request with the record failed, though the site works (%v)", err))
		if retryAfter(err) < Lasting {
			return nil
		}
		return outcomes
	case records > 1:
		for _, e := range batch.entries {
			e.share, e.at = (records+1)/2, now
		}
		if first.share == 0 && jira.KindOf(err) == jira.TooLarge {
			q.maxBytes = batch.bytes / 2
		}
		return nil
	}
	first.namespace.failed = now
	why := "The request with this record alone failed, though the site works, and not in Jira's words: a proxy may have refused it (%v)"
	var refusal *jira.Error
	inJirasWords := errors.As(err, &refusal) && len(refusal.Messages) > 0 && OfContent(err)
	if inJirasWords {
		if first.refused > 0 && q.taken > first.refused {
			return []Outcome{q.settle(first, first.rejected(refusal.Messages))}
		}
		why = "Jira refuses the request with this record alone (%v): it is rejected if Jira takes another record, and refuses this one once more"
	}
	outcomes := q.retry(batch.entries, 1, now, retryAfter(err), fmt.Sprintf(why, err))
	if first.alone = true; inJirasWords {
		first.refused = q.turn
	}
	return outcomes
}

// slow holds up what follows a request that failed, and whose records are known by the first one. One of a namespace in
// quarantine holds up that namespace alone, unless as many requests failed in a row as there are namespaces: then it may be
// that nothing is taken. What Jira asks to wait holds up records that never failed where such a one asked, and once: not where
// it is an issue's limit, because other issues may be written, and not while it is looked for which record is at fault.
func (q *Queue) slow(first *entry, err error, now time.Time) {
	asked := retryAfter(err)
	if n := first.namespace; n.quarantined(now) {
		n.notBefore = now.Add(min(max(minRetry, asked), Lasting))
		if q.quarantined++; q.quarantined <= len(q.namespaces) {
			return
		}
	}
	limit, _ := jira.LimitOf(err)
	if first.share > 0 || limit.OfIssue() || first.namespace.quarantined(now) {
		asked = 0
	}
	wait := q.slowdown.When("")
	q.suspectsAt, q.freshAt = now.Add(wait), now.Add(min(max(wait, asked), Lasting))
}

// rounded rounds a time down as Truncate does, and keeps its reading of the monotonic clock: a clock that is set back makes
// nobody wait longer.
func rounded(t time.Time, to time.Duration) time.Time {
	return t.Add(-t.Sub(t.Truncate(to)))
}

// retry makes suspects of entries, which share their next request with so many, and wait at least for so long. They say
// why.
func (q *Queue) retry(entries []*entry, share int, now time.Time, atLeast time.Duration, why string) []Outcome {
	var outcomes []Outcome
	for _, e := range entries {
		wait := q.retries.When(e.message.Source.UID)
		e.share, e.alone, e.refused = share, false, 0
		e.at = latest(now.Add(atLeast), rounded(now.Add(wait), wait/2)) // those that wait as long share a request
		outcomes = append(outcomes, e.outcome(v1alpha1.ReasonPending,
			why+". It is sent again by itself, after waits that grow to five minutes."))
	}
	return outcomes
}
