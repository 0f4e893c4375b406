package jira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// submissionJSON is the body of a bulk request.
type submissionJSON struct {
	Properties       map[string]string `json:"properties,omitempty"`
	Deployments      []json.RawMessage `json:"deployments"`
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

func encodeSubmission(s Submission) ([]byte, error) {
	body := submissionJSON{Properties: s.Properties, Deployments: make([]json.RawMessage, 0, len(s.Deployments))}
	for _, d := range s.Deployments {
		body.Deployments = append(body.Deployments, d)
	}
	if s.Product != "" {
		body.ProviderMetadata = &providerJSON{Product: s.Product}
	}
	if s.Backfill {
		body.OperationType, body.PreventTransitions = operationBackfill, true
	}
	return json.Marshal(body)
}

// resultJSON is the body of the answer to a bulk request.
type resultJSON struct {
	Accepted            boundedList[DeploymentKey] `json:"acceptedDeployments"`
	Rejected            boundedList[rejectionJSON] `json:"rejectedDeployments"`
	UnknownIssueKeys    []looseText                `json:"unknownIssueKeys"`
	UnknownAssociations boundedList[Association]   `json:"unknownAssociations"`
}

type rejectionJSON struct {
	Key    DeploymentKey   `json:"key"`
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
func decodeResult(body []byte, hide scrubber) (*Result, error) {
	var answer resultJSON
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	result := &Result{Accepted: answer.Accepted, UnknownIssueKeys: hide.all(toStrings(answer.UnknownIssueKeys))}
	for _, r := range answer.Rejected {
		result.Rejected = append(result.Rejected, Rejection{Key: r.Key, Messages: hide.messages(textsOf(r.Errors))})
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
