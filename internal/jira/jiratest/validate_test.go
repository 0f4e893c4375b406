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

func TestADeploymentIsCheckedByItself(t *testing.T) {
	c := start(t)
	long := strings.Repeat("x", 256)
	const noValid = "No valid associations found for deployment"
	for name, tc := range map[string]struct {
		item item
		want string // the first message; empty: it is accepted
	}{
		"a complete one":               {deployment(), ""},
		"an empty description":         {deployment().set("description", ""), ""},
		"a label of 255 characters":    {deployment().set("label", long[1:]), ""},
		"no schema version":            {deployment().set("schemaVersion", nil), ""},
		"issue keys the old way":       {deployment().set("associations", nil).set("issueKeys", []string{"SHOP-1"}), ""},
		"the old type of association":  {deployment().set("associations", []item{group("issueKeys", "SHOP-1")}), ""},
		"a service alone":              {deployment().set("associations", []item{group("serviceIdOrKeys", "checkout")}), ""},
		"a commit beside an issue":     {deployment().set("associations", append(issues("SHOP-1"), group("commit", item{"commitHash": "b0", "repositoryId": "r"}))), ""},
		"a repository beside an issue": {deployment().set("associations", append(issues("SHOP-1"), group("repository", item{"repositoryId": "r"}))), ""},
		"a duration of no time":        {deployment().set("duration", 0), ""},
		"500 values":                   {deployment().set("associations", issues(keys(500)...)), ""},
		"500 values over two groups":   {deployment().set("associations", append(issues(keys(499)...), group("serviceIdOrKeys", "checkout"))), ""},
		"gating while pending":         {deployment().set("state", "pending").set("commands", []item{{"command": "initiate_deployment_gating"}}), ""},

		"a negative duration":               {deployment().set("duration", -1), "duration must not be negative"},
		"a duration as text":                {deployment().set("duration", "PT1M"), "duration must not be a string"},
		"no sequence number":                {deployment().set("deploymentSequenceNumber", nil), "deploymentSequenceNumber is required"},
		"no update number":                  {deployment().set("updateSequenceNumber", nil), "updateSequenceNumber is required"},
		"no display name":                   {deployment().set("displayName", nil), "displayName is required"},
		"no URL":                            {deployment().set("url", nil), "url is required"},
		"no description":                    {deployment().set("description", nil), "description is required"},
		"no last update":                    {deployment().set("lastUpdated", nil), "lastUpdated is required"},
		"no state":                          {deployment().set("state", nil), "state is required"},
		"no pipeline":                       {deployment().set("pipeline", nil), "pipeline is required"},
		"no environment":                    {deployment().set("environment", nil), "environment is required"},
		"no pipeline id":                    {deployment().set("pipeline.id", nil), "pipeline.id is required"},
		"no pipeline name":                  {deployment().set("pipeline.displayName", nil), "pipeline.displayName is required"},
		"no pipeline URL":                   {deployment().set("pipeline.url", nil), "pipeline.url is required"},
		"no environment id":                 {deployment().set("environment.id", nil), "environment.id is required"},
		"no environment name":               {deployment().set("environment.displayName", nil), "environment.displayName is required"},
		"no environment type":               {deployment().set("environment.type", nil), "environment.type is required"},
		"an empty display name":             {deployment().set("displayName", ""), "displayName must not be empty"},
		"an empty URL":                      {deployment().set("url", ""), "url must not be empty"},
		"an empty pipeline name":            {deployment().set("pipeline.displayName", ""), "pipeline.displayName must not be empty"},
		"an empty pipeline URL":             {deployment().set("pipeline.url", ""), "pipeline.url must not be empty"},
		"an empty environment name":         {deployment().set("environment.displayName", ""), "environment.displayName must not be empty"},
		"a long display name":               {deployment().set("displayName", long), "displayName must not be longer than 255 characters"},
		"a long name of few runes":          {deployment().set("displayName", strings.Repeat("🚀", 128)), "displayName must not be longer than 255 characters"},
		"a long description":                {deployment().set("description", long), "description must not be longer than 255 characters"},
		"a long label":                      {deployment().set("label", long), "label must not be longer than 255 characters"},
		"a long pipeline id":                {deployment().set("pipeline.id", long), "pipeline.id must not be longer than 255 characters"},
		"a long environment id":             {deployment().set("environment.id", long), "environment.id must not be longer than 255 characters"},
		"a long URL":                        {deployment().set("url", "https://a.test/"+strings.Repeat("x", 1986)), "url must not be longer than 2000 characters"},
		"a relative URL":                    {deployment().set("url", "/web"), "url must be an absolute URL"},
		"a date without a time":             {deployment().set("lastUpdated", "2026-03-01"), "lastUpdated must be an RFC 3339 timestamp"},
		"an unknown state":                  {deployment().set("state", "done"), "state must be one of unknown, pending, in_progress, cancelled, failed, rolled_back, successful"},
		"an unknown environment type":       {deployment().set("environment.type", "live"), "environment.type must be one of unmapped, development, testing, staging, production"},
		"another schema version":            {deployment().set("schemaVersion", "2.0"), "schemaVersion must be one of 1.0"},
		"a sequence number in quotes":       {deployment().set("deploymentSequenceNumber", "1"), "deploymentSequenceNumber must not be a string"},
		"a sequence number with a fraction": {deployment().set("deploymentSequenceNumber", 1.5), "deploymentSequenceNumber must not be a number 1.5"},
		"a sequence number beyond 64 bits":  {deployment().set("updateSequenceNumber", 1e20), "updateSequenceNumber must not be a number 100000000000000000000"},
		"gating when it is done":            {deployment().set("commands", []item{{"command": "initiate_deployment_gating"}}), "The command initiate_deployment_gating is allowed in state pending alone"},

		"no associations":                        {deployment().set("associations", nil), "associations must have 1 to 3 elements"},
		"an empty list of associations":          {deployment().set("associations", []item{}), "associations must have 1 to 3 elements"},
		"four groups":                            {deployment().set("associations", slices.Repeat(issues("SHOP-1"), 4)), "associations must have 1 to 3 elements"},
		"both ways at once":                      {deployment().set("issueKeys", []string{"SHOP-1"}), "Only one of issueKeys and associations is allowed"},
		"501 values":                             {deployment().set("associations", issues(keys(501)...)), "Sum of Association values across all association types can have a maximum of 500 elements. Found 501."},
		"501 values over two groups":             {deployment().set("associations", append(issues(keys(500)...), group("serviceIdOrKeys", "checkout"))), "Sum of Association values across all association types can have a maximum of 500 elements. Found 501."},
		"an empty value":                         {deployment().set("associations", issues("SHOP-1", "")), noValid},
		"an empty group":                         {deployment().set("associations", issues()), noValid},
		"an empty service":                       {deployment().set("associations", []item{group("serviceIdOrKeys", "")}), noValid},
		"a value that is no key":                 {deployment().set("associations", issues("SHOP")), noValid},
		"a value that is no string":              {deployment().set("associations", issues(7)), noValid},
		"a commit that is a string":              {deployment().set("associations", append(issues("SHOP-1"), group("commit", "b0"))), noValid},
		"a commit without a repository":          {deployment().set("associations", append(issues("SHOP-1"), group("commit", item{"commitHash": "b0"}))), noValid},
		"commits alone":                          {deployment().set("associations", []item{group("commit", item{"commitHash": "b0", "repositoryId": "r"})}), noValid},
		"an unknown type of association":         {deployment().set("associations", []item{group("epics", "SHOP-1")}), `"epics" is not a type of association`},
		"101 issue keys the old way":             {deployment().set("associations", nil).set("issueKeys", keys(101)), "issueKeys must have 1 to 100 elements"},
		"no issue keys the old way":              {deployment().set("associations", nil).set("issueKeys", []string{}), "issueKeys must have 1 to 100 elements"},
		"an issue key that is none, the old way": {deployment().set("associations", nil).set("issueKeys", []string{"SHOP"}), `"SHOP" is not an issue key`},
		"unknown issues alone":                   {deployment().set("associations", issues("NOPE-1", "UTF-8")), "The deployment is associated with unknown issues or services only."},
		"an unknown service alone":               {deployment().set("associations", []item{group("serviceIdOrKeys", "nobody")}), "The deployment is associated with unknown issues or services only."},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			neighbour := deployment().set("environment.id", "neighbour")
			got := c.submit(tc.item, neighbour)
			if tc.want == "" {
				if len(got.Accepted) != 2 || len(got.Rejected) != 0 {
					t.Errorf("accepted %v, rejected %v; want both to be accepted", got.Accepted, got.Rejected)
				}
				return
			}
			if len(got.Accepted) != 1 || len(got.Rejected) != 1 {
				t.Fatalf("accepted %v, rejected %v; want the neighbour alone to be accepted", got.Accepted, got.Rejected)
			}
			if messages := got.Rejected[0].messages(); messages[0] != tc.want {
				t.Errorf("got %q, want %q first", messages, tc.want)
			}
		})
	}
}

