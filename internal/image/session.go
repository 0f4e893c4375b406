// SPDX-License-Identifier: Apache-2.0

package image

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// session asks for one repository, with what its registry wants to see: nothing, a credential, or a token.
//
// The library would ask each repository for its challenge first, which costs a request a repository. A session sends the
// question at once, with the credential where there is one (it is this registry's, and goes to it alone), and signs in when it
// is refused. How the registry takes tokens is then known for all its repositories.
type session struct {
	registry   *registry
	repository name.Repository
	auth       authn.Authenticator
	puller     *remote.Puller

	mu sync.Mutex
	// authorization is the header that was good last.
	authorization string
}

func newSession(r *registry, repository name.Repository, keychain authn.Keychain) (*session, error) {
	auth, err := keychain.Resolve(repository)
	if err != nil {
		return nil, &Error{Reason: ErrUnauthorized, Detail: "its credential cannot be read"}
	}
	basic, err := basicHeader(auth)
	if err != nil {
		return nil, &Error{Reason: ErrUnauthorized, Detail: "its credential cannot be read"}
	}
	s := &session{registry: r, repository: repository, auth: auth, authorization: basic}
	// The wrapper tells the library that the transport signs in by itself, and that nothing is tried twice.
	wrapped, err := transport.FromToken(repository.Registry, authn.Anonymous, s, &transport.Challenge{}, nil)
	if err != nil {
		return nil, &Error{Reason: ErrUnreachable}
	}
	s.puller, err = remote.NewPuller(remote.WithTransport(wrapped))
	if err != nil {
		return nil, &Error{Reason: ErrUnreachable}
	}
	return s, nil
}

func basicHeader(auth authn.Authenticator) (string, error) {
	credential, err := auth.Authorization()
	if err != nil || credential.Username == "" {
		return "", err
	}
	pair := credential.Username + ":" + credential.Password
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)), nil
}

// RoundTrip sends a request, and once more after signing in where it was refused. Where a redirect led elsewhere, it adds
// nothing.
func (s *session) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != s.registry.host {
		return s.registry.guard.RoundTrip(req)
	}
	authorization, err := s.begin(req.Context())
	if err != nil {
		return nil, err
	}
	res, err := s.send(req, authorization)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		return res, err
	}
	renewed, err := s.signIn(req.Context(), challengeOf(s.repository.Registry, s.registry.scheme, res), authorization)
	if err == nil && renewed == "" {
		return res, nil
	}
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	return s.send(req, renewed)
}

func (s *session) send(req *http.Request, authorization string) (*http.Response, error) {
	req = req.Clone(req.Context())
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return s.registry.guard.RoundTrip(req)
}

// begin returns the header to send. Where the registry is known to take tokens, the first request has one.
func (s *session) begin(ctx context.Context) (string, error) {
	s.mu.Lock()
	authorization := s.authorization
	s.mu.Unlock()
	known := s.registry.knownChallenge()
	if known == nil || strings.HasPrefix(authorization, "Bearer ") {
		return authorization, nil
	}
	return s.signIn(ctx, known, authorization)
}

// signIn fetches a token in place of the header that was refused, unless another request did so meanwhile. It returns an empty
// header where the registry takes none.
func (s *session) signIn(ctx context.Context, challenge *transport.Challenge, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.authorization != refused {
		return s.authorization, nil
	}
	if challenge == nil {
		return "", nil
	}
	scopes := []string{s.repository.Scope(transport.PullScope)}
	// The challenge names a token server. The guard compares that with the list.
	token, err := transport.Exchange(ctx, s.repository.Registry, s.auth, s.registry.guard, scopes, challenge)
	if err != nil {
		s.registry.learn(nil)
		failed := classify(err)
		if errors.Is(failed, ErrMalformed) || errors.Is(failed, ErrNotFound) {
			failed = &Error{Reason: ErrUnauthorized, Detail: "its token server gives no token", Status: failed.Status}
		}
		return "", failed
	}
	s.registry.learn(challenge)
	// Some servers say access_token, some token, some both.
	value := token.AccessToken
	if value == "" {
		value = token.Token
	}
	s.authorization = "Bearer " + value
	return s.authorization, nil
}

// challengeOf returns how a registry that refused a request wants tokens, and nil where it takes none.
func challengeOf(registry name.Registry, scheme string, res *http.Response) *transport.Challenge {
	challenge, err := transport.Ping(context.Background(), registry, answered{res})
	if err != nil || !strings.EqualFold(challenge.Scheme, "bearer") {
		return nil
	}
	challenge.Insecure = scheme == "http"
	return challenge
}
