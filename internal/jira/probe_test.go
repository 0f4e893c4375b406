// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestAProbeFindsWhatWouldKeepASubmissionFromWorking(t *testing.T) {
	for name, tc := range map[string]struct {
		breaks func(*jiratest.Server)
		want   jira.ErrorKind
	}{
		"nothing": {func(*jiratest.Server) {}, jira.Unknown},
		"a deployment is there after all": {
			func(s *jiratest.Server) { s.Inject(jiratest.Fault{Match: jiratest.Get, Status: 200, Body: "{}"}) }, jira.Unknown,
		},
		"a wrong secret":                 {func(s *jiratest.Server) { s.RotateCredential(clientID, "another") }, jira.Unauthorized},
		"a missing permission":           {func(s *jiratest.Server) { s.SetPermissions(clientID, jiratest.Builds, jiratest.Read) }, jira.Forbidden},
		"a credential that writes alone": {func(s *jiratest.Server) { s.SetPermissions(clientID, jiratest.WriteDeployments) }, jira.Unknown},
		"a scope that is missing":        {inject(jiratest.ScopeMissing(), jiratest.Get, jiratest.Bulk), jira.ScopeMissing},
		"a read that is forbidden":       {inject(jiratest.PermissionMissing(), jiratest.Get), jira.Unknown},
		"a write that is taken, though it is empty": {
			func(s *jiratest.Server) {
				inject(jiratest.ScopeMissing(), jiratest.Get)(s)
				inject(jiratest.Fault{Status: 202, Body: "{}"}, jiratest.Bulk)(s)
			}, jira.Unknown,
		},
		"a write that a proxy refuses": {
			func(s *jiratest.Server) {
				inject(jiratest.ScopeMissing(), jiratest.Get)(s)
				page := jiratest.Pages("no")["a title"]
				page.Status = 400
				inject(page, jiratest.Bulk)(s)
			}, jira.Invalid,
		},
		"a proxy that lets nothing through": {inject(jiratest.BlockedByProxy(), jiratest.Get), jira.Blocked},
		"an IP allowlist":                   {inject(jiratest.AddressNotAllowed(), jiratest.Get), jira.AddressNotAllowed},
		"a site that was renamed":           {func(s *jiratest.Server) { s.Inject(jiratest.Fault{Match: jiratest.TenantInfo, Status: 302}) }, jira.NotFound},
		"a site that is not there":          {func(s *jiratest.Server) { s.Inject(jiratest.Fault{Match: jiratest.TenantInfo, Status: 404}) }, jira.NotFound},
		"an API that is throttled":          {func(s *jiratest.Server) { s.Inject(jiratest.Fault{Match: jiratest.Get, Status: 429}) }, jira.Throttled},
	} {
		t.Run(name, func(t *testing.T) {
			site := startSite(t)
			tc.breaks(site)
			if err := newClient(t, configOf(t, site)).Probe(t.Context()); jira.KindOf(err) != tc.want || (err == nil) != (tc.want == jira.Unknown) {
				t.Errorf("got %v, want kind %s", err, tc.want)
			}
		})
	}
}

// The read says nothing of the right to write: after a submission that was forbidden, the probe asks for that.
func TestAProbeAsksForTheRightToWriteWhereASubmissionWasForbidden(t *testing.T) {
	const (
		read       = "GET /{cloudId}/pipelines/rollcall-probe/environments/rollcall-probe/deployments/1 404"
		mayWrite   = "POST /{cloudId}/bulk 400"
		mayNotDoIt = "POST /{cloudId}/bulk 403"
	)
	site := startSite(t)
	cfg := configOf(t, site)
	cfg.CloudID = site.CloudID()
	client := newClient(t, cfg)
	probe := func(want jira.ErrorKind, requests ...string) {
		t.Helper()
		before := len(site.Requests())
		if got := jira.KindOf(client.Probe(t.Context())); got != want {
			t.Errorf("got kind %s, want %s", got, want)
		}
		if diff := cmp.Diff(requests, paths(site)[before:]); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	}
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	probe(jira.Unknown, read)
	inject(jiratest.PermissionMissing(), jiratest.Bulk)(site)
	if got := jira.KindOf(submit(t, client)); got != jira.Forbidden {
		t.Errorf("got kind %s, want Forbidden", got)
	}
	probe(jira.Forbidden, read, mayNotDoIt)
	site.ClearFaults()
	probe(jira.Unknown, read, mayWrite)
	if err := submit(t, client); err != nil {
		t.Fatal(err)
	}
	probe(jira.Unknown, read)
}

func inject(fault jiratest.Fault, endpoints ...jiratest.Endpoint) func(*jiratest.Server) {
	return func(s *jiratest.Server) {
		for _, at := range endpoints {
			fault.Match = at
			s.Inject(fault)
		}
	}
}
