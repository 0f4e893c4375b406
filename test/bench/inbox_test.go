// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestInbox(t *testing.T) {
	server, err := jiratest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.AddCredential("id", "secret", jiratest.Deployments)
	server.AddProject("SHOP", 2)
	client, err := jira.New(jira.Config{Host: server.Host(), CloudID: server.CloudID(), APIURL: server.URL(), ClientID: "id", ClientSecret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	in := newInbox(server)
	const delay = 50 * time.Millisecond
	in.slow(delay)
	started := time.Now()
	submit := func(state string) jira.DeploymentKey {
		d := jira.Deployment{
			DeploymentSequenceNumber: 1, UpdateSequenceNumber: time.Now().UnixNano(), DisplayName: "web", URL: "https://x.invalid/",
			LastUpdated: started, State: state,
			Pipeline:     jira.Pipeline{ID: "web", DisplayName: "web", URL: "https://x.invalid/"},
			Environment:  jira.Environment{ID: "prod", DisplayName: "prod", Type: "production"},
			Associations: []jira.Association{{AssociationType: jira.AssociationIssueIDOrKeys, Values: []string{"SHOP-1"}}},
		}
		body, err := jira.EncodeDeployment(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.SubmitDeployments(t.Context(), jira.Submission{Items: [][]byte{body}}); err != nil {
			t.Fatal(err)
		}
		in.update()
		return d.Key()
	}

	key := submit("in_progress")
	if in.bulk != 1 || in.count([]jira.DeploymentKey{key}) != 0 {
		t.Errorf("after in_progress: %d requests, %v; want 1, and nothing that is finished", in.bulk, in.has)
	}
	submit("successful")
	first := in.has[key]
	if took := first.Sub(started); in.count([]jira.DeploymentKey{key}) != 1 || took < 2*delay {
		t.Errorf("after successful: Jira has it after %s, want two delays at least", took)
	}
	submit("successful")
	if in.bulk != 3 || in.lone != 3 || !in.has[key].Equal(first) {
		t.Errorf("after it was sent again: %d requests, %d with one deployment, Jira has it since %s; want 3, all of them, and the first time", in.bulk, in.lone, in.has[key])
	}
}
