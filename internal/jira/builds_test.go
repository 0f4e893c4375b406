// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// makeBuild is one that the site accepts.
func makeBuild(number, update int64, state string, issues ...string) jira.Build {
	if len(issues) == 0 {
		issues = []string{"SHOP-1"}
	}
	return jira.Build{
		PipelineID:           "eu-1/ci/CronJob/shop",
		BuildNumber:          number,
		UpdateSequenceNumber: update,
		DisplayName:          "shop #7",
		URL:                  "https://tekton.test/shop/7",
		State:                state,
		LastUpdated:          time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		IssueKeys:            issues,
		Description:          "Job ci/shop-7, main",
		Label:                "main",
		TestInfo:             &jira.TestInfo{Total: 120, Passed: 118, Failed: 1, Skipped: 1},
		References: []jira.Reference{{
			Commit: &jira.CommitReference{ID: "41ac7e7f1aaa", RepositoryURI: "https://git.test/acme/shop"},
			Ref:    &jira.RefReference{Name: "main", URI: "https://git.test/acme/shop"},
		}},
	}
}

func buildsOf(t *testing.T, builds ...jira.Build) jira.Submission {
	t.Helper()
	s := jira.Submission{Properties: map[string]string{"cluster": "eu-1", "site": "acme"}, Product: "Rollcall test"}
	for _, b := range builds {
		body, err := jira.EncodeBuild(b)
		if err != nil {
			t.Fatal(err)
		}
		s.Items = append(s.Items, body)
	}
	return s
}

// bareBuild has what Jira requires, and nothing else.
func bareBuild() jira.Build {
	b := makeBuild(8, 1, "in_progress")
	b.Description, b.Label, b.TestInfo, b.References = "", "", nil, nil
	return b
}

func TestASubmissionOfBuildsOnTheWire(t *testing.T) {
	full := makeBuild(1772366400000042, 1772366400000003, "successful", "SHOP-1", "SHOP-2")
	full.LastUpdated = time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("CET", 3600))
	past := bareBuild()
	past.State, past.TestInfo = "unknown", &jira.TestInfo{}
	backfill := buildsOf(t, past)
	backfill.Backfill, backfill.Properties = true, nil
	for name, submission := range map[string]jira.Submission{
		"builds.golden.json":          buildsOf(t, full, bareBuild()),
		"builds_backfill.golden.json": backfill,
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			cfg := configOf(t, site)
			body := bodyOf(t, &cfg)
			result, err := newClient(t, cfg).SubmitBuilds(t.Context(), submission)
			if err != nil || len(result.Accepted) != len(submission.Items) {
				t.Fatalf("got %+v, %v; want all to be accepted", result, err)
			}
			compareGolden(t, name, body.String()+"\n")
		})
	}
}

func TestABuildWithoutAYearThatJSONKnowsIsNotEncoded(t *testing.T) {
	b := makeBuild(1, 1, "successful")
	b.LastUpdated = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	if body, err := jira.EncodeBuild(b); err == nil || !strings.HasPrefix(err.Error(), "encode build: ") {
		t.Errorf("EncodeBuild() of the year 10000 = %s, %v; want an error that says so", body, err)
	}
}

