// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const echoedToken = "eyJhbGciOi.echoed+token/with=signs"

// indiscreet is a server that sends back what it was told, at one of its paths.
type indiscreet struct {
	at    string // path suffix
	write func(w http.ResponseWriter, told string)
}

func (s indiscreet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told := strings.Join([]string{
		clientSecret, echoedToken, url.QueryEscape(clientSecret), r.Header.Get("Authorization"), string(body),
	}, " | ")
	switch {
	case strings.HasSuffix(r.URL.Path, s.at):
		s.write(w, told)
	case r.URL.Path == "/oauth/token":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": echoedToken, "expires_in": 3600, "token_type": "Bearer"})
	case strings.HasSuffix(r.URL.Path, "/tenant_info"):
		_, _ = io.WriteString(w, `{"cloudId":"a"}`)
	}
}

// encode makes JSON of told in the place of the only %s.
func encode(status int, format string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, told string) {
		text, err := json.Marshal(told)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, format, text)
	}
}

// garbage answers with something that is not HTTP, which net/http quotes in its error.
func garbage(w http.ResponseWriter, told string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(conn, told+"\r\n\r\n")
	_ = conn.Close()
}

func redirect(w http.ResponseWriter, told string) {
	w.Header().Set("Location", "https://"+echoedToken+"/?"+url.QueryEscape(told))
	w.WriteHeader(http.StatusFound)
}

func plain(status int) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, told string) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, told)
	}
}

func TestNoErrorShowsASecretThatTheOtherSideSendsBack(t *testing.T) {
	ways := map[string]func(http.ResponseWriter, string){
		"an array of messages":               encode(400, `[{"message":%s}]`),
		"a message":                          encode(401, `{"message":%s}`),
		"errors":                             encode(403, `{"errors":[{"message":%s}]}`),
		"a server error":                     encode(500, `{"errorMessages":[%s]}`),
		"an OAuth error":                     encode(400, `{"error":%s}`),
		"an OAuth description":               encode(401, `{"error":"invalid_client","error_description":%s}`),
		"an OAuth error with a 200":          encode(200, `{"error":%s}`),
		"an id":                              encode(200, `{"cloudId":%s}`),
		"a string where a list was expected": encode(202, `{"acceptedDeployments":%s}`),
		"a number that is none":              encode(202, `{"acceptedDeployments":[{"deploymentSequenceNumber":%s}]}`),
		"a wrong expiry":                     encode(200, `{"access_token":"x","expires_in":%s}`),
		"a redirect":                         redirect,
		"plain text":                         plain(500),
		"plain text as a success":            plain(200),
		"something that is not HTTP":         garbage,
	}
	for _, at := range []string{"/oauth/token", "/tenant_info", "/bulk"} {
		for name, write := range ways {
			t.Run(name+" from "+at, func(t *testing.T) {
				client := indiscreetClient(t, indiscreet{at, write})
				result, err := client.SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "pending")))
				if err == nil { // a field that means something at another path alone
					refuseSecrets(t, fmt.Sprintf("%+v", result))
					return
				}
				var typed *jira.Error
				if !errors.As(err, &typed) {
					t.Fatalf("got %T, want *jira.Error", err)
				}
				refuseSecrets(t, fmt.Sprintf("%v %+v %#v %q %v", err, err, err, typed.Messages, errors.Unwrap(err)))
			})
		}
	}
}

func TestNoResultShowsASecretThatTheOtherSideSendsBack(t *testing.T) {
	client := indiscreetClient(t, indiscreet{"/bulk", func(w http.ResponseWriter, told string) {
		encode(202, `{"rejectedDeployments":[{"key":{},"errors":[{"message":%[1]s}]}],"unknownIssueKeys":[%[1]s],
			"unknownAssociations":[{"associationType":"issueIdOrKeys","values":[%[1]s,{"commitHash":%[1]s}]}]}`)(w, told)
	}})
	result, err := client.SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "pending")))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Rejected) != 1 || len(result.UnknownIssueKeys) != 1 || len(result.UnknownAssociations[0].Values) != 2 {
		t.Fatalf("got %+v, want one of each", result)
	}
	refuseSecrets(t, fmt.Sprintf("%+v", *result))
}

func indiscreetClient(t *testing.T, server indiscreet) *jira.Client {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return newClient(t, jira.Config{
		Host: listener.Listener.Addr().String(), APIURL: listener.URL, ClientID: clientID, ClientSecret: clientSecret,
	})
}

func refuseSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{clientSecret, url.QueryEscape(clientSecret), echoedToken, "s3cr3t", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}
