// SPDX-License-Identifier: Apache-2.0

package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// The client and jiratest are both held against Atlassian's own description of the API, which is not part of this
// repository: JIRA_OPENAPI names a file with the paths in their api.atlassian.com form (/jira/deployments/0.1/...).
//
// What was found about validating with it:
//   - An association is described by oneOf (issues, services) beside anyOf (issues, services, commits). Both must hold,
//     so that issues and services pass, each type's enum making oneOf exact, and commits never do, although the
//     description of the field allows them. Nothing here sends commits, hence no exception is made.
//   - The document is loaded, not validated as a document: the gating path repeats cloudId, which is sloppy but harmless.
//   - 401, 403, 404, 429 and 503 have no schema for a body, and any will do; a status that is not listed, such as 404 to
//     a submission, falls under "default", whose body is an array of messages.
func loadOpenAPI(t *testing.T) *openapi3.T {
	t.Helper()
	path := os.Getenv("JIRA_OPENAPI")
	if path == "" {
		t.Skip("JIRA_OPENAPI does not name Atlassian's OpenAPI document; nothing is checked against it")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// recorder keeps every exchange that it carries.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  []exchange
}

type exchange struct {
	request  *http.Request
	sent     []byte
	status   int
	header   http.Header
	received []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(received))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, exchange{req.Clone(context.WithoutCancel(req.Context())), sent, res.StatusCode, res.Header, received})
	return res, nil
}

// take returns the exchanges with the API itself, and forgets them.
func (r *recorder) take() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.DeleteFunc(r.all, func(e exchange) bool { return !strings.HasPrefix(e.request.URL.Path, "/jira/") })
	r.all = nil
	return all
}

// input finds the operation of an exchange by matching its path, segment by segment, as it went over the wire.
func (e exchange) input(doc *openapi3.T) (*openapi3filter.RequestValidationInput, error) {
	got := strings.Split(e.request.URL.EscapedPath(), "/")
	for path, item := range doc.Paths.Map() {
		params, ok := match(strings.Split(path, "/"), got)
		operation := item.GetOperation(e.request.Method)
		if !ok || operation == nil {
			continue
		}
		request := e.request.Clone(context.Background())
		request.Body = io.NopCloser(bytes.NewReader(e.sent))
		return &openapi3filter.RequestValidationInput{
			Request: request, PathParams: params,
			Route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: e.request.Method, Operation: operation},
			Options: &openapi3filter.Options{
				MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			},
		}, nil
	}
	return nil, errors.New("no such operation")
}

func match(pattern, got []string) (map[string]string, bool) {
	if len(pattern) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i, part := range pattern {
		name, isParam := strings.CutPrefix(part, "{")
		value, err := url.PathUnescape(got[i])
		if err != nil || !isParam && part != got[i] {
			return nil, false
		}
		if isParam {
			params[strings.TrimSuffix(name, "}")] = value
		}
	}
	return params, true
}

func (e exchange) checkRequest(doc *openapi3.T) error {
	input, err := e.input(doc)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(context.Background(), input)
}

func (e exchange) checkResponse(doc *openapi3.T) error {
	input, err := e.input(doc)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.status, Header: e.header,
		Body: io.NopCloser(bytes.NewReader(e.received)), Options: input.Options,
	})
}

func TestTheClientKeepsToTheAPIThatAtlassianDescribes(t *testing.T) {
	doc := loadOpenAPI(t)
	site := startSite(t)
	site.AddServices("service-1")
	client, record := newClient(t, site)
	full := fullDeployment()
	past := submissionOf(t, jira.EncodeBuild, bareBuild())
	past.Backfill = true
	for _, step := range []struct {
		name string
		send func() error
	}{
		{"submit", func() error {
			_, err := client.SubmitDeployments(t.Context(), submissionOf(t, jira.EncodeDeployment, full, bareDeployment()))
			return err
		}},
		{"get", func() error { _, err := client.GetDeployment(t.Context(), full.Key()); return err }},
		{"delete", func() error { return client.DeleteDeployment(t.Context(), full.Key()) }},
		{"probe", func() error { return client.Probe(t.Context()) }},
		{"submit builds", func() error {
			_, err := client.SubmitBuilds(t.Context(), submissionOf(t, jira.EncodeBuild, fullBuild(), bareBuild()))
			return err
		}},
		{"submit builds of the past", func() error { _, err := client.SubmitBuilds(t.Context(), past); return err }},
		{"get build", func() error { _, err := client.GetBuild(t.Context(), fullBuild().Key()); return err }},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := step.send(); err != nil {
				t.Fatal(err)
			}
			exchanges := record.take()
			if len(exchanges) != 1 {
				t.Fatalf("recorded %d exchanges, want 1", len(exchanges))
			}
			if err := exchanges[0].checkRequest(doc); err != nil {
				t.Errorf("request: %v", err)
			}
			if err := exchanges[0].checkResponse(doc); err != nil {
				t.Errorf("response: %v", err)
			}
		})
	}
}

