// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"time"
)

// Entry is one line: what Jira was told of a record, and what became of it. Nothing in it is secret: it holds no more than the
// record and its status.
type Entry struct {
	// Time is when the answer came, or the request was given up. SentTime is when the request was made.
	Time     time.Time `json:"time"`
	SentTime time.Time `json:"sentTime"`
	// Audit is always "delivery". It tells the line from those of the log, where both go to the standard output.
	Audit string `json:"audit"`

	Cluster string `json:"cluster"`
	Site    string `json:"site"`
	Host    string `json:"host"`
	// CloudID is Jira's id of the site, once it is known.
	CloudID string `json:"cloudID,omitempty"`

	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`

	Pipeline string `json:"pipeline"`
	// Environment and EnvironmentType are a deployment's. A build has none.
	Environment     string   `json:"environment,omitempty"`
	EnvironmentType string   `json:"environmentType,omitempty"`
	State           string   `json:"state"`
	IssueKeys       []string `json:"issueKeys,omitempty"`
	ServiceIDs      []string `json:"serviceIDs,omitempty"`
	// UpdateSequenceNumber is what Jira orders the updates of a deployment or a build by.
	UpdateSequenceNumber int64 `json:"updateSequenceNumber"`

	// Reason and Message are those of the record's condition Delivered.
	Reason  string `json:"reason"`
	Message string `json:"message"`
}
