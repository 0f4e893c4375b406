// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const tokenPath = "POST /oauth/token 200"

func TestATokenIsKeptForAsLongAsItIsGood(t *testing.T) {
	for name, tc := range map[string]struct {
		lifetime   time.Duration
		wantTokens int
	}{
		"an hour: one token does":                             {time.Hour, 1},
		"a few seconds: it would expire on its way, so renew": {5 * time.Second, 3},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t, jiratest.WithTokenLifetime(tc.lifetime))
			client := newClient(t, configOf(t, site))
			for range 3 {
				if err := submit(t, client); err != nil {
					t.Fatal(err)
				}
			}
			if got := count(paths(site), tokenPath); got != tc.wantTokens {
				t.Errorf("fetched %d tokens, want %d", got, tc.wantTokens)
			}
		})
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	var elapsed atomic.Int64
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return start.Add(time.Duration(elapsed.Load())) }

	const (
		refused  = "POST /{cloudId}/bulk 401"
		accepted = "POST /{cloudId}/bulk 202"
		noToken  = "POST /oauth/token 401"
	)
	for name, tc := range map[string]struct {
		happens  func(*jiratest.Server)
		wantKind jira.ErrorKind
		want     []string // requests after it happened
	}{
		"nothing happens":        {func(*jiratest.Server) {}, jira.Unknown, []string{accepted}},
		"the token expires":      {func(*jiratest.Server) { elapsed.Add(int64(time.Hour)) }, jira.Unknown, []string{refused, tokenPath, accepted}},
		"all tokens are revoked": {(*jiratest.Server).ExpireTokens, jira.Unknown, []string{refused, tokenPath, accepted}},
		"the credential is revoked": {
			func(s *jiratest.Server) { s.RevokeCredential(clientID) }, jira.Unauthorized, []string{refused, noToken},
		},
		"the secret is rotated": {
			func(s *jiratest.Server) { s.RotateCredential(clientID, "another") }, jira.Unauthorized, []string{refused, noToken},
		},
		"the permission is taken": {
			func(s *jiratest.Server) { s.SetPermissions(clientID, jiratest.Builds) }, jira.Forbidden, []string{"POST /{cloudId}/bulk 403"},
		},
		"the API refuses every token": {
			func(s *jiratest.Server) { s.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 401}) },
			jira.Unauthorized, []string{refused, tokenPath, refused},
		},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t, jiratest.WithClock(clock))
			client := newClient(t, configOf(t, site))
			if err := submit(t, client); err != nil {
				t.Fatal(err)
			}
			before := len(site.Requests())
			tc.happens(site)
			if got := jira.KindOf(submit(t, client)); got != tc.wantKind {
				t.Errorf("got kind %s, want %s", got, tc.wantKind)
			}
			if diff := cmp.Diff(tc.want, paths(site)[before:]); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAClientRecoversWhenItsCredentialDoes(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	site.RevokeCredential(clientID)
	if got := jira.KindOf(submit(t, client)); got != jira.Unauthorized {
		t.Fatalf("got kind %s while revoked, want Unauthorized", got)
	}
	site.AddCredential(clientID, clientSecret)
	if err := submit(t, client); err != nil {
		t.Errorf("got %v after the credential came back, want none", err)
	}
}

