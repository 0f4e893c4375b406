// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Record is a record as the cache shows it. It is not changed.
type Record = metav1.Object

// Source identifies the record that a message is made of, and the generation of its spec that it tells.
type Source struct {
	Namespace, Name string
	UID             types.UID
	Generation      int64
}

// SourceOf returns the source of a record as it is now.
func SourceOf(record Record) Source {
	return Source{record.GetNamespace(), record.GetName(), record.GetUID(), record.GetGeneration()}
}

// Message is what Jira is told of one record. Each kind of record has a function that makes it, such as FromDeployment.
type Message struct {
	// Key is what Jira identifies the message by. Two messages with one key never share a batch.
	Key string
	// Version orders the messages with one key: Jira keeps the one with the highest. It begins with the time at which the
	// API server created the record, or with that of a resync.
	Version int64
	Source  Source
	// Details are what a trace and the audit say of the record.
	Details Details
	// IssueKeys and ServiceIDs are what the message is associated with: Jira's answer names the unknown ones among them.
	IssueKeys, ServiceIDs []string
	// Dropped says what the record left out, because Jira takes no more; empty where that is nothing.
	Dropped string
	// Changed is when the state that is told became what it is; zero where the message only corrects an earlier one.
	Changed time.Time
	// Backfill says that the message tells of the past. It never shares a batch with one that does not.
	Backfill bool
	// Resync says that Jira took the message before, and is told once more. Everything else goes first.
	Resync bool
	// Body encodes the message. Its error says what cannot be encoded.
	Body func() ([]byte, error)
	// Cancelled returns what Jira is told where the record goes with its namespace while its rollout, or its build, is under
	// way; nil where that is finished.
	Cancelled func(now time.Time) Message
}

// Details are what a trace says of a record.
type Details struct {
	Site string
	// Reference is the workload or the run; nil for a record that was made by hand.
	Reference *v1alpha1.WorkloadReference
	State     string
	// Pipeline is the id of the deployment's or build's pipeline, and Environment where was deployed to; a build has none.
	Pipeline    string
	Environment v1alpha1.Environment
	// Traceparent is the span of the pipeline that the record names, as it stands there.
	Traceparent string
}

func detailsOf[State ~string](r v1alpha1.Record, state State, pipeline string, environment v1alpha1.Environment) Details {
	return Details{
		Site: r.GetSite(), Reference: r.GetReference(), State: string(state), Pipeline: pipeline, Environment: environment,
		Traceparent: r.GetAnnotations()[v1alpha1.AnnotationTraceparent],
	}
}

// id is what the messages have in common of which only the newest is sent.
func (m Message) id() [2]string {
	return [2]string{m.Source.Namespace, m.Key}
}

// supersedes says whether of two messages with one id this one is the newer.
func (m Message) supersedes(other Message) bool {
	return cmp.Or(cmp.Compare(m.Version, other.Version), cmp.Compare(m.Source.UID, other.Source.UID)) > 0
}

// dropped says that a record left out so many of some things.
func dropped(number int32, of string, most int, kind string) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s were left out: Jira takes at most %d for a %s.", number, of, most, kind)
}
