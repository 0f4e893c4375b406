package outbox

import (
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Settle takes the answer to a batch, or the error of its request. It returns what the records have to say.
//
//	an answer            each record in it is settled; those that it leaves out are sent again after a wait
//	400 or 413           it is the content's fault: half as many records for the next request, until one is alone
//	any other error      the same, after the batch was tried once more. It is to be settled only where a probe goes
//	                     through: otherwise it is the site's, and the records stay as they are
func (q *Queue) Settle(batch Batch, reply *Reply, err error, now time.Time) []Outcome {
	if err != nil {
		return q.fail(batch, err, now)
	}
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
		q.maxBytes = min(maxBytes, 2*q.maxBytes)
	}
	outcomes = append(outcomes, q.afterTaking(taken, now)...)
	return append(outcomes, q.retry(omitted, maxBatch, now, 0, "Jira answered, but left the record out")...)
}

// settle notes Jira's last word on an entry.
func (q *Queue) settle(e *entry, outcome Outcome) Outcome {
	e.answered, e.share, e.alone, e.refused = true, 0, false, 0
	q.retries.Forget(e.message.Source.UID)
	if e.tombstone > 0 {
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
				"Jira took a newer record of the same pipeline, environment and sequence: %s. This one is not sent.", by.Source.Name))))
		}
	}
	return outcomes
}
