// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// bodyOf records the body of the next bulk request.
func bodyOf(t *testing.T, cfg *jira.Config) *bytes.Buffer {
	t.Helper()
	next, body := cfg.Transport, &bytes.Buffer{}
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" {
			sent, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if err := json.Indent(body, sent, "", "  "); err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(sent))
		}
		return next.RoundTrip(r)
	})
	return body
}

func TestASubmissionOnTheWire(t *testing.T) {
	full := makeDeployment(1772366400000042, 1772366400000003, "successful", "SHOP-1", "SHOP-2")
	full.Associations = append(full.Associations, jira.Association{
		AssociationType: jira.AssociationServiceIDOrKeys, Values: []string{"service-1"},
	})
	full.LastUpdated = time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("CET", 3600))
	bare := makeDeployment(7, 1, "in_progress")
	bare.Label, bare.Description = "", ""
	past := makeDeployment(8, 1, "successful")
	past.Duration = new(int64(90))

	for name, submission := range map[string]jira.Submission{
		"submission.golden.json": submissionOf(full, bare),
		"bare.golden.json":       {Items: submissionOf(bare).Items},
		"backfill.golden.json":   {Items: submissionOf(past).Items, Product: "Rollcall test", Backfill: true},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.AddServices("service-1")
			cfg := configOf(t, site)
			body := bodyOf(t, &cfg)
			result, err := newClient(t, cfg).SubmitDeployments(t.Context(), submission)
			if err != nil || len(result.Rejected) > 0 {
				t.Fatalf("got %+v, %v; want all to be accepted", result, err)
			}
			compareGolden(t, name, body.String()+"\n")
		})
	}
}

func TestADeploymentWithoutAYearThatJSONKnowsIsNotEncoded(t *testing.T) {
	d := makeDeployment(1, 1, "successful")
	for _, year := range []int{-1, 10000} {
		d.LastUpdated = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if body, err := jira.EncodeDeployment(d); err == nil || !strings.Contains(err.Error(), "year outside of range") {
			t.Errorf("EncodeDeployment() of the year %d = %s, %v; want an error that says so", year, body, err)
		}
	}
}

