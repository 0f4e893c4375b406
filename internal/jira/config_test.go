// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestNewChecksItsConfiguration(t *testing.T) {
	for name, tc := range map[string]struct {
		change    func(*jira.Config)
		wantError string // empty: it is accepted
	}{
		"a host is enough beside the credential":    {func(*jira.Config) {}, ""},
		"a host may have a port":                    {func(c *jira.Config) { c.Host = "jira.test:8443" }, ""},
		"a host may be an IPv6 address":             {func(c *jira.Config) { c.Host = "[::1]:8443" }, ""},
		"http is accepted on 127.0.0.1":             {func(c *jira.Config) { c.APIURL = "http://127.0.0.1:8080" }, ""},
		"http is accepted on localhost":             {func(c *jira.Config) { c.APIURL = "http://localhost:8080/" }, ""},
		"http is accepted on ::1":                   {func(c *jira.Config) { c.APIURL = "http://[::1]:8080" }, ""},
		"an API URL may have a path":                {func(c *jira.Config) { c.APIURL = "https://gateway.test/atlassian/" }, ""},
		"white space around a secret is harmless":   {func(c *jira.Config) { c.ClientSecret = " x\n" }, ""},
		"an empty host is refused":                  {func(c *jira.Config) { c.Host = "" }, "host must be a host name"},
		"a URL is not a host":                       {func(c *jira.Config) { c.Host = "https://acme.test" }, "host must be a host name"},
		"a host has no path":                        {func(c *jira.Config) { c.Host = "acme.test/jira" }, "host must be a host name"},
		"a host has no user":                        {func(c *jira.Config) { c.Host = "user@acme.test" }, "host must be a host name"},
		"a host has no query":                       {func(c *jira.Config) { c.Host = "acme.test?x" }, "host must be a host name"},
		"a host does not end in a colon":            {func(c *jira.Config) { c.Host = "acme.test:" }, "host must be a host name"},
		"a port alone is not a host":                {func(c *jira.Config) { c.Host = ":443" }, "host must be a host name"},
		"a host has no white space":                 {func(c *jira.Config) { c.Host = "acme .test" }, "host must be a host name"},
		"http is refused elsewhere":                 {func(c *jira.Config) { c.APIURL = "http://api.test" }, "must be https"},
		"other schemes are refused":                 {func(c *jira.Config) { c.APIURL = "ftp://127.0.0.1" }, "must be https"},
		"a relative API URL is refused":             {func(c *jira.Config) { c.APIURL = "api.test" }, "must be an absolute URL"},
		"a query in the API URL is refused":         {func(c *jira.Config) { c.APIURL = "https://api.test?a=b" }, "query or a fragment"},
		"a password in the API URL is refused":      {func(c *jira.Config) { c.APIURL = "https://u:hunter2@api.test" }, "user or a password"},
		"an API URL that does not parse is refused": {func(c *jira.Config) { c.APIURL = "https://" + clientSecret + "%zz" }, "must be an absolute URL"},
		"a token URL may be elsewhere":              {func(c *jira.Config) { c.TokenURL = "https://auth.test/oauth/token" }, ""},
		"http to the token URL is for loopback":     {func(c *jira.Config) { c.TokenURL = "http://127.0.0.1:8080/oauth/token" }, ""},
		"http to a token URL is refused elsewhere":  {func(c *jira.Config) { c.TokenURL = "http://auth.test/oauth/token" }, "token URL must be https"},
		"a password in the token URL is refused":    {func(c *jira.Config) { c.TokenURL = "https://u:hunter2@auth.test" }, "token URL must not carry a user"},
		"an empty client id is refused":             {func(c *jira.Config) { c.ClientID = " " }, "client id must not be empty"},
		"an empty secret is refused":                {func(c *jira.Config) { c.ClientSecret = "\n" }, "client secret must not be empty"},
		"a cloud id is no path":                     {func(c *jira.Config) { c.CloudID = "../x" }, "cloud id must consist of"},
		"a negative time-out is refused":            {func(c *jira.Config) { c.Timeout = -time.Second }, "timeout must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := jira.Config{Host: "acme.test", ClientID: "id", ClientSecret: clientSecret}
			tc.change(&cfg)
			client, err := jira.New(cfg)
			switch {
			case tc.wantError == "" && (err != nil || client == nil):
				t.Errorf("got client %v, error %v; want a client", client, err)
			case tc.wantError != "" && (err == nil || !strings.Contains(err.Error(), tc.wantError)):
				t.Errorf("got error %v, want one about %q", err, tc.wantError)
			case err != nil && strings.Contains(err.Error(), clientSecret):
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestAConfigurationNeverPrintsItsSecret(t *testing.T) {
	cfg := jira.Config{
		Host: "acme.test", APIURL: "https://u:" + clientSecret + "@api.test", TokenURL: "https://u:" + clientSecret + "@auth.test",
		ClientID: "id", ClientSecret: clientSecret,
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		for form, value := range map[string]any{"value": cfg, "pointer": &cfg, "slice": []jira.Config{cfg}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, clientSecret) {
				t.Errorf("%s of a %s shows the secret: %s", verb, form, got)
			}
		}
	}
	if got := cfg.String(); !strings.Contains(got, `Host:"acme.test"`) || strings.Contains(got, clientSecret) {
		t.Errorf("String() = %s, want the host and no secret", got)
	}
	cfg.APIURL, cfg.TokenURL = "", ""
	encoded, err := json.Marshal(cfg)
	if err != nil || strings.Contains(string(encoded), "s3cr3t") {
		t.Errorf("JSON = %s, %v; want no secret", encoded, err)
	}
}

func TestAClientNeverPrintsItsSecret(t *testing.T) {
	site := startSite(t)
	client := newClient(t, configOf(t, site))
	if err := submit(t, client); err != nil { // now it holds a token, too
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		for form, value := range map[string]any{"pointer": client, "field": struct{ c *jira.Client }{client}, "value": *client} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "s3cr3t") || strings.Contains(got, "jt-") {
				t.Errorf("%s of a %s shows a secret: %s", verb, form, got)
			}
		}
	}
}
