package outbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// MaxMessage is the longest message of a condition, in bytes: an Event takes no more.
const MaxMessage = 1024

// Outcome is what an answer means for a record.
type Outcome struct {
	Item Item
	// Condition is the Delivered condition; the time of its transition is left to whoever writes it.
	Condition metav1.Condition
	// UnknownIssueKeys and UnknownServiceIDs are those of the record's that Jira does not know.
	UnknownIssueKeys  []string
	UnknownServiceIDs []string
}

// Accepted says whether Jira took the record.
func (o Outcome) Accepted() bool {
	return o.Condition.Reason == v1alpha1.ReasonAccepted
}

// Read returns what Jira's answer to a batch means for its records. A record that the answer leaves out has
// no outcome: it stays pending.
func Read(batch []Item, result *jira.Result) []Outcome {
	answer := newAnswer(result)
	outcomes := make([]Outcome, 0, len(batch))
	for _, item := range batch {
		key := item.Deployment.Key()
		if messages, rejected := answer.rejected[key]; rejected {
			outcomes = append(outcomes, answer.refuse(item, messages))
		} else if answer.accepted[key] {
			outcomes = append(outcomes, answer.accept(item))
		}
	}
	return outcomes
}

// Unanswered returns the items of a batch that have no outcome.
func Unanswered(batch []Item, outcomes []Outcome) []Item {
	if len(outcomes) == len(batch) {
		return nil
	}
	answered := make(map[types.UID]bool, len(outcomes))
	for _, o := range outcomes {
		answered[o.Item.Record.UID] = true
	}
	return slices.DeleteFunc(slices.Clone(batch), func(item Item) bool { return answered[item.Record.UID] })
}

// Refuse returns the outcome of a record that made Jira refuse a whole request, with what Jira says of it. Where
// that is nothing, it was hardly Jira who spoke (a proxy has pages of its own): there is no outcome, and the
// record stays pending.
func Refuse(item Item, err error) []Outcome {
	var e *jira.Error
	if !errors.As(err, &e) || len(e.Messages) == 0 {
		return nil
	}
	return []Outcome{rejected(item, e.Messages)}
}

func rejected(item Item, messages []string) Outcome {
	text := "Jira refuses the record, and does not say why"
	if said := strings.TrimRight(strings.Join(messages, "; "), "."); said != "" {
		text = "Jira refuses the record: " + said
	}
	return outcome(item, metav1.ConditionFalse, v1alpha1.ReasonRejected, text+". It is sent again once its spec changes.")
}

// Hold returns the outcome of a record that waits, for a reason of the Delivered condition.
func Hold(item Item, reason, message string) Outcome {
	return outcome(item, metav1.ConditionFalse, reason, message)
}

func outcome(item Item, status metav1.ConditionStatus, reason, message string) Outcome {
	return Outcome{Item: item, Condition: metav1.Condition{
		Type:               v1alpha1.ConditionDelivered,
		Status:             status,
		ObservedGeneration: item.Record.Generation,
		Reason:             reason,
		Message:            Bounded(message),
	}}
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

// answer is Jira's answer to a batch, ready for look-ups.
type answer struct {
	accepted map[jira.DeploymentKey]bool
	rejected map[jira.DeploymentKey][]string
	// unknownKeys and unknownServices are those of the whole batch: Jira does not say whose they are.
	unknownKeys     map[string]bool
	unknownServices map[string]bool
}

func newAnswer(result *jira.Result) answer {
	a := answer{
		accepted:        map[jira.DeploymentKey]bool{},
		rejected:        map[jira.DeploymentKey][]string{},
		unknownKeys:     map[string]bool{},
		unknownServices: map[string]bool{},
	}
	for _, key := range result.Accepted {
		a.accepted[key] = true
	}
	for _, rejection := range result.Rejected {
		a.rejected[rejection.Key] = rejection.Messages
	}
	for _, key := range result.UnknownIssueKeys {
		a.unknownKeys[key] = true
	}
	for _, group := range result.UnknownAssociations {
		unknown := a.unknownKeys
		if group.AssociationType == jira.AssociationServiceIDOrKeys {
			unknown = a.unknownServices
		}
		for _, value := range group.Values {
			unknown[value] = true
		}
	}
	return a
}

func (a answer) accept(item Item) Outcome {
	keys, services := a.unknown(item)
	message := "Jira took the record."
	if len(keys)+len(services) > 0 {
		message += fmt.Sprintf(" It does not know %s: check the spelling, and whether JiraSite %s is the site that holds them.",
			list(slices.Concat(keys, services)), item.Record.Spec.Site)
	}
	if dropped := item.Record.Spec.DroppedAssociations; dropped > 0 {
		message += fmt.Sprintf(" %d issue keys and service ids were left out: Jira takes at most %d for a deployment.",
			dropped, v1alpha1.MaxAssociations)
	}
	o := outcome(item, metav1.ConditionTrue, v1alpha1.ReasonAccepted, message)
	o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
	return o
}

func (a answer) refuse(item Item, messages []string) Outcome {
	keys, services := a.unknown(item)
	spec := item.Record.Spec
	if len(keys) < len(spec.IssueKeys) || len(services) < len(spec.ServiceIDs) {
		o := rejected(item, messages)
		o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
		return o
	}
	o := outcome(item, metav1.ConditionFalse, v1alpha1.ReasonUnknownIssueKeys,
		fmt.Sprintf("Jira knows none of %s: check the spelling, and whether JiraSite %s is the site that holds them. The record is sent again once its spec changes.",
			list(slices.Concat(keys, services)), spec.Site))
	o.UnknownIssueKeys, o.UnknownServiceIDs = keys, services
	return o
}

func (a answer) unknown(item Item) (keys, services []string) {
	return among(item.Record.Spec.IssueKeys, a.unknownKeys), among(item.Record.Spec.ServiceIDs, a.unknownServices)
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
