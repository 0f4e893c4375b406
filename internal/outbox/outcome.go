// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// maxMessage is the longest message of a condition, in bytes: an Event takes no more.
const maxMessage = 1024

// Outcome is what a record's Delivered condition has to say.
type Outcome struct {
	Source Source
	// Condition is the Delivered condition; the time of its transition is left to whoever writes it.
	Condition metav1.Condition
	// UnknownIssueKeys and UnknownServiceIDs are those of the record's that Jira does not know.
	UnknownIssueKeys, UnknownServiceIDs []string
	// Changed is the message's: when the state that was told became what it is.
	Changed time.Time
	// Resync is when the resync began for which the record is sent once more; zero where it is not sent for one.
	Resync time.Time
	// Tombstone says that the record is gone: there is nothing to write to.
	Tombstone bool
	// Told is what was sent, and its answer; nil where nothing was sent, or where the same became of it before.
	Told *Told
	// History are the times that Jira was told of the record, as far as its status may not say so yet, the last one first.
	History []v1alpha1.Delivery

	entry *entry
}

// Accepted says whether Jira took the record.
func (o Outcome) Accepted() bool {
	return o.Condition.Reason == v1alpha1.ReasonAccepted
}

// Terminal says whether only a new spec can change the outcome.
func (o Outcome) Terminal() bool {
	return v1alpha1.Terminal(o.Condition.Reason)
}

// NewOutcome returns what a record says, with a reason of the Delivered condition.
func NewOutcome(source Source, reason, message string) Outcome {
	status := metav1.ConditionFalse
	if reason == v1alpha1.ReasonAccepted {
		status = metav1.ConditionTrue
	}
	return Outcome{Source: source, Condition: metav1.Condition{
		Type: v1alpha1.ConditionDelivered, Status: status, ObservedGeneration: source.Generation, Reason: reason, Message: Bounded(message),
	}}
}

func (e *entry) outcome(reason, message string) Outcome {
	o := NewOutcome(e.message.Source, reason, message)
	o.Changed, o.Tombstone, o.History, o.entry = e.message.Changed, e.tombstone, e.history, e
	return o
}

func (e *entry) rejected(messages []string) Outcome {
	text := "Jira refuses the record, and does not say why"
	if said := strings.TrimRight(strings.Join(messages, "; "), "."); said != "" {
		text = "Jira refuses the record: " + said
	}
	return e.outcome(v1alpha1.ReasonRejected, text+". It is sent again once its spec changes.")
}

// Bounded returns a message that is no longer than a condition's may be.
func Bounded(message string) string { return cut(message, maxMessage) }

// cut returns a text that is no longer than so many bytes.
func cut(text string, most int) string {
	const mark = "…"
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(mark)], "") + mark
}

// Reply is Jira's answer to a batch.
type Reply struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// answers are by the keys of the messages.
	answers map[string]answer
	// unknownKeys and unknownServices are those of the whole batch: Jira does not say whose they are.
	unknownKeys, unknownServices sets.Set[string]
}

// ReplyOf returns Jira's answer to a batch of deployments or builds.
func ReplyOf[K fmt.Stringer](result *jira.Result[K]) *Reply {
	reply := &Reply{StatusCode: result.StatusCode, answers: map[string]answer{}, unknownKeys: sets.New(result.UnknownIssueKeys...), unknownServices: sets.New[string]()}
	for _, key := range result.Accepted {
		reply.answers[key.String()] = answer{accepted: true}
	}
	for _, rejection := range result.Rejected {
		reply.answers[rejection.Key.String()] = answer{messages: rejection.Messages}
	}
	for _, group := range result.UnknownAssociations {
		unknown := reply.unknownKeys
		if group.AssociationType == jira.AssociationServiceIDOrKeys {
			unknown = reply.unknownServices
		}
		unknown.Insert(group.Values...)
	}
	return reply
}

// answer is what Jira says of one message, and why it refuses it.
type answer struct {
	accepted bool
	messages []string
}

// read returns what the answer means for an entry; false where it leaves the entry out.
func (r *Reply) read(e *entry, site string) (Outcome, bool) {
	answer, ok := r.answers[e.message.Key]
	if !ok {
		return Outcome{}, false
	}
	keys, services := among(e.message.IssueKeys, r.unknownKeys), among(e.message.ServiceIDs, r.unknownServices)
	unknown := fmt.Sprintf("%s: check the spelling, and whether JiraSite %s is the site that holds them.", list(slices.Concat(keys, services)), site)
	var o Outcome
	switch {
	case answer.accepted:
		message := "Jira took the record."
		if len(keys)+len(services) > 0 {
			message += " It does not know " + unknown
		}
		if e.message.Dropped != "" {
			message += " " + e.message.Dropped
		}
		o = e.outcome(v1alpha1.ReasonAccepted, message)
	case len(keys) == len(e.message.IssueKeys) && len(services) == len(e.message.ServiceIDs):
		o = e.outcome(v1alpha1.ReasonUnknownIssueKeys,
			"Jira knows none of "+unknown+" The record is sent again once its spec changes.")
	default:
		o = e.rejected(answer.messages)
	}
	o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
	return o, true
}

func among(values []string, set sets.Set[string]) []string {
	var found []string
	for _, value := range values {
		if set.Has(value) {
			found = append(found, value)
		}
	}
	return found
}

// list writes the first few of many texts.
func list(texts []string) string {
	const most = 10
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}
