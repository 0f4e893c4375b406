package jira

import (
	"encoding/json"
	"time"
)

// submissionJSON is the body of a bulk request.
type submissionJSON struct {
	Properties       map[string]string `json:"properties,omitempty"`
	Deployments      []deploymentJSON  `json:"deployments"`
	ProviderMetadata *providerJSON     `json:"providerMetadata,omitempty"`
}

type providerJSON struct {
	Product string `json:"product"`
}

type deploymentJSON struct {
	SchemaVersion string `json:"schemaVersion"`
	Deployment
}

func encodeSubmission(s Submission) ([]byte, error) {
	body := submissionJSON{Properties: s.Properties, Deployments: make([]deploymentJSON, 0, len(s.Deployments))}
	for _, d := range s.Deployments {
		d.LastUpdated = d.LastUpdated.UTC().Truncate(time.Millisecond)
		body.Deployments = append(body.Deployments, deploymentJSON{SchemaVersion: schemaVersion, Deployment: d})
	}
	if s.Product != "" {
		body.ProviderMetadata = &providerJSON{Product: s.Product}
	}
	return json.Marshal(body)
}

// resultJSON is the body of the answer to a bulk request.
type resultJSON struct {
	Accepted []DeploymentKey `json:"acceptedDeployments"`
	Rejected []struct {
		Key    DeploymentKey `json:"key"`
		Errors []messageJSON `json:"errors"`
	} `json:"rejectedDeployments"`
	UnknownIssueKeys    []looseText   `json:"unknownIssueKeys"`
	UnknownAssociations []Association `json:"unknownAssociations"`
}

// decodeResult scrubs whatever people will be shown: Jira's messages, and the values that it echoes.
func decodeResult(body []byte, hide scrubber) (*Result, error) {
	var answer resultJSON
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	result := &Result{Accepted: answer.Accepted, UnknownIssueKeys: hide.all(toStrings(answer.UnknownIssueKeys))}
	for _, r := range answer.Rejected {
		result.Rejected = append(result.Rejected, Rejection{Key: r.Key, Messages: hide.messages(texts(r.Errors))})
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
