// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
)

// defaultAudience is that of every site but those of the Government Cloud.
const defaultAudience = "api.atlassian.com"

// tokenRequest is what both of the forms say that a token is asked for in.
type tokenRequest struct {
	GrantType    string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Audience     string `json:"audience"`
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`
}

func (s *Server) issueToken(x *exchange) reply {
	in, err := readTokenRequest(x)
	if err != nil {
		return tokenError(http.StatusBadRequest, "invalid_request", "The body cannot be read.")
	}
	x.clientID = in.ClientID
	c := s.credentials[in.ClientID]
	switch {
	case in.GrantType != "client_credentials":
		return tokenError(http.StatusBadRequest, "unsupported_grant_type", "The grant type must be client_credentials.")
	case in.Audience != s.options.audience:
		return tokenError(http.StatusForbidden, "access_denied", "The audience must be "+s.options.audience+".")
	case c == nil || in.ClientSecret != c.secret:
		return tokenError(http.StatusUnauthorized, "access_denied", "Unauthorized")
	}
	return answer(http.StatusOK, tokenAnswer{
		AccessToken: s.newToken(in.ClientID),
		ExpiresIn:   int(s.options.tokenLifetime.Seconds()),
		TokenType:   "Bearer",
		Scope:       "deployments builds",
	})
}

// readTokenRequest reads JSON, which is what the documentation shows, or a form, which is what clients send.
func readTokenRequest(x *exchange) (tokenRequest, error) {
	var in tokenRequest
	kind, _, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	if err != nil {
		return in, err
	}
	if kind == "application/json" {
		err := json.Unmarshal(x.body, &in)
		return in, err
	}
	form, err := url.ParseQuery(string(x.body))
	return tokenRequest{
		GrantType:    form.Get("grant_type"),
		ClientID:     form.Get("client_id"),
		ClientSecret: form.Get("client_secret"),
		Audience:     form.Get("audience"),
	}, err
}

func tokenError(status int, code, description string) reply {
	return answer(status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
}
