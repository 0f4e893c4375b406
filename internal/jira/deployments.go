// SPDX-License-Identifier: Apache-2.0

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

// GetDeployment reads what Jira has stored under a key, which leaves out what it accepted a moment ago. NotFound means
// that there is nothing, or no such site.
func (c *Client) GetDeployment(ctx context.Context, key DeploymentKey) (*Deployment, error) {
	res, err := c.send(ctx, call{op: opGet, api: deployments, method: http.MethodGet, path: key.path()})
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
	_, err := c.send(ctx, call{op: opDelete, api: deployments, method: http.MethodDelete, path: key.path()})
	return err
}
