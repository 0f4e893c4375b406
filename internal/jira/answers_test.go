// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestAnswersOfTheAPI(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	const date = "Sun, 01 Mar 2026 12:00:00 GMT"
	for name, tc := range map[string]struct {
		fault jiratest.Fault
		want  string // the error's text after the operation and the host; empty: no error
	}{
		"200 is as good as 202": {jiratest.Fault{Status: 200, Body: `{"acceptedDeployments":[{}]}`}, ""},
		"400 as an array":       {jiratest.Fault{Status: 400, Body: `[{"message":"no"},{"message":"never"}]`}, "Invalid (HTTP 400): no; never"},
		"400 with errors":       {jiratest.Fault{Status: 400, Body: `{"errors":[{"message":"no"}]}`}, "Invalid (HTTP 400): no"},
		"400 as a message":      {jiratest.Fault{Status: 400, Body: `{"message":"no"}`}, "Invalid (HTTP 400): no"},
		"400 as Jira's REST API": {
			jiratest.Fault{Status: 400, Body: `{"errorMessages":["no"]}`}, "Invalid (HTTP 400): no",
		},
		"400 as a page":                 {jiratest.Fault{Status: 400, Body: `<html>no</html>`}, "Invalid (HTTP 400)"},
		"401 to any token":              {jiratest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}, "Unauthorized (HTTP 401): Unauthorized"},
		"403":                           {jiratest.Fault{Status: 403}, "Forbidden (HTTP 403)"},
		"404":                           {jiratest.Fault{Status: 404}, "NotFound (HTTP 404)"},
		"413":                           {jiratest.Fault{Status: 413}, "TooLarge (HTTP 413)"},
		"429 with seconds":              {jiratest.Fault{Status: 429, Header: header("Retry-After", "17")}, "Throttled (HTTP 429), retry after 17s"},
		"429 with a date":               {jiratest.Fault{Status: 429, Header: header("Date", date, "Retry-After", "Sun, 01 Mar 2026 12:01:30 GMT")}, "Throttled (HTTP 429), retry after 1m30s"},
		"429 with a reset":              {jiratest.Fault{Status: 429, Header: header("Date", date, "X-RateLimit-Reset", "2026-03-01T12:00:20Z")}, "Throttled (HTTP 429), retry after 20s"},
		"429 with an epoch":             {jiratest.Fault{Status: 429, Header: header("Date", date, "X-RateLimit-Reset", "1772366410")}, "Throttled (HTTP 429), retry after 10s"},
		"429 without a word":            {jiratest.Fault{Status: 429}, "Throttled (HTTP 429)"},
		"503 with seconds":              {jiratest.Fault{Status: 503, Header: header("Retry-After", "60")}, "Throttled (HTTP 503), retry after 1m0s"},
		"500":                           {jiratest.Fault{Status: 500, Body: `{"message":"oops"}`}, "Unavailable (HTTP 500): oops"},
		"502 as a page":                 {jiratest.Fault{Status: 502, Body: "<html>Bad gateway</html>"}, "Unavailable (HTTP 502)"},
		"504":                           {jiratest.Fault{Status: 504}, "Unavailable (HTTP 504)"},
		"409, which means nothing here": {jiratest.Fault{Status: 409}, "Unavailable (HTTP 409)"},
		"201, which is not an answer of this API": {jiratest.Fault{Status: 201, Body: "{}"}, "Unavailable (HTTP 201)"},
		"301":                       {jiratest.Fault{Status: 301, Header: header("Location", "https://elsewhere.test/")}, "Redirected (HTTP 301)"},
		"302":                       {jiratest.Fault{Status: 302, Header: header("Location", "https://elsewhere.test/")}, "Redirected (HTTP 302)"},
		"307":                       {jiratest.Fault{Status: 307, Header: header("Location", "https://elsewhere.test/")}, "Redirected (HTTP 307)"},
		"302 to nowhere":            {jiratest.Fault{Status: 302}, "Redirected (HTTP 302)"},
		"broken JSON":               {jiratest.Fault{BrokenJSON: true}, "Unavailable (HTTP 202): cannot read answer: unexpected end of JSON input"},
		"JSON of another kind":      {jiratest.Fault{Status: 202, Body: `[]`}, "Unavailable (HTTP 202): cannot read answer: json: cannot unmarshal array"},
		"an empty success":          {jiratest.Fault{Status: 202}, "Unavailable (HTTP 202): cannot read answer: unexpected end of JSON input"},
		"a success as a page":       {jiratest.Fault{Status: 200, Body: "<html>Log in</html>"}, "Unavailable (HTTP 200): cannot read answer: invalid character"},
		"a success that breaks off": {jiratest.Fault{CutBody: true}, "Unavailable: read answer: unexpected EOF"},
		"an error that breaks off keeps its status": {jiratest.Fault{Status: 403, Body: `{"message":"no"}`, CutBody: true}, "Forbidden (HTTP 403)"},
		"a reset":                     {jiratest.Fault{Reset: true}, "Unavailable: read tcp"},
		"a reset after it was stored": {jiratest.Fault{ResetAfterStore: true}, "Unavailable: read tcp"},
		"a success without end":       {jiratest.Fault{Status: 202, Body: strings.Repeat(" ", 9<<20)}, "Unavailable: read answer: it is longer than 1048576 bytes"},
		"an error without end":        {jiratest.Fault{Status: 400, Body: `[{"message":"` + strings.Repeat("x", 1<<20) + `"}]`}, "Invalid (HTTP 400)"},
		"a long message":              {jiratest.Fault{Status: 400, Body: `[{"message":"` + strings.Repeat("é", 1000) + `"}]`}, "Invalid (HTTP 400): éé"},
		"several lines":               {jiratest.Fault{Status: 400, Body: `[{"message":"one\r\n\ttwo\u0000three"}]`}, "Invalid (HTTP 400): one two three"},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			tc.fault.Match = jiratest.Bulk
			site.Inject(tc.fault)
			err := submit(t, newClient(t, configOf(t, site)))
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			got := asError(t, err).Error()
			if want := "submit deployments at " + site.Host() + ": " + tc.want; !strings.HasPrefix(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if len(got) > 512 || strings.ContainsAny(got, "\r\n") {
				t.Errorf("got %d bytes, want one line of at most 512: %q", len(got), got)
			}
		})
	}
}

