package outbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// MaxMessage is the longest message of a condition, in bytes: an Event takes no more.
const MaxMessage = 1024

// Outcome is what a record's Delivered condition has to say.
type Outcome struct {
	Source Source
	// Condition is the Delivered condition; the time of its transition is left to whoever writes it.
	Condition metav1.Condition
	// UnknownIssueKeys and UnknownServiceIDs are those of the record's that Jira does not know.
	UnknownIssueKeys, UnknownServiceIDs []string
	// Changed is the message's: when the state that was told became what it is.
	Changed time.Time
	// Tombstone says that the record is gone: there is nothing to write to.
	Tombstone bool
}

// Accepted says whether Jira took the record.
func (o Outcome) Accepted() bool {
	return o.Condition.Reason == v1alpha1.ReasonAccepted
}

// Terminal says whether only a new spec can change the outcome.
func (o Outcome) Terminal() bool {
	return v1alpha1.Terminal(o.Condition.Reason)
}

// Waiting returns the outcome of a record that waits, for a reason of the Delivered condition.
func Waiting(source Source, reason, message string) Outcome {
	return Outcome{Source: source, Condition: condition(source, metav1.ConditionFalse, reason, message)}
}

func (e *entry) outcome(status metav1.ConditionStatus, reason, message string) Outcome {
	m := e.message
	return Outcome{Source: m.Source, Condition: condition(m.Source, status, reason, message), Changed: m.Changed, Tombstone: e.tombstone}
}

func (e *entry) rejected(messages []string) Outcome {
	text := "Jira refuses the record, and does not say why"
	if said := strings.TrimRight(strings.Join(messages, "; "), "."); said != "" {
		text = "Jira refuses the record: " + said
	}
	return e.outcome(metav1.ConditionFalse, v1alpha1.ReasonRejected, text+". It is sent again once its spec changes.")
}

func condition(source Source, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{
		Type: v1alpha1.ConditionDelivered, Status: status, ObservedGeneration: source.Generation, Reason: reason, Message: Bounded(message),
	}
}

// Bounded returns a message that is no longer than MaxMessage.
func Bounded(message string) string {
	const mark = "…"
	if len(message) <= MaxMessage {
		return message
	}
	cut := MaxMessage - len(mark)
	for cut > 0 && !utf8.RuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + mark
}

// Reply is Jira's answer to a batch, by the keys of its messages.
type Reply struct {
	accepted map[string]bool
	rejected map[string][]string
	// unknownKeys and unknownServices are those of the whole batch: Jira does not say whose they are.
	unknownKeys, unknownServices map[string]bool
}

func newReply() *Reply {
	return &Reply{
		accepted: map[string]bool{}, rejected: map[string][]string{}, unknownKeys: map[string]bool{}, unknownServices: map[string]bool{},
	}
}

// read returns what the answer means for an entry; false where it leaves the entry out.
func (r *Reply) read(e *entry, site string) (Outcome, bool) {
	messages, rejected := r.rejected[e.message.Key]
	switch {
	case rejected:
		return r.refuse(e, site, messages), true
	case r.accepted[e.message.Key]:
		return r.accept(e, site), true
	}
	return Outcome{}, false
}

func (r *Reply) accept(e *entry, site string) Outcome {
	keys, services := r.unknown(e)
	message := "Jira took the record."
	if len(keys)+len(services) > 0 {
		message += fmt.Sprintf(" It does not know %s: check the spelling, and whether JiraSite %s is the site that holds them.",
			list(slices.Concat(keys, services)), site)
	}
	if e.message.Dropped > 0 {
		message += fmt.Sprintf(" %d issue keys and service ids were left out: Jira takes at most %d for a deployment.",
			e.message.Dropped, v1alpha1.MaxAssociations)
	}
	o := e.outcome(metav1.ConditionTrue, v1alpha1.ReasonAccepted, message)
	o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
	return o
}

func (r *Reply) refuse(e *entry, site string, messages []string) Outcome {
	keys, services := r.unknown(e)
	o := e.rejected(messages)
	if len(keys) == len(e.message.IssueKeys) && len(services) == len(e.message.ServiceIDs) {
		o = e.outcome(metav1.ConditionFalse, v1alpha1.ReasonUnknownIssueKeys, fmt.Sprintf(
			"Jira knows none of %s: check the spelling, and whether JiraSite %s is the site that holds them. The record is sent again once its spec changes.",
			list(slices.Concat(keys, services)), site))
	}
	o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
	return o
}

func (r *Reply) unknown(e *entry) (keys, services []string) {
	return among(e.message.IssueKeys, r.unknownKeys), among(e.message.ServiceIDs, r.unknownServices)
}

func among(values []string, set map[string]bool) []string {
	var found []string
	for _, value := range values {
		if set[value] {
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
