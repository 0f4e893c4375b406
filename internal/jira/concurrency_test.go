// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"sync"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestManyCallersShareOneTokenAndOneLookup(t *testing.T) {
	site := startSite(t, jiratest.WithTLS())
	client := newClient(t, configOf(t, site))
	submitFromMany(t, client, 1)
	got := paths(site)
	if tokens, lookups := count(got, tokenPath), count(got, tenantPath); tokens != 1 || lookups != 1 {
		t.Errorf("fetched %d tokens and looked up the site %d times, want once each", tokens, lookups)
	}
	site.ExpireTokens()
	submitFromMany(t, client, 2)
	// A caller may find the old token just before another drops it, and must not drop the new one.
	if tokens := count(paths(site), tokenPath); tokens != 2 {
		t.Errorf("fetched %d tokens in all, want 2", tokens)
	}
	if got := len(site.Deployments()); got != callers {
		t.Errorf("Jira has %d deployments, want %d", got, callers)
	}
}

const callers = 16

func submitFromMany(t *testing.T, client *jira.Client, update int64) {
	t.Helper()
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			result, err := client.SubmitDeployments(t.Context(), submissionOf(makeDeployment(int64(i), update, "successful")))
			if err != nil || len(result.Accepted) != 1 {
				t.Errorf("caller %d: got %v, %v; want it to be accepted", i, result, err)
			}
		})
	}
	group.Wait()
}

func TestACallerThatGivesUpDoesNotTakeTheTokenFromTheOthers(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			ctx := t.Context()
			if i%2 == 0 {
				ctx = canceled(t)
			}
			_, err := client.SubmitDeployments(ctx, submissionOf(makeDeployment(int64(i), 1, "successful")))
			if (err != nil) != (i%2 == 0) {
				t.Errorf("caller %d: got %v", i, err)
			}
		})
	}
	group.Wait()
	if got := len(site.Deployments()); got != callers/2 {
		t.Errorf("Jira has %d deployments, want %d", got, callers/2)
	}
}
