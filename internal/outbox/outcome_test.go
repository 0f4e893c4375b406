// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
)

// told is what an answer means for a record, as a person reads it.
type told struct {
	Record          string
	Status          metav1.ConditionStatus
	Reason          string
	Message         string
	UnknownKeys     []string
	UnknownServices []string
}

func tell(outcomes ...Outcome) []told {
	var all []told
	for _, o := range outcomes {
		all = append(all, told{
			o.Source.Name, o.Condition.Status, o.Condition.Reason, o.Condition.Message, o.UnknownIssueKeys, o.UnknownServiceIDs,
		})
	}
	return all
}

// read returns what an answer means for records.
func read(answer *resultBuilder, records ...*recordBuilder) []Outcome {
	var outcomes []Outcome
	for _, record := range records {
		if o, ok := answer.Reply().read(record.entry(), "acme"); ok {
			outcomes = append(outcomes, o)
		}
	}
	return outcomes
}

func TestRead(t *testing.T) {
	const (
		took  = "Jira took the record."
		check = ": check the spelling, and whether JiraSite acme is the site that holds them."
		again = " It is sent again once its spec changes."
	)
	web, pay := makeRecord("web", "SHOP-1", "SHOP-2"), makeRecord("pay", "PAY-1")
	both := makeRecord("both", "SHOP-1").Services("SVC-1", "SVC-2")
	tests := map[string]struct {
		batch  []*recordBuilder
		answer *resultBuilder
		want   []told
	}{
		"all are accepted": {
			batch:  []*recordBuilder{web, pay},
			answer: makeResult().Accepted(pay, web),
			want: []told{
				{"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil},
				{"pay", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil},
			},
		},
		"one is accepted, one is rejected": {
			batch:  []*recordBuilder{web, pay},
			answer: makeResult().Accepted(web).Rejected(pay, "url is too long.", "label is too long."),
			want: []told{
				{"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil},
				{"pay", metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses the record: url is too long.; label is too long." + again, nil, nil},
			},
		},
		"one is both: what was refused counts": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Accepted(web).Rejected(web, "no"),
			want:   []told{{"web", metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses the record: no." + again, nil, nil}},
		},
		"one is left out: it stays pending": {
			batch:  []*recordBuilder{web, pay},
			answer: makeResult().Accepted(web),
			want:   []told{{"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil}},
		},
		"all are left out": {
			batch:  []*recordBuilder{web, pay},
			answer: makeResult(),
		},
		"somebody else's record is in the answer": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Accepted(web, pay),
			want:   []told{{"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil}},
		},
		"some keys are unknown: each record is told of its own": {
			batch:  []*recordBuilder{web, pay},
			answer: makeResult().Accepted(web, pay).UnknownKeys("SHOP-2", "OPS-1"),
			want: []told{
				{"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took + " It does not know SHOP-2" + check, []string{"SHOP-2"}, nil},
				{"pay", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took, nil, nil},
			},
		},
		"all keys are unknown": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Rejected(web, "No valid associations").UnknownKeys("SHOP-1", "SHOP-2"),
			want: []told{{
				"web", metav1.ConditionFalse, v1alpha1.ReasonUnknownIssueKeys,
				"Jira knows none of SHOP-1, SHOP-2" + check + " The record is sent again once its spec changes.",
				[]string{"SHOP-1", "SHOP-2"}, nil,
			}},
		},
		"rejected for another reason, with a key that is unknown besides": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Rejected(web, "url is too long").UnknownKeys("SHOP-2"),
			want: []told{{
				"web", metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses the record: url is too long." + again,
				[]string{"SHOP-2"}, nil,
			}},
		},
		"a service is unknown": {
			batch:  []*recordBuilder{both},
			answer: makeResult().Accepted(both).UnknownAssociations(jira.AssociationServiceIDOrKeys, "SVC-2"),
			want: []told{{
				"both", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took + " It does not know SVC-2" + check, nil, []string{"SVC-2"},
			}},
		},
		"keys and services are unknown": {
			batch: []*recordBuilder{both},
			answer: makeResult().Rejected(both, "No valid associations").UnknownKeys("SHOP-1").
				UnknownAssociations(jira.AssociationServiceIDOrKeys, "SVC-1", "SVC-2"),
			want: []told{{
				"both", metav1.ConditionFalse, v1alpha1.ReasonUnknownIssueKeys,
				"Jira knows none of SHOP-1, SVC-1, SVC-2" + check + " The record is sent again once its spec changes.",
				[]string{"SHOP-1"}, []string{"SVC-1", "SVC-2"},
			}},
		},
		"all keys are unknown, the services are not: there is another reason": {
			batch:  []*recordBuilder{both},
			answer: makeResult().Rejected(both, "url is too long").UnknownKeys("SHOP-1"),
			want: []told{{
				"both", metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses the record: url is too long." + again,
				[]string{"SHOP-1"}, nil,
			}},
		},
		"unknown keys among the associations": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Accepted(web).UnknownAssociations(jira.AssociationIssueIDOrKeys, "SHOP-1"),
			want: []told{{
				"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted, took + " It does not know SHOP-1" + check, []string{"SHOP-1"}, nil,
			}},
		},
		"some were left out before it was sent": {
			batch:  []*recordBuilder{makeRecord("web", "SHOP-1").Dropped(100)},
			answer: makeResult().Accepted(web),
			want: []told{{
				"web", metav1.ConditionTrue, v1alpha1.ReasonAccepted,
				took + " 100 issue keys and service ids were left out: Jira takes at most 500 for a deployment.", nil, nil,
			}},
		},
		"rejected without a word": {
			batch:  []*recordBuilder{web},
			answer: makeResult().Rejected(web),
			want: []told{{
				"web", metav1.ConditionFalse, v1alpha1.ReasonRejected, "Jira refuses the record, and does not say why." + again, nil, nil,
			}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := read(tt.answer, tt.batch...)
			if diff := cmp.Diff(tt.want, tell(got...)); diff != "" {
				t.Errorf("Read (-want +got):\n%s", diff)
			}
			for _, o := range got {
				if accepted := o.Condition.Reason == v1alpha1.ReasonAccepted; o.Accepted() != accepted {
					t.Errorf("Accepted() = %v for %s, want %v", o.Accepted(), o.Condition.Reason, accepted)
				}
				if !v1alpha1.Terminal(o.Condition.Reason) {
					t.Errorf("%s is not Jira's last word", o.Condition.Reason)
				}
			}
		})
	}
}

func TestAnOutcomeSpeaksOfTheGenerationThatWasSent(t *testing.T) {
	want := metav1.Condition{
		Type: "Delivered", Status: metav1.ConditionFalse, ObservedGeneration: 7, Reason: v1alpha1.ReasonSiteNotReady, Message: "wait",
	}
	o := NewOutcome(SourceOf(makeRecord("web", "SHOP-1").Generation(7).Obj()), v1alpha1.ReasonSiteNotReady, "wait")
	if diff := cmp.Diff(want, o.Condition); diff != "" {
		t.Errorf("condition (-want +got):\n%s", diff)
	}
	if o.Accepted() {
		t.Error("a record that waits counts as accepted")
	}
}

func TestMessagesOfOutcomesAreBounded(t *testing.T) {
	long := strings.Repeat("ü", 2000)
	keys := make([]string, 500)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s-%d", strings.Repeat("P", 60), i+1)
	}
	many := makeRecord("web", keys...)
	for name, o := range map[string]Outcome{
		"of a rejection":              read(makeResult().Rejected(many, long, long), many)[0],
		"of keys that are unknown":    read(makeResult().Rejected(many).UnknownKeys(keys...), many)[0],
		"of keys that are not all so": read(makeResult().Accepted(many).UnknownKeys(keys[:499]...), many)[0],
		"of a wait":                   NewOutcome(SourceOf(many.Obj()), v1alpha1.ReasonPending, long),
	} {
		t.Run(name, func(t *testing.T) {
			message := o.Condition.Message
			if n := len(message); n > 1024 || !utf8.ValidString(message) {
				t.Errorf("message has %d bytes (valid: %v), want at most 1024: %q", n, utf8.ValidString(message), message)
			}
		})
	}
}

func TestManyUnknownKeysAreCountedAndNotListed(t *testing.T) {
	keys := make([]string, 12)
	for i := range keys {
		keys[i] = fmt.Sprintf("SHOP-%d", i+1)
	}
	web := makeRecord("web", append(keys, "SHOP-99")...)
	got := read(makeResult().Accepted(web).UnknownKeys(keys...), web)[0]
	want := "SHOP-1, SHOP-2, SHOP-3, SHOP-4, SHOP-5, SHOP-6, SHOP-7, SHOP-8, SHOP-9, SHOP-10 and 2 more: check the spelling"
	if !strings.Contains(got.Condition.Message, want) {
		t.Errorf("message = %q, want it to hold %q", got.Condition.Message, want)
	}
	if diff := cmp.Diff(keys, got.UnknownIssueKeys); diff != "" {
		t.Errorf("unknown keys (-want +got):\n%s", diff)
	}
}
