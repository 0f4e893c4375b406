// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestLimitOfReadsWhatJiraSays(t *testing.T) {
	for name, tc := range map[string]struct {
		header map[string]string
		want   jira.Limit
	}{
		"nothing":                     {nil, jira.Limit{}},
		"a reason and a wait":         {map[string]string{"RateLimit-Reason": "jira-quota-tenant-based", "Retry-After": "17"}, jira.Limit{Reason: "jira-quota-tenant-based", RetryAfter: 17 * time.Second}},
		"a reason in capitals":        {map[string]string{"RateLimit-Reason": " Jira-Burst-Based "}, jira.Limit{Reason: "jira-burst-based"}},
		"a reason that is none":       {map[string]string{"RateLimit-Reason": "<b>no</b>", "Retry-After": "3"}, jira.Limit{RetryAfter: 3 * time.Second}},
		"a reason without end":        {map[string]string{"RateLimit-Reason": strings.Repeat("a", 65)}, jira.Limit{}},
		"a reason that is the secret": {map[string]string{"RateLimit-Reason": "s3cr3t-0f-the-limit"}, jira.Limit{}},
		"a wait of a year":            {map[string]string{"Retry-After": "31536000"}, jira.Limit{RetryAfter: time.Hour}},
		"a wait that is negative":     {map[string]string{"Retry-After": "-5"}, jira.Limit{}},
		"a wait beyond all numbers":   {map[string]string{"Retry-After": "99999999999999999999"}, jira.Limit{}},
		"a reset beyond all numbers":  {map[string]string{"X-RateLimit-Reset": "99999999999999999999"}, jira.Limit{}},
		"a reset in a million years":  {map[string]string{"X-RateLimit-Reset": "31000000000000000"}, jira.Limit{RetryAfter: time.Hour}},
		"a reset before all times":    {map[string]string{"X-RateLimit-Reset": "-9223372036854775808"}, jira.Limit{}},
		"a reset that is a word":      {map[string]string{"X-RateLimit-Reset": "soon"}, jira.Limit{}},
		"a reset in half a minute":    {map[string]string{"X-RateLimit-Reset": "2026-03-01T12:00:30Z"}, jira.Limit{RetryAfter: 30 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			server := startSite(t)
			server.AddCredential("limited", "s3cr3t-0f-the-limit", jiratest.Deployments)
			header := http.Header{"Date": {"Sun, 01 Mar 2026 12:00:00 GMT"}}
			for key, value := range tc.header {
				header.Set(key, value)
			}
			server.Inject(jiratest.Fault{Match: jiratest.Get, Status: 429, Header: header})
			client := newClient(t, jira.Config{Host: server.Host(), APIURL: server.URL(), ClientID: "limited", ClientSecret: "s3cr3t-0f-the-limit"})
			err := client.Probe(t.Context())
			got, limited := jira.LimitOf(err)
			if diff := cmp.Diff(tc.want, got); diff != "" || !limited {
				t.Errorf("LimitOf() = %v (-want +got):\n%s", limited, diff)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows the secret")
			}
			if got.Reason != "" && !strings.Contains(err.Error(), "limited by "+got.Reason) {
				t.Errorf("the error is %q, and does not name the reason", err)
			}
		})
	}
}

func TestLimitOfOtherErrors(t *testing.T) {
	for name, fault := range map[string]jiratest.Fault{
		"503":                {Match: jiratest.Get, Status: 503},
		"the token endpoint": {Match: jiratest.Token, Status: 429},
		"the cloud id":       {Match: jiratest.TenantInfo, Status: 429},
	} {
		t.Run(name, func(t *testing.T) {
			server := startSite(t)
			server.Inject(fault)
			server.AddCredential("limited", "secret", jiratest.Deployments)
			client := newClient(t, jira.Config{Host: server.Host(), APIURL: server.URL(), ClientID: "limited", ClientSecret: "secret"})
			err := client.Probe(t.Context())
			if _, limited := jira.LimitOf(err); limited || jira.KindOf(err) != jira.Throttled {
				t.Errorf("the limit of the API is told of %v", err)
			}
		})
	}
}

func TestWhoseLimitItIs(t *testing.T) {
	for reason, want := range map[string][3]bool{ // the credential's, that of a burst, an issue's
		"jira-quota-tenant-based": {true, false, false}, "jira-quota-global-based": {true, false, false}, "jira-burst-based": {true, true, false},
		"jira-per-issue-on-write": {false, false, true}, "unheard-of": {}, "": {},
	} {
		l := jira.Limit{Reason: reason}
		if got := [3]bool{l.OfCredential(), l.OfBurst(), l.OfIssue()}; got != want {
			t.Errorf("%q: %v, want %v", reason, got, want)
		}
	}
}