// fullBuild has all that Jira takes, as long as it takes it.
func fullBuild() jira.Build {
	long := func(n int) string { return strings.Repeat("x", n) }
	b := bareBuild()
	b.BuildNumber, b.UpdateSequenceNumber, b.State = 1<<53-1, 1<<53-1, "cancelled"
	b.TestInfo = &jira.TestInfo{Total: 120, Passed: 118, Failed: 1, Skipped: 1}
	b.PipelineID, b.DisplayName, b.Description, b.Label = long(255), long(255), long(255), long(255)
	b.URL = "https://a.test/" + long(2000-len("https://a.test/"))
	b.IssueKeys = nil
	for n := range 100 {
		b.IssueKeys = append(b.IssueKeys, fmt.Sprintf("SHOP-%d", n+1))
	}
	b.References = nil
	for range 5 {
		b.References = append(b.References, jira.Reference{
			Commit: &jira.CommitReference{ID: long(255), RepositoryURI: b.URL}, Ref: &jira.RefReference{Name: long(255), URI: b.URL},
		})
	}
	return b
}

func TestTheCheckAgainstTheAPIFindsMistakes(t *testing.T) {
	doc := loadOpenAPI(t)
	for name, body := range map[string]string{
		"no builds":               `{"deployments":[]}`,
		"a deployment's state":    `{"builds":[` + strings.Replace(apiBuild, "failed", "rolled_back", 1) + `]}`,
		"a build of no issue":     `{"builds":[` + strings.Replace(apiBuild, `"SHOP-1","UTF-8"`, "", 1) + `]}`,
		"tests without a total":   `{"builds":[` + strings.Replace(apiBuild, `"totalNumber":3,`, "", 1) + `]}`,
		"a commit of no one":      `{"builds":[` + strings.Replace(apiBuild, `"repositoryUri":"https://git.test/web"`, `"x":1`, 1) + `]}`,
		"a build number in text":  `{"builds":[` + strings.Replace(apiBuild, `"buildNumber":7`, `"buildNumber":"7"`, 1) + `]}`,
		"no deployments":          `{}`,
		"an unknown state":        `{"deployments":[` + strings.ReplaceAll(apiDeployment, `"successful"`, `"done"`) + `]}`,
		"a name that is too long": `{"deployments":[` + strings.ReplaceAll(apiDeployment, `"web 42"`, `"`+strings.Repeat("x", 256)+`"`) + `]}`,
		"a commit association":    `{"deployments":[` + commitDeployment + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			api := "deployments"
			if strings.Contains(name, "build") || strings.Contains(body, `"builds"`) {
				api = "builds"
			}
			request, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/jira/"+api+"/0.1/cloud/a/bulk", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			if err := (exchange{request: request, sent: []byte(body)}).checkRequest(doc); err == nil {
				t.Error("got no error, want one")
			}
		})
	}
}

const apiDeployment = `{"schemaVersion":"1.0","deploymentSequenceNumber":1,"updateSequenceNumber":1,"displayName":"web 42",` +
	`"url":"https://a.test/","description":"","lastUpdated":"2026-03-01T12:00:00Z","state":"successful",` +
	`"pipeline":{"id":"p","displayName":"p","url":"https://a.test/"},` +
	`"environment":{"id":"e","displayName":"e","type":"production"},` +
	`"associations":[{"associationType":"issueIdOrKeys","values":["SHOP-1","UTF-8"]}]}`

// commitDeployment is allowed by what the document says, and refused by how it says it.
var commitDeployment = strings.Replace(apiDeployment, `]}]}`,
	`]},{"associationType":"commit","values":[{"commitHash":"b0","repositoryId":"r"}]}]}`, 1)

const apiBuild = `{"schemaVersion":"1.0","pipelineId":"p/q","buildNumber":7,"updateSequenceNumber":1,"displayName":"web #7",` +
	`"url":"https://a.test/","state":"failed","lastUpdated":"2026-03-01T12:00:00Z","issueKeys":["SHOP-1","UTF-8"],` +
	`"testInfo":{"totalNumber":3,"numberPassed":2,"numberFailed":1,"numberSkipped":0},` +
	`"references":[{"commit":{"id":"b0","repositoryUri":"https://git.test/web"},"ref":{"name":"main","uri":"https://git.test/web/main"}}]}`

