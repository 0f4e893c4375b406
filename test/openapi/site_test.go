// SPDX-License-Identifier: Apache-2.0

package openapi_test

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const (
	clientID     = "rollcall-test"
	clientSecret = "s3cr3t/of+the=test&site" // what a form escapes is in it
)

// startSite starts a Jira that knows SHOP-1 to SHOP-200, and this test's credential.
func startSite(t *testing.T, opts ...jiratest.Option) *jiratest.Server {
	t.Helper()
	site, err := jiratest.Start(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	site.AddCredential(clientID, clientSecret)
	site.AddProject("SHOP", 200)
	return site
}

// newClient returns a client of the site whose exchanges are recorded.
func newClient(t *testing.T, site *jiratest.Server) (*jira.Client, *recorder) {
	t.Helper()
	transport, err := jira.NewTransport(site.CAPEM())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	record := &recorder{next: transport}
	client, err := jira.New(jira.Config{
		Host: site.Host(), APIURL: site.URL(), ClientID: clientID, ClientSecret: clientSecret,
		Transport: record, Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, record
}

// fullDeployment has all that Jira takes.
func fullDeployment() jira.Deployment {
	d := bareDeployment()
	d.DeploymentSequenceNumber, d.UpdateSequenceNumber, d.State = 1772366400000042, 1772366400000003, "rolled_back"
	d.Description, d.Label = "Rollout of web", "v1.42.0"
	d.Associations = []jira.Association{
		{AssociationType: jira.AssociationIssueIDOrKeys, Values: []string{"SHOP-1", "SHOP-2"}},
		{AssociationType: jira.AssociationServiceIDOrKeys, Values: []string{"service-1"}},
	}
	return d
}

// bareDeployment has what Jira requires, and nothing else.
func bareDeployment() jira.Deployment {
	return jira.Deployment{
		DeploymentSequenceNumber: 7,
		UpdateSequenceNumber:     1,
		DisplayName:              "web 42",
		URL:                      "https://argocd.test/applications/shop/web",
		LastUpdated:              time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		State:                    "in_progress",
		Pipeline:                 jira.Pipeline{ID: "eu-1/shop/Deployment/web", DisplayName: "web", URL: "https://argocd.test/web"},
		Environment:              jira.Environment{ID: "eu-1/shop", DisplayName: "Shop", Type: "production"},
		Associations:             []jira.Association{{AssociationType: jira.AssociationIssueIDOrKeys, Values: []string{"SHOP-1"}}},
	}
}

// bareBuild has what Jira requires, and nothing else.
func bareBuild() jira.Build {
	return jira.Build{
		PipelineID: "eu-1/ci/CronJob/shop", BuildNumber: 8, UpdateSequenceNumber: 1, DisplayName: "shop #7",
		URL: "https://tekton.test/shop/7", State: "in_progress", LastUpdated: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		IssueKeys: []string{"SHOP-1"},
	}
}

// submissionOf returns a submission of what is encoded by a function.
func submissionOf[T any](t *testing.T, encode func(T) ([]byte, error), all ...T) jira.Submission {
	t.Helper()
	s := jira.Submission{Properties: map[string]string{"cluster": "eu-1", "site": "acme"}, Product: "Rollcall test"}
	for _, one := range all {
		body, err := encode(one)
		if err != nil {
			t.Fatal(err)
		}
		s.Items = append(s.Items, body)
	}
	return s
}
