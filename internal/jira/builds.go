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

const opGetBuild = "get build"

// Build is one build in the shape of the API. Every field up to IssueKeys is required, and sent even when it is empty.
type Build struct {
	// PipelineID, at most 255 characters, and BuildNumber identify the build.
	PipelineID  string `json:"pipelineId"`
	BuildNumber int64  `json:"buildNumber"`
	// UpdateSequenceNumber orders the updates of one build. Jira drops, and calls accepted, whatever does not exceed the
	// number that it has stored.
	UpdateSequenceNumber int64 `json:"updateSequenceNumber"`
	// DisplayName, at most 255 characters and not empty, is what people read.
	DisplayName string `json:"displayName"`
	// URL, at most 2,000 characters and not empty, is where the display name leads.
	URL string `json:"url"`
	// State is one of the API's states: pending, in_progress, successful, failed, cancelled, unknown.
	State string `json:"state"`
	// LastUpdated is the time of the change of state. It is sent in UTC, to the millisecond.
	LastUpdated time.Time `json:"lastUpdated"`
	// IssueKeys are 1 to 100.
	IssueKeys []string `json:"issueKeys"`
	// Description and Label are optional texts of at most 255 characters.
	Description string `json:"description,omitempty"`
	Label       string `json:"label,omitempty"`
	// TestInfo are the counts of the build's tests; nil where they are not known.
	TestInfo *TestInfo `json:"testInfo,omitempty"`
	// References are at most 5.
	References []Reference `json:"references,omitempty"`
}

// TestInfo are counts of tests.
type TestInfo struct {
	Total   int64 `json:"totalNumber"`
	Passed  int64 `json:"numberPassed"`
	Failed  int64 `json:"numberFailed"`
	Skipped int64 `json:"numberSkipped"`
}

// Reference is a commit, or a branch or tag, that a build is of.
type Reference struct {
	Commit *CommitReference `json:"commit,omitempty"`
	Ref    *RefReference    `json:"ref,omitempty"`
}

// CommitReference is a commit, and its repository's URL.
type CommitReference struct {
	ID            string `json:"id"`
	RepositoryURI string `json:"repositoryUri"`
}

// RefReference is a branch or tag, and its URL.
type RefReference struct {
	Name string `json:"name"`
	URI  string `json:"uri"`
}

// BuildKey identifies a build among those that one credential sent to one site.
type BuildKey struct {
	PipelineID  string `json:"pipelineId"`
	BuildNumber int64  `json:"buildNumber"`
}

// String names the build. Two keys have the same string where they are the same.
func (k BuildKey) String() string { return fmt.Sprintf("%q %d", k.PipelineID, k.BuildNumber) }

// Key returns what identifies the build.
func (b Build) Key() BuildKey { return BuildKey{b.PipelineID, b.BuildNumber} }

func (k BuildKey) path() []string {
	return []string{"pipelines", k.PipelineID, "builds", strconv.FormatInt(k.BuildNumber, 10)}
}

// EncodeBuild returns a build as a Submission carries it. It fails where the time of the last update has a year that JSON
// has no form for.
func EncodeBuild(b Build) ([]byte, error) {
	b.LastUpdated = b.LastUpdated.UTC().Truncate(time.Millisecond)
	body, err := json.Marshal(struct {
		SchemaVersion string `json:"schemaVersion"`
		Build
	}{schemaVersion, b})
	if err != nil {
		return nil, fmt.Errorf("encode build: %w", err)
	}
	return body, nil
}

// GetBuild reads what Jira has stored under a key, which leaves out what it accepted a moment ago. NotFound means
// that there is nothing, or no such site.
func (c *Client) GetBuild(ctx context.Context, key BuildKey) (*Build, error) {
	res, err := c.send(ctx, call{op: opGetBuild, api: builds, method: http.MethodGet, path: key.path()})
	if err != nil {
		return nil, err
	}
	stored := &Build{}
	if err := json.Unmarshal(res.body, stored); err != nil {
		return nil, unreadable(opGetBuild, c.host, res, "cannot read answer: "+err.Error())
	}
	return stored, nil
}
