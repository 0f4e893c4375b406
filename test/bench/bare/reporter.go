// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

// idleConnections is how many connections are kept: a burst is not to pay for opening a new one for each request.
const idleConnections = 64

// reporter tells Jira of each rollout that finishes.
type reporter struct {
	cluster string
	client  *jira.Client
}

func newReporter(cluster string, config jira.Config) (*reporter, error) {
	transport, err := jira.NewTransport(nil)
	if err != nil {
		return nil, err
	}
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = idleConnections, idleConnections
	config.Transport = transport
	client, err := jira.New(config)
	if err != nil {
		return nil, err
	}
	return &reporter{cluster: cluster, client: client}, nil
}

// look reports a rollout that finished between two looks at a Deployment. before is nil for a new one.
func (r *reporter) look(ctx context.Context, before, after *appsv1.Deployment) {
	if revision, ok := news(before, after); ok {
		go r.report(ctx, after, revision)
	}
}

// news returns the revision that finished between two looks.
func news(before, after *appsv1.Deployment) (revision int64, ok bool) {
	revision, ok = finish.Of(after)
	if !ok || before == nil {
		return revision, ok
	}
	old, was := finish.Of(before)
	return revision, !was || old != revision
}

// report sends one request, and only says so where it fails.
func (r *reporter) report(ctx context.Context, d *appsv1.Deployment, revision int64) {
	body, err := jira.EncodeDeployment(r.deployment(d, revision))
	if err == nil {
		_, err = r.client.SubmitDeployments(ctx, jira.Submission{Items: [][]byte{body}, Product: "bare"})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
	}
}

func (r *reporter) deployment(d *appsv1.Deployment, revision int64) jira.Deployment {
	key := finish.Key(r.cluster, d, revision)
	const url = "https://bare.invalid/"
	return jira.Deployment{
		DeploymentSequenceNumber: key.DeploymentSequenceNumber,
		UpdateSequenceNumber:     1,
		DisplayName:              d.Name,
		URL:                      url,
		LastUpdated:              d.CreationTimestamp.Time,
		State:                    "successful",
		Pipeline:                 jira.Pipeline{ID: key.PipelineID, DisplayName: d.Name, URL: url},
		Environment:              jira.Environment{ID: key.EnvironmentID, DisplayName: d.Namespace, Type: "production"},
		Associations: []jira.Association{{
			AssociationType: jira.AssociationIssueIDOrKeys,
			Values:          strings.Split(d.Spec.Template.Annotations[v1alpha1.AnnotationIssueKeys], ","),
		}},
	}
}
