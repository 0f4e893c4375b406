// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const opToken = "get token"

// tokenSource fetches access tokens and keeps the last one for as long as its expires_in says.
type tokenSource struct {
	conf  *clientcredentials.Config
	host  string
	http  *http.Client
	now   func() time.Time
	cache *cached[oauth2.Token]
}

func newTokenSource(cfg Config, hc *http.Client) *tokenSource {
	return &tokenSource{
		conf: &clientcredentials.Config{
			ClientID:       cfg.ClientID,
			ClientSecret:   cfg.ClientSecret,
			TokenURL:       cfg.TokenURL,
			EndpointParams: url.Values{"audience": {cfg.Audience}},
			AuthStyle:      oauth2.AuthStyleInParams,
		},
		host:  hostOf(cfg.TokenURL),
		http:  hc,
		now:   cfg.Now,
		cache: newCached[oauth2.Token](),
	}
}

// get returns a token that is valid for some seconds yet.
func (s *tokenSource) get(ctx context.Context) (*oauth2.Token, error) {
	token, err := s.cache.get(ctx, (*oauth2.Token).Valid, func(ctx context.Context) (*oauth2.Token, error) {
		return s.conf.Token(context.WithValue(ctx, oauth2.HTTPClient, s.http))
	})
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return token, nil
}

// drop forgets a token that was refused.
func (s *tokenSource) drop(token *oauth2.Token) {
	s.cache.drop(token)
}

// scrubber hides the secret, that of a proxy, and the token if there is one.
func (s *tokenSource) scrubber(token *oauth2.Token) scrubber {
	secrets := append([]string{s.conf.ClientSecret}, proxySecrets()...)
	if token != nil {
		secrets = append(secrets, token.AccessToken)
	}
	return newScrubber(secrets...)
}

// failure takes from x/oauth2's error what is safe to show. The error itself prints the raw body of the answer, which
// may hold a token, or the secret that was sent.
func (s *tokenSource) failure(ctx context.Context, err error) error {
	var refused *oauth2.RetrieveError
	var network *url.Error
	switch {
	case ctx.Err() != nil:
		return unreachable(opToken, s.host, ctx.Err(), s.scrubber(nil))
	case errors.As(err, &refused) && refused.Response != nil:
		return s.refusal(refused)
	case errors.As(err, &network):
		return unreachable(opToken, s.host, err, s.scrubber(nil))
	}
	return &Error{Op: opToken, Host: s.host, Kind: Unavailable, Messages: []string{"the answer holds no token"}}
}

func (s *tokenSource) refusal(refused *oauth2.RetrieveError) *Error {
	res := &answer{
		status: refused.Response.StatusCode, header: refused.Response.Header,
		body: refused.Body[:min(len(refused.Body), maxErrorAnswer)], hide: s.scrubber(nil),
	}
	e := refusal(opToken, s.host, res, s.now)
	e.Kind = kindOfTokenAnswer(res.status, e.Kind, refused.ErrorCode)
	if refused.ErrorCode != "" { // nothing else is read: there may be a token beside it
		e.Messages = res.hide.messages([]string{refused.ErrorCode, refused.ErrorDescription})
	}
	return e
}

// tokenErrors are the codes of RFC 6749 and of the extensions that are in use, and what they mean for us.
var tokenErrors = map[string]ErrorKind{
	"access_denied":           Unauthorized,
	"invalid_client":          Unauthorized,
	"unauthorized_client":     Unauthorized,
	"invalid_grant":           Unauthorized,
	"invalid_request":         Unavailable,
	"invalid_scope":           Unavailable,
	"unsupported_grant_type":  Unavailable,
	"server_error":            Unavailable,
	"temporarily_unavailable": Unavailable,
	"too_many_requests":       Throttled,
}

// kindOfTokenAnswer reads the token endpoint by rules of its own: its 400 or 413 says nothing about the deployments
// that were to be sent, and its 404 nothing about the site.
func kindOfTokenAnswer(status int, kind ErrorKind, code string) ErrorKind {
	switch kind {
	case Unauthorized, ScopeMissing, Forbidden:
		return Unauthorized
	case AddressNotAllowed, Blocked, Throttled, Redirected:
		return kind
	}
	if known, ok := tokenErrors[code]; ok && status < http.StatusInternalServerError {
		return known
	}
	return Unavailable
}
