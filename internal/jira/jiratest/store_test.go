// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

var key = jira.DeploymentKey{PipelineID: "eu-1/shop/web", EnvironmentID: "eu-1/shop", DeploymentSequenceNumber: 1}

func TestAnUpdateCountsOnlyIfItsNumberIsHigher(t *testing.T) {
	for name, tc := range map[string]struct {
		number int
		want   string
	}{
		"a higher number replaces":   {11, "failed"},
		"the same number is dropped": {10, "successful"},
		"a lower number is dropped":  {9, "successful"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.submit(deployment())
			got := c.submit(deployment().set("state", "failed").set("updateSequenceNumber", tc.number))
			if len(got.Accepted) != 1 || len(got.Rejected) != 0 {
				t.Errorf("accepted %v, rejected %v; want it to be called accepted", got.Accepted, got.Rejected)
			}
			if got := c.state(); got != tc.want {
				t.Errorf("Jira shows %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTwoUpdatesInOneSubmissionTakeEffectInOrder(t *testing.T) {
	c := start(t)
	c.submit(deployment().set("state", "in_progress"), deployment().set("updateSequenceNumber", 11))
	want := []jiratest.Update{{State: "in_progress", UpdateSequenceNumber: 10}, {State: "successful", UpdateSequenceNumber: 11}}
	got := c.site.Updates(key)
	for i := range got {
		got[i].Received = time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("updates (-want +got):\n%s", diff)
	}
}

func TestALaterUpdateReplacesTheKeysOfAnEarlierOne(t *testing.T) {
	c := start(t)
	c.submit(deployment().set("associations", issues(keys(500)[:250]...)))
	c.submit(deployment().set("associations", issues(keys(500)[250:]...)).set("updateSequenceNumber", 11))
	stored := c.site.Deployments()
	if len(stored) != 1 {
		t.Fatalf("Jira has %d deployments, want 1", len(stored))
	}
	values := stored[0].Associations[0].Values
	if len(values) != 250 || values[0] != "SHOP-251" {
		t.Errorf("Jira has %d keys, the first %s; want the 250 of the later update", len(values), values[0])
	}
}

func TestADeploymentIsStoredForWhatIsKnown(t *testing.T) {
	c := start(t)
	c.site.AddIssues("PAY-1")
	c.site.ForgetIssue("SHOP-2")
	associations := append(issues("SHOP-1", "SHOP-2", "UTF-8", "PAY-1"), group("serviceIdOrKeys", "checkout", "nobody"))
	got := c.submit(deployment().set("associations", associations))
	if len(got.Accepted) != 1 {
		t.Errorf("rejected %v, want it to be accepted", got.Rejected)
	}
	if diff := cmp.Diff([]string{"SHOP-2", "UTF-8"}, got.UnknownKeys); diff != "" {
		t.Errorf("unknown issue keys (-want +got):\n%s", diff)
	}
	wantUnknown := []any{
		map[string]any{"associationType": "issueIdOrKeys", "values": []any{"SHOP-2", "UTF-8"}},
		map[string]any{"associationType": "serviceIdOrKeys", "values": []any{"nobody"}},
	}
	if diff := cmp.Diff(wantUnknown, got.Unknown); diff != "" {
		t.Errorf("unknown associations (-want +got):\n%s", diff)
	}
	want := []jira.Association{
		{AssociationType: "issueIdOrKeys", Values: []string{"SHOP-1", "PAY-1"}},
		{AssociationType: "serviceIdOrKeys", Values: []string{"checkout"}},
	}
	if diff := cmp.Diff(want, c.site.Deployments()[0].Associations); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestWhatIsAcceptedIsSeenAfterADelay(t *testing.T) {
	var clock clock
	c := start(t, jiratest.WithClock(clock.now), jiratest.WithStoreDelay(time.Second))
	step := func(want string) {
		t.Helper()
		if got := c.state(); got != want {
			t.Errorf("Jira shows %q, want %q", got, want)
		}
	}
	c.submit(deployment().set("state", "in_progress"))
	step("")
	clock.advance(time.Second)
	step("in_progress")
	c.submit(deployment().set("updateSequenceNumber", 11))
	step("in_progress")
	c.submit(deployment().set("updateSequenceNumber", 11).set("state", "failed")) // dropped, though the one before is not yet seen
	clock.advance(time.Second)
	step("successful")
	c.call(http.MethodDelete, onePath, "")
	step("successful")
	clock.advance(time.Second)
	step("")
	c.submit(deployment().set("updateSequenceNumber", 1).set("state", "failed")) // what is gone holds no number
	clock.advance(time.Second)
	step("failed")
}

// What was accepted may be lost: all of it, or what came later.
func TestJiraLosesWhatItAcceptedOnRequest(t *testing.T) {
	for keep, want := range []string{"", "in_progress", "successful", "successful"} {
		c := start(t)
		c.submit(deployment().set("state", "in_progress"), deployment().set("environment.id", "other"))
		c.submit(deployment().set("updateSequenceNumber", 11))
		c.site.Lose(key, keep)
		if got := c.state(); got != want {
			t.Errorf("Jira shows %q after it kept %d updates, want %q", got, keep, want)
		}
		if got := len(c.site.Deployments()); got != min(keep, 1)+1 {
			t.Errorf("Jira has %d deployments after it kept %d updates, want the other one as well", got, keep)
		}
		c.submit(deployment().set("state", "failed").set("updateSequenceNumber", 12))
		if got := c.state(); got != "failed" {
			t.Errorf("Jira shows %q after another update, want that", got)
		}
	}
}

func TestJiraLosesABuildOnRequest(t *testing.T) {
	c := start(t)
	c.submitBuilds(build())
	c.site.LoseBuild(jiratest.BuildKey{PipelineID: "eu-1/shop/tests", BuildNumber: 7}, 0)
	if status, _ := c.callBuilds(http.MethodGet, buildPath, ""); status != http.StatusNotFound {
		t.Errorf("got %d, want 404", status)
	}
}

func TestACredentialSeesOnlyWhatItWrote(t *testing.T) {
	c := start(t)
	c.site.AddCredential("other", "secret")
	other := c.as("other", "secret")
	owned := item{"deployments": []item{deployment()}, "properties": item{"cluster": "eu-1"}}
	c.decode(c.call(http.MethodPost, "/bulk", encode(t, owned)))
	if got := other.state(); got != "" {
		t.Errorf("the other credential reads %q, want nothing", got)
	}
	other.call(http.MethodDelete, onePath, "")
	other.call(http.MethodDelete, "/bulkByProperties?cluster=eu-1", "")
	if got := c.state(); got != "successful" {
		t.Errorf("it reads %q after the other deleted, want its own", got)
	}
	other.submit(deployment().set("state", "failed"))
	var owners []string
	for _, d := range c.site.Deployments() {
		owners = append(owners, d.ClientID+" "+d.State)
	}
	if diff := cmp.Diff([]string{"id successful", "other failed"}, owners); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestDeletingByPropertiesNeedsAllOfThem(t *testing.T) {
	for query, want := range map[string][]string{
		"cluster=eu-1":                         {"us"},
		"cluster=eu-1&site=a":                  {"b", "us"},
		"cluster=nowhere":                      {"a", "b", "us"},
		"cluster=eu-1&missing=x":               {"a", "b", "us"},
		"cluster=us-1&_updateSequenceNumber=1": {"a", "b"},
	} {
		t.Run(query, func(t *testing.T) {
			c := start(t)
			for id, properties := range map[string]item{
				"a": {"cluster": "eu-1", "site": "a"}, "b": {"cluster": "eu-1", "site": "b"}, "us": {"cluster": "us-1"},
			} {
				body := item{"deployments": []item{deployment().set("environment.id", id)}, "properties": properties}
				c.decode(c.call(http.MethodPost, "/bulk", encode(t, body)))
			}
			if status, _ := c.call(http.MethodDelete, "/bulkByProperties?"+query, ""); status != http.StatusAccepted {
				t.Errorf("got %d, want 202", status)
			}
			var left []string
			for _, d := range c.site.Deployments() {
				left = append(left, d.Environment.ID)
			}
			if diff := cmp.Diff(want, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeletingWhatIsNotThereIsAcceptedToo(t *testing.T) {
	c := start(t)
	if status, _ := c.call(http.MethodDelete, onePath, ""); status != http.StatusAccepted {
		t.Errorf("got %d, want 202", status)
	}
	for _, path := range []string{"/bulkByProperties", "/pipelines/p/environments/e/deployments/one"} {
		if status, _ := c.call(http.MethodDelete, path, ""); status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", path, status)
		}
	}
	if status, _ := c.call(http.MethodGet, "/pipelines/p/environments/e/deployments/one", ""); status != http.StatusBadRequest {
		t.Errorf("got %d, want 400", status)
	}
}

func TestStoredDeploymentsAreSortedAndStamped(t *testing.T) {
	var clock clock
	c := start(t, jiratest.WithClock(clock.now))
	c.submit(deployment().set("deploymentSequenceNumber", 2), deployment().set("pipeline.id", "a"), deployment())
	clock.advance(time.Minute)
	c.submit(deployment().set("updateSequenceNumber", 11))
	type row struct {
		Pipeline    string
		Sequence    int64
		First, Last time.Duration
	}
	var got []row
	for _, d := range c.site.Deployments() {
		got = append(got, row{d.Pipeline.ID, d.DeploymentSequenceNumber, d.FirstReceived.Sub(noon), d.LastReceived.Sub(noon)})
	}
	want := []row{{"a", 1, 0, 0}, {"eu-1/shop/web", 1, 0, time.Minute}, {"eu-1/shop/web", 2, 0, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestTheStoredJSONIsTheAPIsOwn(t *testing.T) {
	c := start(t)
	empty := &bytes.Buffer{}
	if err := c.site.WriteJSON(empty); err != nil || empty.String() != "[]\n" {
		t.Errorf("got %q, %v; want an empty array", empty, err)
	}
	sent := deployment().set("label", "a & b")
	c.submit(sent.set("madeUp", true))
	var out bytes.Buffer
	if err := c.site.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got, want []any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(encode(t, []item{sent})), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if !bytes.Contains(out.Bytes(), []byte(`"label": "a & b"`)) {
		t.Errorf("the JSON is not indented, or escapes for HTML:\n%s", &out)
	}
}

func TestTheLogHoldsWhatWasAskedAndNoSecret(t *testing.T) {
	c := start(t)
	changed := c.site.Changed()
	c.submit(deployment(), deployment().set("displayName", ""))
	select {
	case <-changed:
	default:
		t.Error("nobody was told of the change")
	}
	c.call(http.MethodGet, onePath, "")
	c.send(http.MethodGet, c.site.URL()+"/elsewhere?q=1", "", "")
	type row struct {
		Method, Path, Client string
		Status, Deployments  int
	}
	var got []row
	for _, r := range c.site.Requests() {
		got = append(got, row{r.Method, r.Path, r.ClientID, r.Status, len(r.Deployments)})
	}
	api := "/jira/deployments/0.1/cloud/" + c.site.CloudID()
	want := []row{
		{"POST", "/oauth/token", "id", 200, 0},
		{"POST", api + "/bulk", "id", 202, 2},
		{"GET", api + onePath, "id", 200, 0},
		{"GET", "/elsewhere?q=1", "", 404, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if text := encode(t, c.site.Requests()); slices.ContainsFunc([]string{"secret", c.token}, func(s string) bool {
		return bytes.Contains([]byte(text), []byte(s))
	}) {
		t.Errorf("a secret is in the log: %s", text)
	}
}
