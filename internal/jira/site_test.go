// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const (
	clientID     = "rollcall-test"
	clientSecret = "s3cr3t/of+the=test&site" // what a form escapes is in it
)

var update = flag.Bool("update", false, "rewrite golden files")

// proxyOfTest is what NewTransport must find in the environment. Loopback addresses never go through it.
const (
	proxyOfTest   = "http://me:" + proxyPassword + "@proxy.test:3128"
	proxyPassword = "c4n4ry-of-the-proxy"
)

func TestMain(m *testing.M) {
	for name, value := range map[string]string{"HTTPS_PROXY": proxyOfTest, "HTTP_PROXY": "", "NO_PROXY": ""} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

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

// configOf has its own transport, so that no connection outlives the test that opened it.
func configOf(t *testing.T, site *jiratest.Server) jira.Config {
	t.Helper()
	transport, err := jira.NewTransport(site.CAPEM())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return jira.Config{
		Host: site.Host(), APIURL: site.URL(), ClientID: clientID, ClientSecret: clientSecret,
		Transport: transport, Timeout: 10 * time.Second,
	}
}

func newClient(t *testing.T, cfg jira.Config) *jira.Client {
	t.Helper()
	client, err := jira.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// makeDeployment is one that the site accepts.
func makeDeployment(sequence, update int64, state string, issues ...string) jira.Deployment {
	if len(issues) == 0 {
		issues = []string{"SHOP-1"}
	}
	return jira.Deployment{
		DeploymentSequenceNumber: sequence,
		UpdateSequenceNumber:     update,
		DisplayName:              "web 42",
		URL:                      "https://argocd.test/applications/shop/web",
		Description:              "Rollout of web",
		LastUpdated:              time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Label:                    "v1.42.0",
		State:                    state,
		Pipeline:                 jira.Pipeline{ID: "eu-1/shop/Deployment/web", DisplayName: "web", URL: "https://argocd.test/web"},
		Environment:              jira.Environment{ID: "eu-1/shop", DisplayName: "Shop", Type: "production"},
		Associations:             []jira.Association{{AssociationType: jira.AssociationIssueIDOrKeys, Values: issues}},
	}
}

func submissionOf(deployments ...jira.Deployment) jira.Submission {
	var bodies [][]byte
	for _, d := range deployments {
		body, err := jira.EncodeDeployment(d)
		if err != nil {
			panic(err)
		}
		bodies = append(bodies, body)
	}
	return jira.Submission{
		Items:      bodies,
		Properties: map[string]string{"cluster": "eu-1", "site": "acme"},
		Product:    "Rollcall test",
	}
}

// submit sends one deployment that the site accepts.
func submit(t *testing.T, client *jira.Client) error {
	t.Helper()
	result, err := client.SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "successful")))
	if err == nil && len(result.Accepted) != 1 {
		t.Errorf("accepted %d deployments, want 1", len(result.Accepted))
	}
	return err
}

// asError returns the *Error in err, and fails where there is none.
func asError(t *testing.T, err error) *jira.Error {
	t.Helper()
	var typed *jira.Error
	if !errors.As(err, &typed) {
		t.Fatalf("got %v (%T), want a *jira.Error", err, err)
	}
	return typed
}

// paths returns what was asked for, in order, without the cloud id.
func paths(site *jiratest.Server) []string {
	var out []string
	for _, r := range site.Requests() {
		path := strings.ReplaceAll(r.Path, site.CloudID(), "{cloudId}")
		out = append(out, fmt.Sprintf("%s %s %d", r.Method, strings.TrimPrefix(path, "/jira/deployments/0.1/cloud"), r.Status))
	}
	return out
}

func count(all []string, want string) int {
	return len(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s != want }))
}

// compareGolden compares with a file below testdata, or writes it with -update.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// roundTripper is a transport in one function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func withTimeout(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func replaceHost(text, host string) string { return strings.ReplaceAll(text, "{host}", host) }