func TestAResultTellsTheFateOfEveryBuild(t *testing.T) {
	site := startSite(t)
	good, unknown, bad := makeBuild(1, 1, "successful", "SHOP-1", "UTF-8"), makeBuild(2, 1, "failed", "NOPE-1"), makeBuild(3, 1, "exploded")
	bad.DisplayName = ""
	got, err := newClient(t, configOf(t, site)).SubmitBuilds(t.Context(), buildsOf(t, good, unknown, bad))
	if err != nil {
		t.Fatal(err)
	}
	want := &jira.Result[jira.BuildKey]{
		StatusCode: http.StatusAccepted,
		Accepted:   []jira.BuildKey{good.Key()},
		Rejected: []jira.Rejection[jira.BuildKey]{
			{Key: unknown.Key(), Messages: []string{"The build is associated with unknown issues only."}},
			{Key: bad.Key(), Messages: []string{
				"displayName must not be empty", "state must be one of pending, in_progress, successful, failed, cancelled, unknown",
			}},
		},
		UnknownIssueKeys: []string{"UTF-8", "NOPE-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestAnAnswerToBuildsMayHoldWhatNobodyExpected(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want jira.Result[jira.BuildKey]
	}{
		"nothing":    {`{}`, jira.Result[jira.BuildKey]{}},
		"null":       {`null`, jira.Result[jira.BuildKey]{}},
		"null lists": {`{"acceptedBuilds":null,"rejectedBuilds":null,"unknownIssueKeys":null}`, jira.Result[jira.BuildKey]{}},
		"the rejected are missing": {
			`{"acceptedBuilds":[{"pipelineId":"p","buildNumber":7}]}`, jira.Result[jira.BuildKey]{Accepted: []jira.BuildKey{{PipelineID: "p", BuildNumber: 7}}},
		},
		"the accepted are missing": {
			`{"rejectedBuilds":[{"key":{"pipelineId":"p","buildNumber":7},"errors":[{"message":"no"}]}]}`,
			jira.Result[jira.BuildKey]{Rejected: []jira.Rejection[jira.BuildKey]{{Key: jira.BuildKey{PipelineID: "p", BuildNumber: 7}, Messages: []string{"no"}}}},
		},
		"a rejection without a key or a word": {`{"rejectedBuilds":[{}]}`, jira.Result[jira.BuildKey]{Rejected: []jira.Rejection[jira.BuildKey]{{}}}},
		"issue keys of no known shape": {
			`{"unknownIssueKeys":["SHOP-1",{"key": "SHOP-2"}]}`, jira.Result[jira.BuildKey]{UnknownIssueKeys: []string{"SHOP-1", `{"key":"SHOP-2"}`}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 202, Body: tc.body})
			got, err := newClient(t, configOf(t, site)).SubmitBuilds(t.Context(), buildsOf(t, bareBuild()))
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

func TestABuildComesBackAsItWasSent(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	for name, change := range map[string]func(*jira.Build){
		"ids with slashes":      func(*jira.Build) {},
		"an id that is escaped": func(b *jira.Build) { b.PipelineID = "a%2Fb//%b/" },
		"an id with dots":       func(b *jira.Build) { b.PipelineID = "../x/./y" },
		"no tests, no commit":   func(b *jira.Build) { b.TestInfo, b.References, b.Description, b.Label = nil, nil, "", "" },
		"none of 0 tests":       func(b *jira.Build) { b.TestInfo = &jira.TestInfo{} },
	} {
		t.Run(name, func(t *testing.T) {
			sent := makeBuild(int64(len(site.Builds())+7), 1, "failed", "SHOP-7")
			change(&sent)
			if _, err := client.SubmitBuilds(t.Context(), buildsOf(t, sent)); err != nil {
				t.Fatal(err)
			}
			got, err := client.GetBuild(t.Context(), sent.Key())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&sent, got); diff != "" {
				t.Errorf("build (-sent +got):\n%s", diff)
			}
		})
	}
	if _, err := client.GetBuild(t.Context(), jira.BuildKey{PipelineID: "nobody", BuildNumber: 1}); jira.KindOf(err) != jira.NotFound {
		t.Errorf("got %v of a build that is not there, want NotFound", err)
	}
}

// Whoever reads an error has to know of which kind of records it is.
func TestErrorsAboutBuildsSaySo(t *testing.T) {
	for name, tc := range map[string]struct {
		at   jiratest.Endpoint
		call func(*testing.T, *jira.Client) error
		want string
	}{
		"submit": {jiratest.Bulk, func(t *testing.T, c *jira.Client) error {
			_, err := c.SubmitBuilds(t.Context(), buildsOf(t, bareBuild()))
			return err
		}, "submit builds at {host}: "},
		"get": {jiratest.Get, func(t *testing.T, c *jira.Client) error {
			_, err := c.GetBuild(t.Context(), bareBuild().Key())
			return err
		}, "get build at {host}: "},
		"probe": {jiratest.Bulk, func(t *testing.T, c *jira.Client) error { return c.ProbeBuilds(t.Context()) }, "probe at {host}: "},
	} {
		t.Run(name, func(t *testing.T) {
			for _, fault := range []jiratest.Fault{{Status: http.StatusForbidden}, {Status: 500}, {Status: 202, BrokenJSON: true}} {
				site := startSite(t)
				fault.Match = tc.at
				site.Inject(fault)
				if name == "probe" && fault.BrokenJSON {
					continue // nobody reads the answer
				}
				want := replaceHost(tc.want, site.Host())
				if err := tc.call(t, newClient(t, configOf(t, site))); err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("HTTP %d: got %v, want %s...", fault.Status, err, want)
				}
			}
		})
	}
	site := startSite(t)
	_, err := newClient(t, configOf(t, site)).SubmitBuilds(t.Context(), jira.Submission{Items: [][]byte{[]byte(`{`)}})
	if got := asError(t, err); got.Kind != jira.Invalid || got.Op != "submit builds" {
		t.Errorf("got %v of an item that is no JSON, want Invalid of the submission", err)
	}
}

func TestAProbeOfBuildsAsksForTheRightToWriteThem(t *testing.T) {
	for name, tc := range map[string]struct {
		breaks func(*jiratest.Server)
		want   jira.ErrorKind
	}{
		"nothing":                                   {func(*jiratest.Server) {}, jira.Unknown},
		"a credential of builds alone":              {func(s *jiratest.Server) { s.SetPermissions(clientID, jiratest.Builds) }, jira.Unknown},
		"a credential of deployments":               {func(s *jiratest.Server) { s.SetPermissions(clientID, jiratest.Deployments, jiratest.Read) }, jira.Forbidden},
		"a scope that is missing":                   {inject(jiratest.ScopeMissing(), jiratest.Bulk), jira.ScopeMissing},
		"a write that is taken, though it is empty": {inject(jiratest.Fault{Status: 202, Body: "{}"}, jiratest.Bulk), jira.Unknown},
		"a proxy that lets nothing through":         {inject(jiratest.BlockedByProxy(), jiratest.Bulk), jira.Blocked},
		"an IP allowlist":                           {inject(jiratest.AddressNotAllowed(), jiratest.Bulk), jira.AddressNotAllowed},
		"an API that is throttled":                  {inject(jiratest.Fault{Status: 429}, jiratest.Bulk), jira.Throttled},
		"an API that is down":                       {inject(jiratest.Fault{Status: 500}, jiratest.Bulk), jira.Unavailable},
		"a wrong secret":                            {func(s *jiratest.Server) { s.RotateCredential(clientID, "another") }, jira.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			tc.breaks(site)
			err := newClient(t, configOf(t, site)).ProbeBuilds(t.Context())
			if jira.KindOf(err) != tc.want || (err == nil) != (tc.want == jira.Unknown) {
				t.Errorf("got %v, want kind %s", err, tc.want)
			}
			if permitted := tc.want != jira.Forbidden && tc.want != jira.ScopeMissing; jira.NotPermitted(err) == permitted {
				t.Errorf("NotPermitted() = %t of %v", !permitted, err)
			}
			if got := site.Builds(); len(got) > 0 {
				t.Errorf("the probe left %d builds", len(got))
			}
		})
	}
}

