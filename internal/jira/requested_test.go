// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestEveryRequestIsTold(t *testing.T) {
	site := startSite(t)
	var told []string
	config := configOf(t, site)
	config.Requested = func(api, code string) { told = append(told, api+" "+code) }
	client := newClient(t, config)
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 503, Times: 1})
	_ = submit(t, client)
	if err := client.ProbeBuilds(t.Context()); err != nil {
		t.Fatal(err)
	}
	site.Close()
	_ = client.Probe(t.Context())
	want := []string{"cloudid 200", "token 200", "deployments 404", "deployments 503", "builds 400", "cloudid error"}
	if diff := cmp.Diff(want, slices.Compact(told)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
