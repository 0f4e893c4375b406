// SPDX-License-Identifier: Apache-2.0

package jira_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

func TestASentenceOfJirasIsReadInEveryShape(t *testing.T) {
	const sentence = "The deployment’s url is \"too\" long & wrong."
	for name, fault := range jiratest.ErrorShapes(sentence) {
		for _, status := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
			t.Run(fmt.Sprintf("%d as %s", status, name), func(t *testing.T) {
				err := refused(t, jiratest.Bulk, status, fault)
				if !strings.Contains(strings.Join(err.Messages, "; "), sentence) || err.Gateway != "" {
					t.Errorf("messages = %q, gateway = %q; want the sentence, and no gateway", err.Messages, err.Gateway)
				}
			})
		}
	}
}

func TestWhatIsReadOfAnAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"both lists, in their order":           {`{"errors":{"url":"no","label":["a","b"]},"errorMessages":["Bad"]}`, []string{"Bad", "label: a", "label: b", "url: no"}},
		"a sentence that is there twice":       {`{"errorMessages":["no"],"message":"no"}`, []string{"no"}},
		"a title and a detail":                 {`{"errors":[{"title":"Bad","detail":"no","code":"X1"}]}`, []string{"Bad", "no"}},
		"a code beside a message":              {`{"code":"X1","message":"no","traceId":"4711"}`, []string{"no"}},
		"an object that nobody knows":          {`{"fault":{"faultstring":"no","retry":false}}`, []string{"faultstring: no"}},
		"nothing at all":                       {`{"errorMessages":[],"errors":{}}`, nil},
		"numbers":                              {`[1,2,{"code":400}]`, nil},
		"null":                                 {`null`, nil},
		"white space":                          {" \n", nil},
		"a byte order mark":                    {"\ufeff" + `{"message":"no"}`, []string{"no"}},
		"JSON that breaks off":                 {`{"message":"no`, []string{`{"message":"no`}},
		"text that is no UTF-8":                {"no\xffway", []string{"no way"}},
		"a text that is written right to left": {"a\u202eb", []string{"a b"}},
		"deeply nested":                        {strings.Repeat(`[`, 5000) + `"no"` + strings.Repeat(`]`, 5000), []string{"no"}},
		"more than anybody reads":              {`["` + strings.Join(strings.Split("abcdefghijklm", ""), `","`) + `"]`, strings.Split("abcdefghij", "")},
	} {
		t.Run(name, func(t *testing.T) {
			err := refused(t, jiratest.Bulk, http.StatusBadRequest, jiratest.Fault{Body: tc.body})
			if diff := cmp.Diff(tc.want, err.Messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

// A page is never Jira's: its words are not among the messages, by which a record is rejected.
func TestAPageNamesWhoAnswered(t *testing.T) {
	const words = "Access Denied by policy 7"
	for name, fault := range jiratest.Pages(words) {
		for _, status := range []int{400, 401, 403, 502} {
			t.Run(fmt.Sprintf("%d with %s", status, name), func(t *testing.T) {
				err := refused(t, jiratest.Bulk, status, fault)
				if len(err.Messages) > 0 || !strings.Contains(err.Gateway, words) || !strings.Contains(err.Gateway, fault.Header.Get("Server")) {
					t.Errorf("messages = %q, gateway = %q; want a gateway with its words, and no messages", err.Messages, err.Gateway)
				}
				if strings.Contains(err.Gateway, "color: red") || strings.Contains(err.Gateway, "let a") {
					t.Errorf("gateway = %q, want what a person sees of the page", err.Gateway)
				}
			})
		}
	}
}

func TestCausesThatShareAStatus(t *testing.T) {
	text := func(status int, body string) jiratest.Fault {
		return jiratest.Fault{Status: status, Body: body, Header: http.Header{"Content-Type": {"text/plain"}}}
	}
	type kinds struct{ API, Token, Site jira.ErrorKind }
	for name, tc := range map[string]struct {
		fault jiratest.Fault
		want  kinds
		says  string
	}{
		"an IP allowlist": {
			jiratest.AddressNotAllowed(), kinds{jira.AddressNotAllowed, jira.AddressNotAllowed, jira.AddressNotAllowed}, "not on the allowed list",
		},
		"an IP allowlist in other words": {
			jiratest.Fault{Status: 403, Body: `{"errorMessages":["Your address is not on the list of this site."],"errors":{}}`},
			kinds{jira.AddressNotAllowed, jira.AddressNotAllowed, jira.AddressNotAllowed}, "Your address is not on the list",
		},
		"a scope that is missing": {
			jiratest.ScopeMissing(), kinds{jira.ScopeMissing, jira.Unauthorized, jira.Unavailable}, "Unauthorized; scope does not match",
		},
		"a scope that is missing, by RFC 6750": {
			jiratest.Fault{Status: 403, Body: `{"error":"insufficient_scope"}`},
			kinds{jira.ScopeMissing, jira.Unauthorized, jira.Unavailable}, "insufficient_scope",
		},
		"a permission that is missing": {
			jiratest.PermissionMissing(), kinds{jira.Forbidden, jira.Unauthorized, jira.Unavailable}, "lacks the permission for deployments",
		},
		"a proxy": {
			jiratest.BlockedByProxy(), kinds{jira.Blocked, jira.Blocked, jira.Blocked},
			`answered by squid/6.6, via 1.1 proxy.acme.example (squid/6.6), "ERROR: The requested URL could not be retrieved"`,
		},
		"a proxy that bans an address": {
			jiratest.Fault{Status: 403, Body: "<title>Access denied</title>Your IP address has been banned"},
			kinds{jira.Blocked, jira.Blocked, jira.Blocked}, `answered by "Access denied"`,
		},
		"a proxy that asks who it is": {
			jiratest.Fault{Status: 401, Body: "<html><body>Log in"}, kinds{jira.Blocked, jira.Blocked, jira.Blocked}, `answered by "Log in"`,
		},
		"a mesh":                          {text(403, "RBAC: access denied"), kinds{jira.Blocked, jira.Blocked, jira.Blocked}, `answered by "RBAC: access denied"`},
		"a token that ended":              {jiratest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}, kinds{jira.Unauthorized, jira.Unauthorized, jira.Unavailable}, "Unauthorized"},
		"a refusal that does not say why": {jiratest.Fault{Status: 403}, kinds{jira.Forbidden, jira.Unauthorized, jira.Unavailable}, "(HTTP 403)"},
	} {
		for at, want := range map[jiratest.Endpoint]jira.ErrorKind{
			jiratest.Bulk: tc.want.API, jiratest.Token: tc.want.Token, jiratest.TenantInfo: tc.want.Site,
		} {
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				err := refused(t, at, tc.fault.Status, tc.fault)
				if err.Kind != want || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("got %v, want %s, which says %s", err, want, tc.says)
				}
			})
		}
	}
}