func TestAnswersOfTheTokenEndpoint(t *testing.T) {
	for name, tc := range map[string]struct {
		fault     jiratest.Fault
		wantKind  jira.ErrorKind
		wantWait  time.Duration
		wantError string
	}{
		"401": {
			jiratest.Fault{Status: 401, Body: `{"error":"access_denied","error_description":"Unauthorized"}`},
			jira.Unauthorized, 0, "Unauthorized (HTTP 401): access_denied; Unauthorized",
		},
		"403": {jiratest.Fault{Status: 403}, jira.Unauthorized, 0, "Unauthorized (HTTP 403)"},
		"400 with invalid_client": {
			jiratest.Fault{Status: 400, Body: `{"error":"invalid_client"}`}, jira.Unauthorized, 0, "Unauthorized (HTTP 400): invalid_client",
		},
		"200 with an error": {
			jiratest.Fault{Status: 200, Body: `{"error":"invalid_client"}`}, jira.Unauthorized, 0, "Unauthorized (HTTP 200): invalid_client",
		},
		"400 for another reason says nothing about what was to be sent": {
			jiratest.Fault{Status: 400, Body: `{"error":"invalid_request"}`}, jira.Unavailable, 0, "Unavailable (HTTP 400): invalid_request",
		},
		"an unknown code is read, too": {
			jiratest.Fault{Status: 400, Body: `{"error":"who knows"}`}, jira.Unavailable, 0, "Unavailable (HTTP 400): who knows",
		},
		"404 says nothing about the site": {jiratest.Fault{Status: 404}, jira.Unavailable, 0, "Unavailable (HTTP 404)"},
		"413 says nothing about what was to be sent": {
			jiratest.Fault{Status: 413}, jira.Unavailable, 0, "Unavailable (HTTP 413)",
		},
		"429": {
			jiratest.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}},
			jira.Throttled, 7 * time.Second, "Throttled (HTTP 429), retry after 7s",
		},
		"503": {jiratest.Fault{Status: 503}, jira.Throttled, 0, "Throttled (HTTP 503)"},
		"500 whatever its body says": {
			jiratest.Fault{Status: 500, Body: `{"error":"invalid_client"}`}, jira.Unavailable, 0, "Unavailable (HTTP 500): invalid_client",
		},
		"302": {
			jiratest.Fault{Status: 302, Header: http.Header{"Location": {"https://elsewhere.test"}}}, jira.Redirected, 0, "Redirected (HTTP 302)",
		},
		"broken JSON":              {jiratest.Fault{BrokenJSON: true}, jira.Unavailable, 0, "Unavailable: the answer holds no token"},
		"no token in the answer":   {jiratest.Fault{Status: 200, Body: `{}`}, jira.Unavailable, 0, "Unavailable: the answer holds no token"},
		"a body that breaks off":   {jiratest.Fault{CutBody: true}, jira.Unavailable, 0, "Unavailable: the answer holds no token"},
		"a page of some proxy":     {jiratest.Fault{Status: 502, Body: "<html>"}, jira.Unavailable, 0, "Unavailable (HTTP 502)"},
		"a connection that breaks": {jiratest.Fault{Reset: true}, jira.Unavailable, 0, "Unavailable: read tcp"},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			tc.fault.Match = jiratest.Token
			site.Inject(tc.fault)
			got := asError(t, submit(t, newClient(t, configOf(t, site))))
			if got.Kind != tc.wantKind || got.RetryAfter != tc.wantWait {
				t.Errorf("got %s after %s, want %s after %s", got.Kind, got.RetryAfter, tc.wantKind, tc.wantWait)
			}
			want := "get token at " + site.Host() + ": " + tc.wantError
			if text := got.Error(); text != want && (tc.fault.Status != 0 || len(text) < len(want) || text[:len(want)] != want) {
				t.Errorf("got %q, want %q", text, want)
			}
		})
	}
}

func TestTheTokenRequestIsWhatAtlassianExpects(t *testing.T) {
	site := startSite(t)
	var form map[string][]string
	cfg := configOf(t, site)
	next := cfg.Transport
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth/token" {
			clone := r.Clone(r.Context())
			body, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			clone.Body = body
			if err := clone.ParseForm(); err != nil {
				return nil, err
			}
			form = clone.PostForm
			if user, _, ok := r.BasicAuth(); ok {
				t.Errorf("the credential %s is in the header, too", user)
			}
		}
		return next.RoundTrip(r)
	})
	if err := submit(t, newClient(t, cfg)); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret},
		"audience": {"api.atlassian.com"},
	}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// As in the Government Cloud: the token endpoint has a host of its own, and tokens are for another audience.
func TestTheTokenEndpointAndTheAudienceCanBeSet(t *testing.T) {
	site := startSite(t, jiratest.WithAudience("api.gov.test"))
	tokens, err := url.Parse(site.URL())
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	elsewhere := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		asked = append(asked, r.In.URL.Path)
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.URL.Path = tokens.Scheme, tokens.Host, "/oauth/token"
	}})
	defer elsewhere.Close()
	cfg := configOf(t, site)
	cfg.TokenURL, cfg.Audience = elsewhere.URL+"/gov/token", "api.gov.test"
	if err := submit(t, newClient(t, cfg)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/gov/token"}, asked); diff != "" {
		t.Errorf("paths at the host of the token URL (-want +got):\n%s", diff)
	}
	cfg.Audience = ""
	got := asError(t, submit(t, newClient(t, cfg)))
	if got.Kind != jira.Unauthorized || got.Host != elsewhere.Listener.Addr().String() || !strings.Contains(got.Error(), "The audience must be api.gov.test.") {
		t.Errorf("got %v, want Unauthorized by the host of the token URL, which names the audience", got)
	}
}