func TestTheServerAnswersAsAtlassianDescribes(t *testing.T) {
	doc := loadOpenAPI(t)
	site := startSite(t, jiratest.WithMaxDeployments(2))
	record := &recorder{next: http.DefaultTransport}
	hc := &http.Client{Transport: record}
	token := tokenOf(t, site)
	base := site.URL() + "/jira/deployments/0.1/cloud/" + site.CloudID()
	builds := site.URL() + "/jira/builds/0.1/cloud/" + site.CloudID()
	const one = "/pipelines/p/environments/e/deployments/1"

	bulk := func(items ...string) string { return `{"deployments":[` + strings.Join(items, ",") + `]}` }
	gated := strings.Replace(strings.Replace(apiDeployment, `"successful"`, `"pending"`, 1), `{"schema`,
		`{"commands":[{"command":"initiate_deployment_gating"}],"schema`, 1)
	for _, step := range []struct {
		name, method, url, body, token string
		before                         func()
	}{
		{"202 accepted", "POST", base + "/bulk", bulk(apiDeployment), token, nil},
		{"202 with a rejection", "POST", base + "/bulk", bulk(strings.Replace(apiDeployment, "web 42", "", 1)), token, nil},
		{"202 with unknown keys", "POST", base + "/bulk", bulk(strings.Replace(apiDeployment, "SHOP-1", "NOPE-1", 1)), token, nil},
		{"400", "POST", base + "/bulk", `{"deployments":[]}`, token, nil},
		{"401", "POST", base + "/bulk", bulk(apiDeployment), "wrong", nil},
		{"404", "POST", base + "x/bulk", bulk(apiDeployment), token, nil},
		{"413", "POST", base + "/bulk", bulk(apiDeployment, apiDeployment, apiDeployment), token, nil},
		{"200 read", "GET", base + one, "", token, nil},
		{"404 read", "GET", base + one + "1", "", token, nil},
		{"202 gated", "POST", base + "/bulk", bulk(strings.Replace(gated, `"id":"e"`, `"id":"g"`, 1)), token, nil},
		{"404 gating", "GET", base + strings.Replace(one, "/e/", "/g/", 1) + "/gating-status", "", token, nil},
		{"200 gating", "GET", base + strings.Replace(one, "/e/", "/g/", 1) + "/gating-status", "", token, nil},
		{"202 delete", "DELETE", base + one, "", token, nil},
		{"202 delete by property", "DELETE", base + "/bulkByProperties?site=acme", "", token, nil},
		{"400 delete by property", "DELETE", base + "/bulkByProperties", "", token, nil},
		{"202 build", "POST", builds + "/bulk", `{"builds":[` + apiBuild + `]}`, token, nil},
		{"202 build rejected", "POST", builds + "/bulk", `{"builds":[` + strings.Replace(apiBuild, "failed", "lost", 1) + `]}`, token, nil},
		{"400 builds", "POST", builds + "/bulk", `{"builds":[]}`, token, nil},
		{"200 build", "GET", builds + "/pipelines/p%2Fq/builds/7", "", token, nil},
		{"202 build deleted", "DELETE", builds + "/pipelines/p%2Fq/builds/7", "", token, nil},
		{"404 build", "GET", builds + "/pipelines/p%2Fq/builds/7", "", token, nil},
		{"403", "POST", base + "/bulk", bulk(apiDeployment), token, func() { site.SetPermissions(clientID) }},
		{"429", "POST", base + "/bulk", bulk(apiDeployment), token, func() { site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 429}) }},
	} {
		if step.before != nil {
			step.before()
		}
		request, err := http.NewRequestWithContext(t.Context(), step.method, step.url, strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+step.token)
		res, err := hc.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		e := record.take()[0]
		if want := step.name[:3]; strconv.Itoa(e.status) != want {
			t.Errorf("%s: got status %d", step.name, e.status)
		}
		if err := e.checkResponse(doc); err != nil {
			t.Errorf("%s: %v\n%s", step.name, err, e.received)
		}
	}
}

// tokenOf gets a token without the client.
func tokenOf(t *testing.T, site *jiratest.Server) string {
	t.Helper()
	res, err := http.PostForm(site.URL()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}, "audience": {"api.atlassian.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token: %v", err)
	}
	return answer.AccessToken
}
