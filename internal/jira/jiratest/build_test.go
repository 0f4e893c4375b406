// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func build() item {
	return item{
		"pipelineId": "eu-1/shop/tests", "buildNumber": 7, "updateSequenceNumber": 10, "displayName": "tests #7",
		"url": "https://tekton.test/7", "state": "failed", "lastUpdated": "2026-03-01T12:00:00Z", "issueKeys": []string{"SHOP-1"},
		"testInfo": item{"totalNumber": 3, "numberPassed": 2, "numberFailed": 1},
	}
}

func (c caller) submitBuilds(items ...item) result {
	c.t.Helper()
	status, body := c.callBuilds(http.MethodPost, "/bulk", encode(c.t, item{"builds": items}))
	return c.decode(status, body)
}

const buildPath = "/pipelines/eu-1%2Fshop%2Ftests/builds/7"

func TestABuildIsCheckedByItself(t *testing.T) {
	c := start(t)
	for name, tc := range map[string]struct {
		item item
		want string // the first message; empty: it is accepted
	}{
		"a complete one":         {build(), ""},
		"no test results":        {build().set("testInfo", nil), ""},
		"five references":        {build().set("references", slices.Repeat([]item{{"ref": item{"name": "main", "uri": "https://git.test/main"}}}, 5)), ""},
		"a hundred keys":         {build().set("issueKeys", keys(100)), ""},
		"no number":              {build().set("buildNumber", nil), "buildNumber is required"},
		"no pipeline":            {build().set("pipelineId", nil), "pipelineId is required"},
		"no keys":                {build().set("issueKeys", nil), "issueKeys must have 1 to 100 elements"},
		"101 keys":               {build().set("issueKeys", keys(101)), "issueKeys must have 1 to 100 elements"},
		"unknown keys alone":     {build().set("issueKeys", []string{"NOPE-1"}), "The build is associated with unknown issues only."},
		"a deployment's state":   {build().set("state", "rolled_back"), "state must be one of pending, in_progress, successful, failed, cancelled, unknown"},
		"a long description":     {build().set("description", strings.Repeat("x", 256)), "description must not be longer than 255 characters"},
		"half of the results":    {build().set("testInfo.numberFailed", nil), "testInfo.numberFailed is required"},
		"six references":         {build().set("references", slices.Repeat([]item{{}}, 6)), "references must have at most 5 elements"},
		"a commit without an id": {build().set("references", []item{{"commit": item{"repositoryUri": "https://git.test/"}}}), "references.commit.id is required"},
		"a ref without a URI":    {build().set("references", []item{{"ref": item{"name": "main"}}}), "references.ref.uri is required"},
		"a number in quotes":     {build().set("buildNumber", "7"), "buildNumber must not be a string"},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			got := c.submitBuilds(tc.item)
			switch {
			case tc.want == "" && len(got.Builds) != 1:
				t.Errorf("rejected: %v", got.BadBuilds)
			case tc.want != "" && len(got.BadBuilds) != 1:
				t.Errorf("accepted, want %q", tc.want)
			case tc.want != "" && got.BadBuilds[0].messages()[0] != tc.want:
				t.Errorf("got %q, want %q first", got.BadBuilds[0].messages(), tc.want)
			}
		})
	}
}

func TestBuildsAreKeptByTheSameRules(t *testing.T) {
	c := start(t)
	got := c.submitBuilds(build().set("issueKeys", []string{"SHOP-1", "UTF-8"}))
	if diff := cmp.Diff([]string{"UTF-8"}, got.UnknownKeys); diff != "" || got.Unknown != nil {
		t.Errorf("unknown keys (-want +got), associations %v:\n%s", got.Unknown, diff)
	}
	c.submitBuilds(build().set("state", "successful")) // the same number
	if status, body := c.callBuilds(http.MethodGet, buildPath, ""); status != 200 || !strings.Contains(body, `"failed"`) {
		t.Errorf("got %d %s, want the first state", status, body)
	}
	stored := c.site.Builds()
	if len(stored) != 1 || stored[0].Key != (jiratest.BuildKey{PipelineID: "eu-1/shop/tests", BuildNumber: 7}) ||
		stored[0].ClientID != "id" || strings.Contains(string(stored[0].JSON), "UTF-8") {
		t.Errorf("stored %+v, want one build for SHOP-1", stored)
	}
	if status, _ := c.callBuilds(http.MethodDelete, buildPath, ""); status != http.StatusAccepted {
		t.Errorf("got %d, want 202", status)
	}
	if status, _ := c.callBuilds(http.MethodGet, buildPath, ""); status != http.StatusNotFound {
		t.Errorf("got %d, want 404", status)
	}
	if got := len(c.site.Builds()); got != 0 {
		t.Errorf("stored %d builds, want none", got)
	}
}

func TestDeploymentsSentAsBuildsAre400(t *testing.T) {
	c := start(t)
	status, body := c.callBuilds(http.MethodPost, "/bulk", encode(t, item{"deployments": []item{deployment()}}))
	if want := `[{"message":"At least one item of builds is required."}]`; status != 400 || body != want {
		t.Errorf("got %d %s, want 400 %s", status, body, want)
	}
}