// Deployments and builds have a permission each: the want of one says nothing of the other.
func TestARefusalOfBuildsSaysNothingOfDeployments(t *testing.T) {
	site := startSite(t)
	site.SetPermissions(clientID, jiratest.Deployments, jiratest.Read)
	cfg := configOf(t, site)
	cfg.CloudID = site.CloudID()
	client := newClient(t, cfg)
	if _, err := client.SubmitBuilds(t.Context(), buildsOf(t, bareBuild())); jira.KindOf(err) != jira.Forbidden {
		t.Errorf("got %v, want Forbidden", err)
	}
	before := len(site.Requests())
	if err := client.Probe(t.Context()); err != nil {
		t.Errorf("the site does not work any more: %v", err)
	}
	if got := paths(site)[before:]; len(got) != 1 || !strings.HasPrefix(got[0], "GET ") {
		t.Errorf("the probe asks %v, want one read: nothing is known against writing deployments", got)
	}
	if err := submit(t, client); err != nil {
		t.Errorf("got %v of a deployment", err)
	}
}

func TestASlashInTheIDOfABuildIsEscapedOnTheWire(t *testing.T) {
	site := startSite(t)
	_, _ = newClient(t, configOf(t, site)).GetBuild(t.Context(), makeBuild(7, 1, "").Key())
	want := "GET /jira/builds/0.1/cloud/{cloudId}/pipelines/eu-1%2Fci%2FCronJob%2Fshop/builds/7 404"
	if requests := paths(site); requests[len(requests)-1] != want {
		t.Errorf("got  %s\nwant %s", requests[len(requests)-1], want)
	}
}

func TestKeysOfBuildsAreTheSameWhereTheirTextsAre(t *testing.T) {
	seen := map[string]jira.BuildKey{}
	for _, key := range []jira.BuildKey{{PipelineID: "a", BuildNumber: 1}, {PipelineID: "a", BuildNumber: 11}, {PipelineID: `a" 1`, BuildNumber: 1}, {PipelineID: "a 1", BuildNumber: 1}, {}} {
		if other, ok := seen[key.String()]; ok {
			t.Errorf("%+v and %+v are both %s", key, other, key)
		}
		seen[key.String()] = key
		text, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		var again jira.BuildKey
		if err := json.Unmarshal(text, &again); err != nil || again != key {
			t.Errorf("%s reads as %+v, %v", text, again, err)
		}
	}
}