func TestARejectionNamesTheDeployment(t *testing.T) {
	c := start(t)
	got := c.submit(deployment().set("url", ""))
	want := map[string]any{"pipelineId": "eu-1/shop/web", "environmentId": "eu-1/shop", "deploymentSequenceNumber": 1.0}
	if diff := cmp.Diff(want, got.Rejected[0].Key); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
}

func TestABodyThatIsWrongAsAWholeIs400(t *testing.T) {
	c := start(t)
	with := func(properties item) string {
		return encode(t, item{"deployments": []item{deployment()}, "properties": properties})
	}
	for name, tc := range map[string]struct {
		body, want string
	}{
		"no JSON":                    {`{"deployments":`, `[{"message":"The request body is not the JSON that is expected."}]`},
		"nothing":                    {``, `[{"message":"The request body is not the JSON that is expected."}]`},
		"a list":                     {`[]`, `[{"message":"The request body is not the JSON that is expected."}]`},
		"no deployments":             {`{}`, `[{"message":"At least one item of deployments is required."}]`},
		"an empty list":              {`{"deployments":[]}`, `[{"message":"At least one item of deployments is required."}]`},
		"builds":                     {`{"builds":[{}]}`, `[{"message":"At least one item of deployments is required."}]`},
		"six properties":             {with(item{"a": "", "b": "", "c": "", "d": "", "e": "", "f": ""}), `[{"message":"At most 5 properties are allowed."}]`},
		"a colon in a property":      {with(item{"a:b": "c"}), `[{"message":"The property \"a:b\" must not contain ':'."}]`},
		"a leading underscore":       {with(item{"_a": "c"}), `[{"message":"The property \"_a\" must not start with '_'."}]`},
		"a long value":               {with(item{"a": strings.Repeat("x", 256)}), `[{"message":"The value of property \"a\" must not be longer than 255 characters."}]`},
		"a property of another type": {with(item{"a": 7}), `[{"message":"The request body is not the JSON that is expected."}]`},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			status, body := c.call(http.MethodPost, "/bulk", tc.body)
			if status != http.StatusBadRequest || body != tc.want {
				t.Errorf("got  %d %s\nwant 400 %s", status, body, tc.want)
			}
		})
	}
	if got := len(c.site.Deployments()); got != 0 {
		t.Errorf("Jira has %d deployments, want none", got)
	}
}

