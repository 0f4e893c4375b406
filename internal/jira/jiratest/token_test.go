// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestATokenIsGivenToWhoKnowsTheSecret(t *testing.T) {
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	good := tokenForm("id", "secret")
	without := func(name, value string) string {
		f := tokenForm("id", "secret")
		f.Set(name, value)
		return f.Encode()
	}
	for name, tc := range map[string]struct {
		contentType, body string
		wantStatus        int
		wantError         string
	}{
		"a form":            {form, good.Encode(), 200, ""},
		"JSON":              {asJSON, `{"grant_type":"client_credentials","client_id":"id","client_secret":"secret","audience":"api.atlassian.com"}`, 200, ""},
		"broken JSON":       {asJSON, `{`, 400, "invalid_request"},
		"a broken form":     {form, `%zz`, 400, "invalid_request"},
		"no content type":   {"", good.Encode(), 400, "invalid_request"},
		"a wrong secret":    {form, without("client_secret", "guess"), 401, "access_denied"},
		"an unknown client": {form, without("client_id", "nobody"), 401, "access_denied"},
		"another grant":     {form, without("grant_type", "password"), 400, "unsupported_grant_type"},
		"another audience":  {form, without("audience", "example.test"), 403, "access_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			status, body := c.getToken(tc.contentType, tc.body)
			var answer struct {
				Error     string `json:"error"`
				ExpiresIn int    `json:"expires_in"`
				TokenType string `json:"token_type"`
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatal(err)
			}
			if status != tc.wantStatus || answer.Error != tc.wantError {
				t.Errorf("got %d %q, want %d %q", status, answer.Error, tc.wantStatus, tc.wantError)
			}
			if status == 200 && (answer.ExpiresIn != 900 || answer.TokenType != "Bearer") {
				t.Errorf("got a %s token for %d s, want a Bearer for 900", answer.TokenType, answer.ExpiresIn)
			}
		})
	}
}

func TestWhoIsLetIn(t *testing.T) {
	var clock clock
	bulk := encode(t, item{"deployments": []item{deployment()}})
	for name, tc := range map[string]struct {
		happens func(*caller)
		want    int
	}{
		"a good token":                   {func(*caller) {}, 202},
		"no token":                       {func(c *caller) { c.token = "" }, 401},
		"a token of nobody's":            {func(c *caller) { c.token = "jt-guess" }, 401},
		"a token just before its end":    {func(*caller) { clock.advance(time.Minute - 1) }, 202},
		"a token at its end":             {func(*caller) { clock.advance(time.Minute) }, 401},
		"all tokens ended":               {func(c *caller) { c.site.ExpireTokens() }, 401},
		"the secret was rotated":         {func(c *caller) { c.site.RotateCredential("id", "new") }, 401},
		"the new secret":                 {func(c *caller) { c.site.RotateCredential("id", "new"); *c = c.as("id", "new") }, 202},
		"another was rotated":            {func(c *caller) { c.site.AddCredential("x", "y"); c.site.RotateCredential("x", "z") }, 202},
		"nobody's was rotated":           {func(c *caller) { c.site.RotateCredential("nobody", "new") }, 202},
		"the credential was revoked":     {func(c *caller) { c.site.RevokeCredential("id") }, 401},
		"the permission was taken":       {func(c *caller) { c.site.SetPermissions("id", jiratest.Builds, jiratest.Read) }, 403},
		"all permissions were taken":     {func(c *caller) { c.site.SetPermissions("id") }, 403},
		"nobody's were taken":            {func(c *caller) { c.site.SetPermissions("nobody") }, 202},
		"a credential for deployments":   {func(c *caller) { c.site.AddCredential("x", "y", jiratest.Deployments); *c = c.as("x", "y") }, 202},
		"a credential that writes alone": {func(c *caller) { c.site.AddCredential("x", "y", jiratest.WriteDeployments); *c = c.as("x", "y") }, 202},
		"a credential for builds":        {func(c *caller) { c.site.AddCredential("x", "y", jiratest.Builds); *c = c.as("x", "y") }, 403},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, jiratest.WithClock(clock.now), jiratest.WithTokenLifetime(time.Minute))
			tc.happens(&c)
			if status, body := c.call(http.MethodPost, "/bulk", bulk); status != tc.want {
				t.Errorf("got %d %s, want %d", status, body, tc.want)
			}
		})
	}
}

func TestACredentialThatWritesAloneMayNotRead(t *testing.T) {
	c := start(t)
	c.site.SetPermissions("id", jiratest.WriteDeployments)
	c.submit(deployment())
	var got []int
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		status, _ := c.call(method, onePath, "")
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{401, 401}, got); diff != "" {
		t.Errorf("statuses of reading and deleting (-want +got):\n%s", diff)
	}
}

func TestATokenIsForOneAudience(t *testing.T) {
	site, err := jiratest.Start(jiratest.WithAudience("api.gov.test"))
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	site.AddCredential("id", "secret")
	c := caller{t: t, site: site}
	for audience, want := range map[string]int{"api.gov.test": 200, "api.atlassian.com": 403} {
		form := tokenForm("id", "secret")
		form.Set("audience", audience)
		if got, body := c.getToken("application/x-www-form-urlencoded", form.Encode()); got != want {
			t.Errorf("got %d %s for %s, want %d", got, body, audience, want)
		}
	}
}

func TestTheSiteTellsItsCloudID(t *testing.T) {
	c := start(t, jiratest.WithCloudID("acme-cloud"))
	tenant := func() string {
		status, body := c.send(http.MethodGet, c.site.URL()+"/_edge/tenant_info", "", "")
		if status != http.StatusOK {
			t.Errorf("got %d, want 200", status)
		}
		return body
	}
	if got := tenant(); got != `{"cloudId":"acme-cloud"}` {
		t.Errorf("got %s", got)
	}
	old := c.site.URL() + "/jira/deployments/0.1/cloud/acme-cloud" + onePath
	c.submit(deployment())
	c.site.SetCloudID("new")
	if got := tenant(); got != `{"cloudId":"new"}` {
		t.Errorf("got %s", got)
	}
	if status, body := c.send(http.MethodGet, old, "", ""); status != 404 {
		t.Errorf("got %d %s for the old id, want 404", status, body)
	}
}

func TestEverySiteHasAnIDOfItsOwn(t *testing.T) {
	one, other := start(t).site.CloudID(), start(t).site.CloudID()
	if len(one) != 36 || one == other {
		t.Errorf("got %q and %q, want two ids of 36 characters", one, other)
	}
}

func TestTheGatingStatusIsAskedForMoreThanOnce(t *testing.T) {
	c := start(t)
	gated := deployment().set("state", "pending").set("commands", []item{{"command": "initiate_deployment_gating"}})
	c.submit(gated, deployment().set("environment.id", "open"))
	ask := func(path string) string {
		status, body := c.call(http.MethodGet, path+"/gating-status", "")
		if status != 200 {
			return http.StatusText(status)
		}
		var answer struct {
			GatingStatus string `json:"gatingStatus"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.GatingStatus
	}
	got := []string{ask(onePath), ask(onePath)}
	c.site.SetGatingStatus(key, "prevented")
	got = append(got, ask(onePath), ask("/pipelines/eu-1%2Fshop%2Fweb/environments/open/deployments/1"), ask("/pipelines/p/environments/e/deployments/x"))
	c.site.SetPermissions("id", jiratest.Deployments)
	got = append(got, ask(onePath))
	want := []string{"Not Found", "awaiting", "prevented", "Not Found", "Bad Request", "Unauthorized"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
