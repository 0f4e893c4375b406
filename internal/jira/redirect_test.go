// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestARedirectIsNeverFollowed(t *testing.T) {
	for name, tc := range map[string]struct {
		at       jiratest.Endpoint
		wantKind jira.ErrorKind
	}{
		"of the token endpoint": {jiratest.Token, jira.Redirected},
		"of the site":           {jiratest.TenantInfo, jira.NotFound},
		"of the API":            {jiratest.Bulk, jira.Redirected},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(http.StatusText(status)+" "+name, func(t *testing.T) {
				var visits atomic.Int32
				elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
				defer elsewhere.Close()
				site := startSite(t)
				site.Inject(jiratest.Fault{Match: tc.at, Status: status, Header: http.Header{"Location": {elsewhere.URL}}})

				err := submit(t, newClient(t, configOf(t, site)))
				if got := jira.KindOf(err); got != tc.wantKind {
					t.Errorf("got %v, want kind %s", err, tc.wantKind)
				}
				if got := visits.Load(); got != 0 {
					t.Errorf("the target was visited %d times, want never", got)
				}
			})
		}
	}
}