func TestAResetAfterStoringLeavesTheDeploymentInJira(t *testing.T) {
	site := startSite(t)
	site.Inject(jiratest.Fault{Match: jiratest.Bulk, ResetAfterStore: true, Times: 1})
	client := newClient(t, configOf(t, site))
	if got := jira.KindOf(submit(t, client)); got != jira.Unavailable {
		t.Fatalf("got kind %s, want Unavailable", got)
	}
	if got := len(site.Deployments()); got != 1 {
		t.Errorf("Jira has %d deployments, want 1", got)
	}
	if err := submit(t, client); err != nil {
		t.Errorf("got %v when sending it again, want none", err)
	}
	if got := len(site.Updates(makeDeployment(1, 1, "").Key())); got != 1 {
		t.Errorf("Jira took %d updates, want 1: the same number is dropped", got)
	}
}

func TestASlowAnswerEndsWithTheTimeout(t *testing.T) {
	for name, at := range map[string]jiratest.Endpoint{
		"of the token endpoint": jiratest.Token, "of the site": jiratest.TenantInfo, "of the API": jiratest.Bulk,
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.Inject(jiratest.Fault{Match: at, Delay: time.Minute})
			cfg := configOf(t, site)
			cfg.Timeout = 50 * time.Millisecond
			err := submit(t, newClient(t, cfg))
			if jira.KindOf(err) != jira.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want Unavailable because of the time-out", err)
			}
		})
	}
}

func TestACallerThatGivesUpIsRecognised(t *testing.T) {
	for name, tc := range map[string]struct {
		at   jiratest.Endpoint
		end  func(*testing.T) context.Context
		want error
	}{
		"before anything is sent": {jiratest.Any, canceled, context.Canceled},
		"while it gets a token":   {jiratest.Token, soon, context.DeadlineExceeded},
		"while it asks the site":  {jiratest.TenantInfo, soon, context.DeadlineExceeded},
		"while it submits":        {jiratest.Bulk, soon, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.Inject(jiratest.Fault{Match: tc.at, Delay: time.Minute})
			client := newClient(t, configOf(t, site))
			_, err := client.SubmitDeployments(tc.end(t), submissionOf(makeDeployment(1, 1, "pending")))
			if !errors.Is(err, tc.want) || jira.KindOf(err) != jira.Unavailable {
				t.Errorf("got %v, want an Unavailable that is %v", err, tc.want)
			}
		})
	}
}

func TestACancelledCallerIsRecognisedInTheMiddleOfARequest(t *testing.T) {
	for name, at := range map[string]jiratest.Endpoint{"token": jiratest.Token, "site": jiratest.TenantInfo, "bulk": jiratest.Bulk} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			cfg := configOf(t, site)
			ctx, cancel := context.WithCancel(t.Context())
			next := cfg.Transport
			cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, map[jiratest.Endpoint]string{
					jiratest.Token: "/token", jiratest.TenantInfo: "/tenant_info", jiratest.Bulk: "/bulk",
				}[at]) {
					cancel()
				}
				return next.RoundTrip(r)
			})
			_, err := newClient(t, cfg).SubmitDeployments(ctx, submissionOf(makeDeployment(1, 1, "pending")))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want one that is context.Canceled", err)
			}
		})
	}
}

func TestACancelledCallerIsRecognisedWhileTheTokenIsRead(t *testing.T) {
	site := startSite(t)
	cfg := configOf(t, site)
	ctx, cancel := context.WithCancel(t.Context())
	next := cfg.Transport
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err == nil && r.URL.Path == "/oauth/token" {
			res.Body = cancelledBody{res.Body, cancel}
		}
		return res, err
	})
	_, err := newClient(t, cfg).SubmitDeployments(ctx, submissionOf(makeDeployment(1, 1, "pending")))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want one that is context.Canceled", err)
	}
}

// cancelledBody breaks off at the first read, because the caller gives up just then.
type cancelledBody struct {
	io.Closer
	cancel func()
}

func (b cancelledBody) Read([]byte) (int, error) {
	b.cancel()
	return 0, context.Canceled
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func soon(t *testing.T) context.Context { return withTimeout(t, 30*time.Millisecond) }

func TestKindsHaveNames(t *testing.T) {
	got := []string{}
	for kind := jira.Unknown; kind <= jira.Unavailable+1; kind++ {
		got = append(got, kind.String())
	}
	want := []string{
		"Unknown", "Unauthorized", "ScopeMissing", "Forbidden", "AddressNotAllowed", "Blocked", "NotFound", "Invalid", "TooLarge",
		"Throttled", "Redirected", "Unavailable", "ErrorKind(12)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestTheKindOfAnotherErrorIsUnknown(t *testing.T) {
	for _, err := range []error{nil, errors.New("disk full"), context.Canceled} {
		if got := jira.KindOf(err); got != jira.Unknown {
			t.Errorf("KindOf(%v) = %s, want Unknown", err, got)
		}
	}
}
