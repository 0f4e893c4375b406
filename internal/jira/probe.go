// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"errors"
	"net/http"
)

const opProbe = "probe"

// probeKey names a deployment that nobody sends: real pipeline ids have four parts.
var probeKey = DeploymentKey{PipelineID: "rollcall-probe", EnvironmentID: "rollcall-probe", DeploymentSequenceNumber: 1}

// emptySubmission is complete but for what is submitted.
func emptySubmission(to api) []byte { return []byte(`{"` + to.noun + `":[]}`) }

// Probe finds out whether the client could work, and changes nothing: it asks the site for its cloud id anew, gets a token,
// and reads a deployment that does not exist. That it does not is the answer hoped for.
//
// Whether the credential may read says little, since nothing but a probe does: an old credential may write alone. Where it
// may not read, or where the last submission was forbidden, the probe asks whether it may write, by a submission of nothing.
// Jira's complaint that it is empty is then the answer hoped for.
func (c *Client) Probe(ctx context.Context) error {
	id, err := c.site.refresh(ctx)
	if err != nil {
		return err
	}
	_, err = c.sendTo(ctx, id, call{op: opProbe, api: deployments, method: http.MethodGet, path: probeKey.path()})
	switch {
	case NotPermitted(err), (err == nil || KindOf(err) == NotFound) && c.mayNotWrite.Load():
		return c.probeWriting(ctx, id, deployments)
	case KindOf(err) == NotFound:
		return nil
	}
	return err
}

// ProbeBuilds finds out whether the credential may write builds, by a submission of nothing. It changes nothing.
func (c *Client) ProbeBuilds(ctx context.Context) error {
	id, err := c.site.get(ctx)
	if err != nil {
		return err
	}
	return c.probeWriting(ctx, id, builds)
}

func (c *Client) probeWriting(ctx context.Context, id string, to api) error {
	_, err := c.sendTo(ctx, id, call{op: opProbe, api: to, method: http.MethodPost, path: bulkPath, body: emptySubmission(to)})
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == Invalid && refused.Gateway == "" {
		return nil
	}
	return err
}

// NotPermitted says whether Jira knows the credential, and does not let it do this.
func NotPermitted(err error) bool {
	kind := KindOf(err)
	return kind == Forbidden || kind == ScopeMissing
}
