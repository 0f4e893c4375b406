package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// lasting is how long a record waits before its condition says why: shorter waits are not worth a write.
const lasting = 5 * time.Second

// minBytes is the least that a request is bounded to after 413.
const minBytes = 16 << 10

// failure is a batch that failed, and why.
type failure struct {
	batch Batch
	err   error
}

// Settle takes the answer to a batch, or the error of its request. It returns what the records have to say.
//
//	an answer              each record in it is settled; those that it leaves out become suspects
//	413                    half the bytes for the next requests; a record alone becomes a suspect
//	400                    it is the content's fault: halve, or suspect the one record
//	any other error        a probe has to tell whose fault it is, see Probed
//	the manager ends       the records stay pending
func (q *Queue) Settle(batch Batch, reply *Reply, err error, now time.Time) []Outcome {
	kind := jira.KindOf(err)
	switch {
	case err == nil:
		return q.settleAnswer(batch, reply, now)
	case errors.Is(err, context.Canceled):
		return nil
	case kind == jira.TooLarge && len(batch.entries) > 1:
		q.maxBytes = max(minBytes, min(q.maxBytes, batch.bytes/2))
		if batch.bytes <= minBytes || batch.suspects != nil { // fewer bytes do not help: fewer records may
			halve(batch.entries, 0, now)
		}
		return nil
	case kind == jira.TooLarge, kind == jira.Invalid:
		return q.contentFailed(batch, err, now)
	}
	q.failed = &failure{batch, err}
	return nil
}

// Probed takes what the probe after a failed batch found. Where the site does not work, that explains the failure, and
// the records stay as they are. Where it does, the content of the batch is suspect.
func (q *Queue) Probed(probe error, now time.Time) []Outcome {
	failed := q.failed
	q.failed = nil
	if failed == nil || probe != nil {
		return nil
	}
	return q.contentFailed(failed.batch, failed.err, now)
}

func (q *Queue) settleAnswer(batch Batch, reply *Reply, now time.Time) []Outcome {
	var outcomes []Outcome
	var left []*entry
	taken := map[messageID]Message{}
	for _, e := range batch.entries {
		outcome, answered := reply.read(e, q.site)
		if !answered {
			left = append(left, e)
			continue
		}
		outcomes = append(outcomes, q.settle(e, outcome))
		if outcome.Accepted() {
			taken[e.message.id()] = e.message
		}
	}
	if len(outcomes) > 0 {
		q.proven()
		q.maxBytes = min(maxBytes, 2*q.maxBytes)
	}
	if len(taken) > 0 {
		q.accepted++
		q.retryRefused(now)
	}
	return slices.Concat(outcomes, q.supersede(taken), q.omit(left, now))
}

// settle notes Jira's last word on an entry.
func (q *Queue) settle(e *entry, outcome Outcome) Outcome {
	e.answered, e.suspects = true, nil
	q.forget(e.message.Source.UID)
	return outcome
}

// supersede settles the records that Jira need not be told any more: a newer one of the same namespace, with the same
// key in Jira, was taken.
func (q *Queue) supersede(taken map[messageID]Message) []Outcome {
	var outcomes []Outcome
	for _, e := range q.entries {
		by, ok := taken[e.message.id()]
		if ok && !e.answered && by.supersedes(e.message) {
			outcomes = append(outcomes, q.settle(e, e.outcome(metav1.ConditionFalse, v1alpha1.ReasonSuperseded, fmt.Sprintf(
				"Jira took a newer record of the same pipeline, environment and sequence: %s. This one is not sent.", by.Source.Name))))
		}
	}
	return outcomes
}

// retryRefused lets those that Jira refused be tried once more, now that it took another: it is their fault, or it is not.
func (q *Queue) retryRefused(now time.Time) {
	for _, e := range q.entries {
		if e.suspects != nil && e.suspects.refused {
			e.suspects.notBefore = now
		}
	}
}

// omit lets the entries wait that an answer left out, with the others of their namespaces.
func (q *Queue) omit(left []*entry, now time.Time) []Outcome {
	waits := map[*suspects]bool{}
	for _, e := range left {
		namespace := e.message.Source.Namespace
		if q.omitted[namespace] == nil {
			q.omitted[namespace] = newSuspects(0, now)
		}
		e.suspects = q.omitted[namespace]
		if !waits[e.suspects] {
			e.suspects.wait(now, 0)
			waits[e.suspects] = true
		}
	}
	return waiting(left, "Jira answered, but left the record out")
}

// contentFailed takes a batch that failed though the site works.
func (q *Queue) contentFailed(batch Batch, err error, now time.Time) []Outcome {
	failures := 1
	if batch.suspects != nil {
		failures += batch.suspects.failures
	}
	if batch.suspects == nil || !batch.suspects.alone {
		q.unanswered(now, retryAfter(err))
	}
	kind := jira.KindOf(err)
	certain := failures > 1 || kind == jira.Invalid || kind == jira.TooLarge
	if certain && len(batch.entries) > 1 {
		halve(batch.entries, failures, now)
		return nil
	}
	group := batch.suspects
	if group == nil {
		group = newSuspects(0, now)
		for _, e := range batch.entries {
			e.suspects = group
		}
	}
	group.failures = failures
	if certain {
		return q.suspect(batch.entries[0], err, now)
	}
	if group.wait(now, min(retryAfter(err), maxFreshWait)) < lasting {
		return nil
	}
	return waiting(batch.entries, fmt.Sprintf("A request with the record failed, though the site works (%v)", err))
}

// suspect takes a record that failed by itself. It is rejected where Jira itself refused it twice, and took another
// record in between.
func (q *Queue) suspect(e *entry, err error, now time.Time) []Outcome {
	q.quarantine[e.message.Source.Namespace] = quarantine{until: now.Add(quarantineDuration), next: now.Add(suspectInterval)}
	s := e.suspects
	var refusal *jira.Error
	inJirasWords := errors.As(err, &refusal) && len(refusal.Messages) > 0 && (refusal.Kind == jira.Invalid || refusal.Kind == jira.TooLarge)
	if inJirasWords && s.refused && q.accepted > s.acceptedThen {
		return []Outcome{q.settle(e, e.rejected(refusal.Messages))}
	}
	s.alone, s.refused, s.acceptedThen = true, inJirasWords, q.accepted
	s.wait(now, retryAfter(err))
	why := fmt.Sprintf("The request with this record alone failed, though the site works, and not in Jira's words: a proxy may have refused it (%v)", err)
	if inJirasWords {
		why = fmt.Sprintf("Jira refuses the request with this record alone (%v): it is rejected if Jira takes another record, and refuses this one once more", err)
	}
	return waiting([]*entry{e}, why)
}

// waiting returns what records say that are sent again by themselves.
func waiting(entries []*entry, why string) []Outcome {
	var outcomes []Outcome
	for _, e := range entries {
		if !e.tombstone {
			outcomes = append(outcomes, e.outcome(metav1.ConditionFalse, v1alpha1.ReasonPending,
				why+". It is sent again by itself, after waits that grow to five minutes."))
		}
	}
	return outcomes
}
