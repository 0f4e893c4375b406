package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	opSubmit = "submit deployments"
	opGet    = "get deployment"
	opDelete = "delete deployment"
)

// The types of associations that Jira knows. Only the first two have values that are strings.
const (
	AssociationIssueIDOrKeys   = "issueIdOrKeys"
	AssociationServiceIDOrKeys = "serviceIdOrKeys"
	AssociationCommit          = "commit"
	AssociationRepository      = "repository"
)

// bulkPath is where submissions go.
var bulkPath = []string{"bulk"}

// schemaVersion is the only one there is.
const schemaVersion = "1.0"

// Deployment is one deployment in the shape of the API. Every field but Label and Duration is required, and sent even
// when it is empty.
type Deployment struct {
	// DeploymentSequenceNumber identifies the deployment within its pipeline and environment, and orders it there.
	DeploymentSequenceNumber int64 `json:"deploymentSequenceNumber"`
	// UpdateSequenceNumber orders the updates of one deployment. Jira drops, and calls accepted, whatever does not
	// exceed the number that it has stored.
	UpdateSequenceNumber int64 `json:"updateSequenceNumber"`
	// DisplayName, at most 255 characters and not empty, is what people read.
	DisplayName string `json:"displayName"`
	// URL, at most 2,000 characters and not empty, is where the display name leads.
	URL string `json:"url"`
	// Description is at most 255 characters long. It may be empty.
	Description string `json:"description"`
	// LastUpdated is the time of the change of state. It is sent in UTC, to the millisecond.
	LastUpdated time.Time `json:"lastUpdated"`
	// Label is an optional further text of at most 255 characters, a version for one.
	Label string `json:"label,omitempty"`
	// Duration is how long the rollout took, in seconds; nil where that is not known.
	Duration *int64 `json:"duration,omitempty"`
	// State is one of the API's states: pending, in_progress, successful, ...
	State string `json:"state"`
	// Pipeline is what was deployed.
	Pipeline Pipeline `json:"pipeline"`
	// Environment is where it was deployed to.
	Environment Environment `json:"environment"`
	// Associations are 1 to 3 groups of at most 500 values in all.
	Associations []Association `json:"associations"`
}

// Key returns what identifies the deployment.
func (d Deployment) Key() DeploymentKey {
	return DeploymentKey{
		PipelineID:               d.Pipeline.ID,
		EnvironmentID:            d.Environment.ID,
		DeploymentSequenceNumber: d.DeploymentSequenceNumber,
	}
}

// Pipeline is a series of deployments of the same thing.
type Pipeline struct {
	ID          string `json:"id"`          // at most 255 characters
	DisplayName string `json:"displayName"` // at most 255 characters, not empty
	URL         string `json:"url"`         // at most 2,000 characters, not empty
}

// Environment is where deployments of several pipelines may go.
type Environment struct {
	ID          string `json:"id"`          // at most 255 characters; constant over time
	DisplayName string `json:"displayName"` // at most 255 characters, not empty
	Type        string `json:"type"`        // unmapped, development, testing, staging or production
}

// Association ties a deployment to things in Jira.
type Association struct {
	AssociationType string   `json:"associationType"`
	Values          []string `json:"values"`
}

// UnmarshalJSON never fails: a value that is not a string, such as a commit, is kept as its JSON text. What Jira tells
// beside the answer proper must not make the answer unreadable.
func (a *Association) UnmarshalJSON(data []byte) error {
	var loose struct {
		AssociationType looseText   `json:"associationType"`
		Values          []looseText `json:"values"`
	}
	*a = Association{}
	if json.Unmarshal(data, &loose) != nil {
		return nil
	}
	a.AssociationType = string(loose.AssociationType)
	a.Values = toStrings(loose.Values)
	return nil
}

// DeploymentKey identifies a deployment among those that one credential sent to one site.
type DeploymentKey struct {
	PipelineID               string `json:"pipelineId"`
	EnvironmentID            string `json:"environmentId"`
	DeploymentSequenceNumber int64  `json:"deploymentSequenceNumber"`
}

func (k DeploymentKey) path() []string {
	return []string{
		"pipelines", k.PipelineID, "environments", k.EnvironmentID,
		"deployments", strconv.FormatInt(k.DeploymentSequenceNumber, 10),
	}
}

// String names the deployment. Two keys have the same string where they are the same.
func (k DeploymentKey) String() string {
	return fmt.Sprintf("%q %q %d", k.PipelineID, k.EnvironmentID, k.DeploymentSequenceNumber)
}

// Submission is what goes out in one request.
type Submission struct {
	// Deployments are what EncodeDeployment returned.
	Deployments [][]byte
	// Properties, at most 5, are what the deployments can be deleted by later. A key holds no ':' and does not start
	// with '_'; a value has at most 255 characters.
	Properties map[string]string
	// Product names the sender.
	Product string
	// Backfill says that the submission tells of the past: Jira's automations do not move issues for it.
	Backfill bool
}

// Result is Jira's answer to a submission, deployment by deployment. A deployment that is in neither list was left
// out of the answer. Accepted does not mean stored: Jira stores later.
type Result struct {
	// Accepted lists what Jira took, or dropped because it has a later update already.
	Accepted []DeploymentKey
	// Rejected lists what Jira will not take as it is.
	Rejected []Rejection
	// UnknownIssueKeys and UnknownAssociations are what Jira does not know, over all deployments of the submission.
	// Values that are no strings stand there as their JSON text.
	UnknownIssueKeys    []string
	UnknownAssociations []Association
}

// Rejection says why a deployment was not taken.
type Rejection struct {
	Key      DeploymentKey
	Messages []string // at most 10, each one line and bounded
}

// SubmitDeployments sends deployments. All errors are *Error: Invalid and TooLarge concern the submission as a whole,
// the other kinds the credential, the site or the way to it. After Unavailable nobody knows whether Jira has the
// submission; sending it again does no harm.
func (c *Client) SubmitDeployments(ctx context.Context, s Submission) (*Result, error) {
	body, err := encodeSubmission(s)
	if err != nil {
		return nil, &Error{Op: opSubmit, Host: c.host, Kind: Invalid,
			Messages: c.tokens.scrubber(nil).messages([]string{err.Error()})}
	}
	res, err := c.send(ctx, call{op: opSubmit, method: http.MethodPost, path: bulkPath, body: body})
	c.mayNotWrite.Store(forbidden(err))
	if err != nil {
		return nil, err
	}
	result, err := decodeResult(res.body, res.hide)
	if err != nil {
		return nil, unreadable(opSubmit, c.host, res, "cannot read answer: "+err.Error())
	}
	return result, nil
}

// GetDeployment reads what Jira has stored under a key, which leaves out what it accepted a moment ago. NotFound means
// that there is nothing, or no such site.
func (c *Client) GetDeployment(ctx context.Context, key DeploymentKey) (*Deployment, error) {
	res, err := c.send(ctx, call{op: opGet, method: http.MethodGet, path: key.path()})
	if err != nil {
		return nil, err
	}
	stored := &Deployment{}
	if err := json.Unmarshal(res.body, stored); err != nil {
		return nil, unreadable(opGet, c.host, res, "cannot read answer: "+err.Error())
	}
	return stored, nil
}

// DeleteDeployment asks Jira to remove what this credential stored under a key. Jira does so later, and says the same
// where there is nothing.
func (c *Client) DeleteDeployment(ctx context.Context, key DeploymentKey) error {
	_, err := c.send(ctx, call{op: opDelete, method: http.MethodDelete, path: key.path()})
	return err
}
