// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// submissionJSON is the body of a bulk request. Deployments or builds are there, and never both.
type submissionJSON struct {
	Properties       map[string]string `json:"properties,omitempty"`
	Deployments      []json.RawMessage `json:"deployments,omitempty"`
	Builds           []json.RawMessage `json:"builds,omitempty"`
	ProviderMetadata *providerJSON     `json:"providerMetadata,omitempty"`
	// OperationType and PreventTransitions are what Atlassian's own app sends with what happened before it was installed.
	OperationType      string `json:"operationType,omitempty"`
	PreventTransitions bool   `json:"preventTransitions,omitempty"`
}

// operationBackfill is the operation type of a submission that tells of the past. Without one it is NORMAL.
const operationBackfill = "BACKFILL"

type providerJSON struct {
	Product string `json:"product"`
}

// EncodeDeployment returns a deployment as a Submission carries it. It fails where the time of the last update has a year
// that JSON has no form for.
func EncodeDeployment(d Deployment) ([]byte, error) {
	d.LastUpdated = d.LastUpdated.UTC().Truncate(time.Millisecond)
	body, err := json.Marshal(struct {
		SchemaVersion string `json:"schemaVersion"`
		Deployment
	}{schemaVersion, d})
	if err != nil {
		return nil, fmt.Errorf("encode deployment: %w", err)
	}
	return body, nil
}

func encodeSubmission(to api, s Submission) ([]byte, error) {
	items := make([]json.RawMessage, 0, len(s.Items))
	for _, item := range s.Items {
		items = append(items, item)
	}
	body := submissionJSON{Properties: s.Properties, Deployments: items}
	if to == builds {
		body.Deployments, body.Builds = nil, items
	}
	if s.Product != "" {
		body.ProviderMetadata = &providerJSON{Product: s.Product}
	}
	if s.Backfill {
		body.OperationType, body.PreventTransitions = operationBackfill, true
	}
	return json.Marshal(body)
}

// resultJSON is the body of the answer to a bulk request: that of deployments, or that of builds.
type resultJSON[K any] struct {
	AcceptedDeployments boundedList[K]                `json:"acceptedDeployments"`
	RejectedDeployments boundedList[rejectionJSON[K]] `json:"rejectedDeployments"`
	AcceptedBuilds      boundedList[K]                `json:"acceptedBuilds"`
	RejectedBuilds      boundedList[rejectionJSON[K]] `json:"rejectedBuilds"`
	UnknownIssueKeys    []looseText                   `json:"unknownIssueKeys"`
	UnknownAssociations boundedList[Association]      `json:"unknownAssociations"`
}

type rejectionJSON[K any] struct {
	Key    K               `json:"key"`
	Errors json.RawMessage `json:"errors"`
}

// maxItems is how many items of a list in an answer are read: several times what a request asks for. An answer of 1 MiB
// may hold 350,000 empty ones.
const maxItems = 1000

// boundedList is a list of which no more than maxItems are kept.
type boundedList[T any] []T

// UnmarshalJSON reads one item after the other, so that what is not kept takes no memory.
func (l *boundedList[T]) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start == nil { // null is an empty list
		return err
	} else if start != json.Delim('[') {
		return fmt.Errorf("want a list, not %v", start)
	}
	for decoder.More() && len(*l) < maxItems {
		var item T
		if err := decoder.Decode(&item); err != nil {
			return err
		}
		*l = append(*l, item)
	}
	return nil
}

// decodeResult scrubs whatever people will be shown: Jira's messages, and the values that it echoes.
func decodeResult[K fmt.Stringer](body []byte, hide scrubber) (*Result[K], error) {
	var answer resultJSON[K]
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	result := &Result[K]{
		Accepted:         slices.Concat(answer.AcceptedDeployments, answer.AcceptedBuilds),
		UnknownIssueKeys: hide.all(toStrings(answer.UnknownIssueKeys)),
	}
	for _, r := range slices.Concat(answer.RejectedDeployments, answer.RejectedBuilds) {
		result.Rejected = append(result.Rejected, Rejection[K]{Key: r.Key, Messages: hide.messages(textsOf(r.Errors))})
	}
	for _, a := range answer.UnknownAssociations {
		a.Values = hide.all(a.Values)
		result.UnknownAssociations = append(result.UnknownAssociations, a)
	}
	return result, nil
}

// looseText is a JSON string or, for any other JSON value, that value's text.
type looseText string

// UnmarshalJSON never fails.
func (t *looseText) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = looseText(s)
		return nil
	}
	// Encoded anew, so that it is escaped in one way only and a scrubber finds what it looks for.
	var value any
	if json.Unmarshal(data, &value) == nil {
		if encoded, err := json.Marshal(value); err == nil {
			*t = looseText(encoded)
		}
	}
	return nil
}

func toStrings(texts []looseText) []string {
	var out []string
	for _, t := range texts {
		out = append(out, string(t))
	}
	return out
}
