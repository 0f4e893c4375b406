// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// FuzzAnswers has the API, the token endpoint and the site answer with anything. Whatever it is, the error is bounded, on
// one line, and holds neither secret nor token.
func FuzzAnswers(f *testing.F) {
	seeds := []map[string]jiratest.Fault{
		jiratest.ErrorShapes("no"), jiratest.Pages("no"),
		jiratest.ErrorShapes("Authorization: Bearer " + echoedToken + ", client_secret=" + url.QueryEscape(clientSecret)),
		jiratest.Pages(clientSecret + " " + echoedToken),
		{"proxy": jiratest.BlockedByProxy(), "list": jiratest.AddressNotAllowed(), "scope": jiratest.ScopeMissing()},
	}
	for i, shapes := range seeds {
		for _, fault := range shapes {
			f.Add(uint16(400+i), fault.Header.Get("Content-Type"), fault.Header.Get("Server"), []byte(fault.Body))
		}
	}
	f.Fuzz(func(t *testing.T, status uint16, contentType, server string, body []byte) {
		for _, at := range []string{"/bulk", "/oauth/token", "/tenant_info"} {
			err := submitTo(t, anything{at, 200 + int(status)%400, contentType, server, string(body)})
			var typed *jira.Error
			if !errors.As(err, &typed) {
				continue // a success
			}
			for _, text := range append(typed.Messages, typed.Gateway, err.Error()) {
				checkText(t, text)
			}
			if len(typed.Messages) > 10 {
				t.Errorf("%d messages, want at most 10", len(typed.Messages))
			}
		}
	})
}

func submitTo(t *testing.T, transport http.RoundTripper) error {
	t.Helper()
	client := newClient(t, jira.Config{Host: "acme.test", ClientID: clientID, ClientSecret: clientSecret, Transport: transport})
	_, err := client.SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "pending")))
	return err
}

func checkText(t *testing.T, text string) {
	t.Helper()
	if len(text) > 512 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
		t.Errorf("%d bytes, want at most 512 that can be shown: %q", len(text), text)
	}
	for _, secret := range []string{clientSecret, url.QueryEscape(clientSecret), url.PathEscape(clientSecret), echoedToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %q", secret, text)
		}
	}
}

// anything answers with the same at one path, and as Jira does elsewhere.
type anything struct {
	at                        string
	status                    int
	contentType, server, body string
}

func (a anything) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := func(status int, contentType, body string) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {contentType}, "Server": {a.server}}, Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
	switch {
	case strings.HasSuffix(r.URL.Path, a.at):
		return answer(a.status, a.contentType, a.body)
	case strings.HasSuffix(r.URL.Path, "/token"):
		return answer(http.StatusOK, "application/json", `{"access_token":"`+echoedToken+`","expires_in":3600,"token_type":"Bearer"}`)
	}
	return answer(http.StatusOK, "application/json", `{"cloudId":"a"}`)
}