func TestAPageInThePlaceOfASuccessIsNamed(t *testing.T) {
	for _, at := range []jiratest.Endpoint{jiratest.TenantInfo, jiratest.Bulk} {
		fault := jiratest.Pages("Sign in to the guest network")["a title"]
		err := refused(t, at, http.StatusOK, fault)
		if err.Kind != jira.Unavailable || !strings.Contains(err.Error(), `answered by "Sign in to the guest network"`) {
			t.Errorf("got %v, want Unavailable, and the title of the page", err)
		}
	}
}

// The errors of one item come in many shapes, too.
func TestASentenceAboutADeploymentIsReadInEveryShape(t *testing.T) {
	for _, errs := range []string{
		`[{"message":"no"}]`, `["no"]`, `"no"`, `{"url":"no"}`, `{"url":["no"]}`, `[{"title":"x","detail":"no"}]`, `{"message":"no"}`,
	} {
		site := startSite(t)
		body := `{"rejectedDeployments":[{"key":{},"errors":` + errs + `},{"key":{}}]}`
		site.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: 202, Body: body})
		result, err := newClient(t, configOf(t, site)).SubmitDeployments(t.Context(), submissionOf(makeDeployment(1, 1, "pending")))
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Rejected; len(got) != 2 || !slices.ContainsFunc(got[0].Messages, func(m string) bool { return strings.HasSuffix(m, "no") }) {
			t.Errorf("%s: rejected = %+v, want two, the first with the sentence", errs, got)
		}
	}
}

// refused is the error of a submission where an endpoint answers so.
func refused(t *testing.T, at jiratest.Endpoint, status int, fault jiratest.Fault) *jira.Error {
	t.Helper()
	site := startSite(t)
	fault.Match, fault.Status = at, status
	site.Inject(fault)
	return asError(t, submit(t, newClient(t, configOf(t, site))))
}