func TestAResultTellsTheFateOfEveryDeployment(t *testing.T) {
	site := startSite(t)
	good := makeDeployment(1, 1, "successful", "SHOP-1", "UTF-8")
	unknown := makeDeployment(2, 1, "successful", "NOPE-1")
	unknown.Associations = append(unknown.Associations, jira.Association{
		AssociationType: jira.AssociationServiceIDOrKeys, Values: []string{"nobody"},
	})
	bad := makeDeployment(3, 1, "exploded")
	bad.DisplayName = ""
	got, err := newClient(t, configOf(t, site)).SubmitDeployments(t.Context(), submissionOf(good, unknown, bad))
	if err != nil {
		t.Fatal(err)
	}
	want := &jira.Result[jira.DeploymentKey]{
		StatusCode: http.StatusAccepted,
		Accepted:   []jira.DeploymentKey{good.Key()},
		Rejected: []jira.Rejection[jira.DeploymentKey]{
			{Key: unknown.Key(), Messages: []string{"The deployment is associated with unknown issues or services only."}},
			{Key: bad.Key(), Messages: []string{
				"displayName must not be empty",
				"state must be one of unknown, pending, in_progress, cancelled, failed, rolled_back, successful",
			}},
		},
		UnknownIssueKeys: []string{"UTF-8", "NOPE-1"},
		UnknownAssociations: []jira.Association{
			{AssociationType: jira.AssociationIssueIDOrKeys, Values: []string{"UTF-8", "NOPE-1"}},
			{AssociationType: jira.AssociationServiceIDOrKeys, Values: []string{"nobody"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestAnAnswerMayHoldWhatNobodyExpected(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want jira.Result[jira.DeploymentKey]
	}{
		"nothing":     {`{}`, jira.Result[jira.DeploymentKey]{}},
		"null":        {`null`, jira.Result[jira.DeploymentKey]{}},
		"null lists":  {`{"acceptedDeployments":null,"rejectedDeployments":null,"unknownIssueKeys":null,"unknownAssociations":null}`, jira.Result[jira.DeploymentKey]{}},
		"a new field": {`{"warnings":[{"x":1}]}`, jira.Result[jira.DeploymentKey]{}},
		"a rejection without a key or a word": {
			`{"rejectedDeployments":[{}]}`, jira.Result[jira.DeploymentKey]{Rejected: []jira.Rejection[jira.DeploymentKey]{{}}},
		},
		"commits that are unknown": {
			`{"unknownAssociations":[{"associationType":"commit","values":[{"commitHash": "b0", "repositoryId": "r"}]}]}`,
			jira.Result[jira.DeploymentKey]{UnknownAssociations: []jira.Association{
				{AssociationType: "commit", Values: []string{`{"commitHash":"b0","repositoryId":"r"}`}},
			}},
		},
		"associations of no known shape": {
			`{"unknownAssociations":["SHOP-1",{"associationType":7,"values":"SHOP-2"},null,{"values":[null,1,"SHOP-3"]}]}`,
			jira.Result[jira.DeploymentKey]{UnknownAssociations: []jira.Association{{}, {}, {}, {Values: []string{"", "1", "SHOP-3"}}}},
		},
		"issue keys of no known shape": {
			`{"unknownIssueKeys":["SHOP-1",{"key": "SHOP-2"},3]}`,
			jira.Result[jira.DeploymentKey]{UnknownIssueKeys: []string{"SHOP-1", `{"key":"SHOP-2"}`, "3"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 202, Body: tc.body})
			got, err := newClient(t, configOf(t, site)).SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "pending")))
			if err != nil {
				t.Fatal(err)
			}
			tc.want.StatusCode = http.StatusAccepted
			if diff := cmp.Diff(tc.want, *got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeploymentComesBackAsItWasSent(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	for name, change := range map[string]func(*jira.Deployment){
		"ids with slashes":         func(*jira.Deployment) {},
		"an id with two slashes":   func(d *jira.Deployment) { d.Pipeline.ID = "a//b/" },
		"an id that is escaped":    func(d *jira.Deployment) { d.Pipeline.ID = "a%2Fb%b" },
		"an id with other signs":   func(d *jira.Deployment) { d.Environment.ID = "ü ?&#;:@+=$,'\"<>|\\^`{}~*" },
		"an id with dots":          func(d *jira.Deployment) { d.Environment.ID = "../x/./y" },
		"a description of nothing": func(d *jira.Deployment) { d.Description, d.Label = "", "" },
	} {
		t.Run(name, func(t *testing.T) {
			sent := makeDeployment(1, 1, "successful", "SHOP-7")
			change(&sent)
			if _, err := client.SubmitDeployments(t.Context(), submissionOf(sent)); err != nil {
				t.Fatal(err)
			}
			got, err := client.GetDeployment(t.Context(), sent.Key())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&sent, got); diff != "" {
				t.Errorf("deployment (-sent +got):\n%s", diff)
			}
			if err := client.DeleteDeployment(t.Context(), sent.Key()); err != nil {
				t.Fatal(err)
			}
			if _, err := client.GetDeployment(t.Context(), sent.Key()); jira.KindOf(err) != jira.NotFound {
				t.Errorf("got %v after it was deleted, want NotFound", err)
			}
		})
	}
}

func TestASlashInAnIDIsEscapedOnTheWire(t *testing.T) {
	site := startSite(t)
	key := makeDeployment(7, 1, "").Key()
	if err := newClient(t, configOf(t, site)).DeleteDeployment(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	requests := paths(site)
	want := "DELETE /{cloudId}/pipelines/eu-1%2Fshop%2FDeployment%2Fweb/environments/eu-1%2Fshop/deployments/7 202"
	if got := requests[len(requests)-1]; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnAPIURLMayHaveAPath(t *testing.T) {
	site := startSite(t)
	cfg := configOf(t, site)
	cfg.APIURL += "/gateway/"
	var asked []string
	next := cfg.Transport
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Path)
		return next.RoundTrip(r)
	})
	err := newClient(t, cfg).Probe(t.Context())
	if jira.KindOf(err) != jira.Unavailable { // there is no token endpoint at that path
		t.Errorf("got %v, want Unavailable", err)
	}
	if diff := cmp.Diff([]string{"/_edge/tenant_info", "/gateway/oauth/token"}, asked); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestABrokenAnswerToAReadIsUnavailable(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	site.Inject(jiratest.Fault{Match: jiratest.Get, BrokenJSON: true})
	if _, err := client.GetDeployment(t.Context(), makeDeployment(1, 1, "").Key()); jira.KindOf(err) != jira.Unavailable {
		t.Errorf("got %v, want Unavailable", err)
	}
}
