// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestNotStoredIsWhatJiraItselfSays(t *testing.T) {
	page := jiratest.Pages("Not Found")["a title"]
	page.Status, page.Match = 404, jiratest.Get
	for name, tc := range map[string]struct {
		fault jiratest.Fault
		want  bool
	}{
		"Jira has nothing":                       {jiratest.Fault{Match: jiratest.Delete}, true},
		"a 404 without a word":                   {jiratest.Fault{Match: jiratest.Get, Status: 404}, true},
		"a gateway has nothing":                  {page, false},
		"the site's own host has nothing":        {jiratest.Fault{Match: jiratest.TenantInfo, Status: 404}, false},
		"Jira fails":                             {jiratest.Fault{Match: jiratest.Get, Status: 500}, false},
		"the credential lacks the permission":    {jiratest.Fault{Match: jiratest.Get, Status: 403, Body: "{}"}, false},
		"an answer that cannot be read":          {jiratest.Fault{Match: jiratest.Get, Status: 200, Body: "hello"}, false},
		"it is there, and there is no error":     {jiratest.Fault{Match: jiratest.Get, Status: 200, Body: "{}"}, false},
		"the connection breaks before an answer": {jiratest.Fault{Match: jiratest.Get, Reset: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			site.Inject(tc.fault)
			_, err := newClient(t, configOf(t, site)).GetDeployment(t.Context(), jira.DeploymentKey{PipelineID: "p", EnvironmentID: "e", DeploymentSequenceNumber: 1})
			if got := jira.NotStored(err); got != tc.want {
				t.Errorf("NotStored(%v) = %t, want %t", err, got, tc.want)
			}
		})
	}
}
