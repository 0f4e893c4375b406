// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

func stored(pipeline string, sequence int64, state string, keys ...string) jira.Deployment {
	return jira.Deployment{
		DeploymentSequenceNumber: sequence, UpdateSequenceNumber: 1, State: state,
		Pipeline:     jira.Pipeline{ID: pipeline},
		Environment:  jira.Environment{ID: "production", Type: "production"},
		Associations: []jira.Association{{AssociationType: jira.AssociationIssueIDOrKeys, Values: keys}},
	}
}

func TestWhatJiraShowsIsSortedByLife(t *testing.T) {
	web := pipelineOf(Workload{Kind: kindDeployment, Namespace: "shop-prod", Name: "web"})
	got := byPipeline([]jiratest.StoredDeployment{
		{Deployment: stored(web, 1_700_000_000_000_001, "successful", "SHOP-1", "SHOP-2")},
		{Deployment: stored(web, 1_700_000_000_000_002, "failed", "SHOP-3")},
		{Deployment: stored(web, 1_700_000_060_000_001, "cancelled", "SHOP-4")},
	})
	want := map[string]map[int64][]oracle.Shown{"chaos/shop-prod/Deployment/web": {
		1_700_000_000: {show(1, oracle.Successful, "SHOP-1", "SHOP-2"), show(2, oracle.StateFailed, "SHOP-3")},
		1_700_000_060: {show(1, oracle.Cancelled, "SHOP-4")},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

func TestUpdatesAreTakenFromEveryRequest(t *testing.T) {
	web, db := stored("web", 1, "failed"), stored("db", 1, "failed")
	got := updatesIn([]jiratest.Request{{Deployments: []jira.Deployment{web, db}}, {}, {Deployments: []jira.Deployment{web}}})
	if diff := cmp.Diff([]Update{{web.Key(), 1}, {db.Key(), 1}, {web.Key(), 1}}, got); diff != "" {
		t.Errorf("updates (-want +got):\n%s", diff)
	}
}
