// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Bounds of what a record remembers of a delivery, in bytes.
const (
	maxIssues = 255
	maxAnswer = 256
)

// Told is a message that was sent, and what became of it.
type Told struct {
	Message  Message
	Delivery v1alpha1.Delivery
}

// History adds deliveries to those that a record remembers. The last one comes first, and the oldest are forgotten. Of those
// with one number and one reason the first is kept: a request that fails for an hour is one of them. Of a request that is
// said of twice the first is kept, too.
//
//	sent     number  reason
//	12:00:09 ...2    Accepted    the new state
//	12:00:04 ...1    Accepted
//	12:00:00 ...1    Pending     the first of three requests that failed
func History(known, more []v1alpha1.Delivery) []v1alpha1.Delivery {
	all := slices.Clone(known)
	for _, d := range more {
		if !remembered(all, d) {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b v1alpha1.Delivery) int {
		return cmp.Or(b.SentTime.Compare(a.SentTime.Time), cmp.Compare(b.UpdateSequenceNumber, a.UpdateSequenceNumber))
	})
	return all[:min(len(all), v1alpha1.MaxHistory)]
}

// remembered says whether a delivery, or another one that it is to be counted to, is in a history.
func remembered(history []v1alpha1.Delivery, d v1alpha1.Delivery) bool {
	return slices.ContainsFunc(history, func(other v1alpha1.Delivery) bool {
		return d.UpdateSequenceNumber == other.UpdateSequenceNumber && (d.Reason == other.Reason || d.SentTime.Equal(&other.SentTime))
	})
}

// Took says whether Jira took any generation of a record since the queue knows it.
func (q *Queue) Took(uid types.UID) bool {
	e := q.entries[uid]
	return e != nil && slices.ContainsFunc(e.history, func(d v1alpha1.Delivery) bool { return d.Reason == v1alpha1.ReasonAccepted })
}

// Conclude gives an outcome that was not made by the queue the history of its record. Where it is not known yet what became of
// the record's last request, the outcome is that as well. Example: the request failed, and so did the probe of the site.
func (q *Queue) Conclude(o *Outcome, now time.Time) {
	if o.entry = q.entries[o.Source.UID]; o.entry != nil {
		o.remember(now)
		o.entry.sent = time.Time{}
	}
}

// remember adds what was sent, and the outcome, to the history of the record.
func (o *Outcome) remember(now time.Time) {
	if e := o.entry; !e.sent.IsZero() {
		told := Told{e.message, v1alpha1.Delivery{
			State:                e.message.Details.State,
			UpdateSequenceNumber: e.message.Version,
			Issues:               cut(list(slices.Concat(e.message.IssueKeys, e.message.ServiceIDs)), maxIssues),
			SentTime:             microTime(e.sent),
			AnsweredTime:         microTime(now),
			Reason:               o.Condition.Reason,
			Message:              cut(o.Condition.Message, maxAnswer),
		}}
		if !remembered(e.history, told.Delivery) {
			e.history = History(e.history, []v1alpha1.Delivery{told.Delivery})
			o.Told = &told
		}
	}
	o.History = o.entry.history
}

// microTime is a time as the API has it.
func microTime(t time.Time) metav1.MicroTime {
	return metav1.NewMicroTime(t.UTC().Truncate(time.Microsecond))
}
