// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// caller talks to a server without the client, which would never send most of what is tried here.
type caller struct {
	t     *testing.T
	site  *jiratest.Server
	token string
}

// start knows SHOP-1 to SHOP-600, the service "checkout" and the credential "id" with the secret "secret".
func start(t *testing.T, opts ...jiratest.Option) caller {
	t.Helper()
	site, err := jiratest.Start(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	site.AddProject("SHOP", 600)
	site.AddServices("checkout")
	site.AddCredential("id", "secret")
	return caller{t: t, site: site}.as("id", "secret")
}

// as is the same caller with the token of another credential.
func (c caller) as(id, secret string) caller {
	c.t.Helper()
	status, body := c.getToken("application/x-www-form-urlencoded", tokenForm(id, secret).Encode())
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK {
		c.t.Fatalf("no token: %d %s", status, body)
	}
	c.token = answer.AccessToken
	return c
}

func tokenForm(id, secret string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "audience": {"api.atlassian.com"},
	}
}

func (c caller) getToken(contentType, body string) (int, string) {
	c.t.Helper()
	return c.send(http.MethodPost, c.site.URL()+"/oauth/token", contentType, body)
}

// call asks the deployments API of the site.
func (c caller) call(method, path, body string) (int, string) {
	c.t.Helper()
	return c.send(method, c.site.URL()+"/jira/deployments/0.1/cloud/"+c.site.CloudID()+path, "application/json", body)
}

func (c caller) callBuilds(method, path, body string) (int, string) {
	c.t.Helper()
	return c.send(method, c.site.URL()+"/jira/builds/0.1/cloud/"+c.site.CloudID()+path, "application/json", body)
}

func (c caller) send(method, target, contentType, body string) (int, string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", "Bearer "+c.token)
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// item is a deployment or a build as JSON before it is encoded, with paths such as "pipeline.id" for its fields.
type item map[string]any

// set returns a copy with a field changed; nil removes it.
func (i item) set(path string, value any) item {
	out := maps.Clone(i)
	name, rest, nested := strings.Cut(path, ".")
	switch {
	case nested:
		out[name] = out[name].(item).set(rest, value)
	case value == nil:
		delete(out, name)
	default:
		out[name] = value
	}
	return out
}

func deployment() item {
	return item{
		"deploymentSequenceNumber": 1, "updateSequenceNumber": 10, "displayName": "web 42", "url": "https://argocd.test/web",
		"description": "Rollout of web", "lastUpdated": "2026-03-01T12:00:00Z", "state": "successful", "schemaVersion": "1.0",
		"pipeline":     item{"id": "eu-1/shop/web", "displayName": "web", "url": "https://argocd.test/web"},
		"environment":  item{"id": "eu-1/shop", "displayName": "Shop", "type": "production"},
		"associations": issues("SHOP-1"),
	}
}

func group(kind string, values ...any) item { return item{"associationType": kind, "values": values} }

func issues(keys ...any) []item { return []item{group("issueIdOrKeys", keys...)} }

// keys returns n keys that the site knows.
func keys(n int) []any {
	var out []any
	for i := range n {
		out = append(out, fmt.Sprintf("SHOP-%d", i+1))
	}
	return out
}

func encode(t *testing.T, value any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// result is the answer to a bulk request of either API.
type result struct {
	Accepted    []any       `json:"acceptedDeployments"`
	Rejected    []rejection `json:"rejectedDeployments"`
	Builds      []any       `json:"acceptedBuilds"`
	BadBuilds   []rejection `json:"rejectedBuilds"`
	UnknownKeys []string    `json:"unknownIssueKeys"`
	Unknown     []any       `json:"unknownAssociations"`
}

type rejection struct {
	Key    map[string]any `json:"key"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

func (r rejection) messages() []string {
	var out []string
	for _, e := range r.Errors {
		out = append(out, e.Message)
	}
	return out
}

// submit expects a 202.
func (c caller) submit(items ...item) result {
	c.t.Helper()
	status, body := c.call(http.MethodPost, "/bulk", encode(c.t, item{"deployments": items}))
	return c.decode(status, body)
}

func (c caller) decode(status int, body string) result {
	c.t.Helper()
	var out result
	if status != http.StatusAccepted {
		c.t.Fatalf("got %d %s, want 202", status, body)
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// state reads the deployment of deployment(), and returns "" where there is none.
func (c caller) state() string {
	c.t.Helper()
	status, body := c.call(http.MethodGet, onePath, "")
	if status == http.StatusNotFound {
		return ""
	}
	var out jira.Deployment
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		c.t.Fatal(err)
	}
	return out.State
}

const onePath = "/pipelines/eu-1%2Fshop%2Fweb/environments/eu-1%2Fshop/deployments/1"

// clock is one that a test sets.
type clock struct{ elapsed atomic.Int64 }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (c *clock) now() time.Time          { return noon.Add(time.Duration(c.elapsed.Load())) }
func (c *clock) advance(d time.Duration) { c.elapsed.Add(int64(d)) }
