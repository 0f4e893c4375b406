// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

const tenantPath = "GET /_edge/tenant_info 200"

func TestTheCloudIDIsLookedUpOnce(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	for range 2 {
		if err := submit(t, client); err != nil {
			t.Fatal(err)
		}
	}
	id, err := client.CloudID(t.Context())
	if err != nil || id != site.CloudID() {
		t.Errorf("CloudID() = %q, %v; want %q", id, err, site.CloudID())
	}
	if got := count(paths(site), tenantPath); got != 1 {
		t.Errorf("looked it up %d times, want once", got)
	}
}

func TestAConfiguredCloudIDIsNotLookedUp(t *testing.T) {
	site := startSite(t)
	cfg := configOf(t, site)
	cfg.CloudID = site.CloudID()
	client := newClient(t, cfg)
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := count(paths(site), tenantPath); got != 0 {
		t.Errorf("looked it up %d times, want never", got)
	}
}

func TestACloudIDThatTheAPIDoesNotKnowIsLookedUpAnew(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	site.SetCloudID("another-site")
	if got := jira.KindOf(submit(t, client)); got != jira.NotFound {
		t.Fatalf("got kind %s for the old id, want NotFound", got)
	}
	if err := submit(t, client); err != nil {
		t.Errorf("got %v with the new id, want none", err)
	}
	if got := count(paths(site), tenantPath); got != 2 {
		t.Errorf("looked it up %d times, want twice", got)
	}
}

func TestAnswersOfTheSite(t *testing.T) {
	type outcome struct {
		Kind     jira.ErrorKind
		Wait     time.Duration
		Messages []string
	}
	for name, tc := range map[string]struct {
		fault jiratest.Fault
		want  outcome
	}{
		"a renamed site redirects": {
			jiratest.Fault{Status: 302, Header: http.Header{"Location": {"https://acme-2.test/_edge/tenant_info"}}},
			outcome{jira.NotFound, 0, []string{"{host} redirects elsewhere: was the site renamed?"}},
		},
		"a redirect to nowhere": {
			jiratest.Fault{Status: 307}, outcome{jira.NotFound, 0, []string{"{host} redirects elsewhere: was the site renamed?"}},
		},
		"there is no such site": {jiratest.Fault{Status: 404}, outcome{jira.NotFound, 0, []string{"there is no Jira site at {host}"}}},
		"a suspended site": {
			jiratest.Fault{Status: 503, Header: http.Header{"Retry-After": {"120"}}},
			outcome{jira.Unavailable, 2 * time.Minute, []string{"{host} is suspended, or down for a moment"}},
		},
		"too many requests": {
			jiratest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3"}}}, outcome{jira.Throttled, 3 * time.Second, nil},
		},
		"a refusal says nothing about the credential": {jiratest.Fault{Status: 403}, outcome{jira.Unavailable, 0, nil}},
		"a server error":         {jiratest.Fault{Status: 500}, outcome{jira.Unavailable, 0, nil}},
		"broken JSON":            {jiratest.Fault{BrokenJSON: true}, outcome{jira.Unavailable, 0, []string{"the answer holds no cloud id"}}},
		"an empty id":            {jiratest.Fault{Status: 200, Body: `{}`}, outcome{jira.Unavailable, 0, []string{"the answer holds no cloud id"}}},
		"an id that is a path":   {jiratest.Fault{Status: 200, Body: `{"cloudId":"a/../b"}`}, outcome{jira.Unavailable, 0, []string{"the answer holds no cloud id"}}},
		"a body that breaks off": {jiratest.Fault{CutBody: true}, outcome{jira.Unavailable, 0, []string{"read answer: unexpected EOF"}}},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			tc.fault.Match, tc.fault.Times = jiratest.TenantInfo, 1
			site.Inject(tc.fault)
			client := newClient(t, configOf(t, site))
			err := asError(t, submit(t, client))
			if err.Op != "look up cloud id" || err.Host != site.Host() {
				t.Errorf("got op %q at %q, want the lookup at %q", err.Op, err.Host, site.Host())
			}
			for i, message := range tc.want.Messages {
				tc.want.Messages[i] = replaceHost(message, site.Host())
			}
			if diff := cmp.Diff(tc.want, outcome{err.Kind, err.RetryAfter, err.Messages}); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if err := submit(t, client); err != nil {
				t.Errorf("got %v once the site was well, want none", err)
			}
		})
	}
}

func TestAProbeLearnsTheCloudIDOfASiteThatMoved(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	site.SetCloudID("another-site")
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := submit(t, client); err != nil {
		t.Errorf("got %v after a probe, want the submission to use the new id", err)
	}
	if id, err := client.CloudID(t.Context()); err != nil || id != "another-site" {
		t.Errorf("CloudID() = %q, %v; want the new one", id, err)
	}
}

func TestAProbeLeavesTheKnownCloudIDAloneWhereTheSiteFails(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	site.Inject(jiratest.Fault{Match: jiratest.TenantInfo, Status: 500})
	if got := jira.KindOf(client.Probe(t.Context())); got != jira.Unavailable {
		t.Errorf("got kind %s from the probe, want Unavailable", got)
	}
	if err := submit(t, client); err != nil {
		t.Errorf("got %v, want the submission to go on with the id that is known", err)
	}
}