func TestFivePropertiesAreAccepted(t *testing.T) {
	c := start(t)
	status, body := c.call(http.MethodPost, "/bulk", encode(t, item{
		"deployments": []item{deployment()},
		"properties":  item{"a": "", "b_": "", "c": "", "d": "", "e": strings.Repeat("x", 255)},
	}))
	if got := c.decode(status, body); len(got.Accepted) != 1 {
		t.Errorf("got %s, want it to be accepted", body)
	}
}

func TestTooManyDeploymentsAre413(t *testing.T) {
	c := start(t, jiratest.WithMaxDeployments(2))
	three := slices.Repeat([]item{deployment()}, 3)
	status, body := c.call(http.MethodPost, "/bulk", encode(t, item{"deployments": three}))
	if want := `[{"message":"Data is too large. Submit fewer items in each payload."}]`; status != 413 || body != want {
		t.Errorf("got %d %s, want 413 %s", status, body, want)
	}
	if got := c.submit(three[:2]...); len(got.Accepted) != 2 {
		t.Errorf("accepted %d, want 2", len(got.Accepted))
	}
}

func TestABodyOfManyMegabytesIs413(t *testing.T) {
	c := start(t)
	status, _ := c.call(http.MethodPost, "/bulk", `{"deployments":[]}`+strings.Repeat(" ", 9<<20))
	if status != 413 {
		t.Errorf("got %d, want 413", status)
	}
}
