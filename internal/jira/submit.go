// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"fmt"
	"net/http"
)

// api is one of the APIs that take records. They differ in their place, and in what they call what is submitted.
type api struct {
	// path is where it is below the API's base, and noun what it takes.
	path, noun string
}

var (
	deployments = api{path: "deployments/0.1", noun: "deployments"}
	builds      = api{path: "builds/0.1", noun: "builds"}
)

// op is what a submission is called in errors.
func (a api) op() string { return "submit " + a.noun }

// bulkPath is where submissions go.
var bulkPath = []string{"bulk"}

// Submission is what goes out in one request.
type Submission struct {
	// Items are what EncodeDeployment, or EncodeBuild, returned.
	Items [][]byte
	// Properties, at most 5, are what the items can be deleted by later. A key holds no ':' and does not start
	// with '_'; a value has at most 255 characters.
	Properties map[string]string
	// Product names the sender.
	Product string
	// Backfill says that the submission tells of the past: Jira's automations do not move issues for it.
	Backfill bool
}

// Result is Jira's answer to a submission, item by item, each by its key. An item that is in neither list was left
// out of the answer. Accepted does not mean stored: Jira stores later.
type Result[K fmt.Stringer] struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Accepted lists what Jira took, or dropped because it has a later update already.
	Accepted []K
	// Rejected lists what Jira will not take as it is.
	Rejected []Rejection[K]
	// UnknownIssueKeys and UnknownAssociations are what Jira does not know, over all items of the submission.
	// Values that are no strings stand there as their JSON text.
	UnknownIssueKeys    []string
	UnknownAssociations []Association
}

// Rejection says why an item was not taken.
type Rejection[K fmt.Stringer] struct {
	Key      K
	Messages []string // at most 10, each one line and bounded
}

// SubmitDeployments sends deployments. All errors are *Error: Invalid and TooLarge concern the submission as a whole,
// the other kinds the credential, the site or the way to it. After Unavailable nobody knows whether Jira has the
// submission; sending it again does no harm.
func (c *Client) SubmitDeployments(ctx context.Context, s Submission) (*Result[DeploymentKey], error) {
	result, err := submit[DeploymentKey](ctx, c, deployments, s)
	c.mayNotWrite.Store(NotPermitted(err))
	return result, err
}

// SubmitBuilds sends builds. Its errors are those of SubmitDeployments.
func (c *Client) SubmitBuilds(ctx context.Context, s Submission) (*Result[BuildKey], error) {
	return submit[BuildKey](ctx, c, builds, s)
}

func submit[K fmt.Stringer](ctx context.Context, c *Client, to api, s Submission) (*Result[K], error) {
	body, err := encodeSubmission(to, s)
	if err != nil {
		return nil, &Error{Op: to.op(), Host: c.host, Kind: Invalid,
			Messages: c.tokens.scrubber(nil).messages([]string{err.Error()})}
	}
	res, err := c.send(ctx, call{op: to.op(), api: to, method: http.MethodPost, path: bulkPath, body: body})
	if err != nil {
		return nil, err
	}
	result, err := decodeResult[K](res.body, res.hide)
	if err != nil {
		return nil, unreadable(to.op(), c.host, res, "cannot read answer: "+err.Error())
	}
	result.StatusCode = res.status
	return result, nil
}
