// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Permission is what an administrator of the site lets a credential do.
type Permission string

// The permissions. Deployments and Builds let a credential write, read and delete what it wrote with that API; Read is
// what the gating status needs besides. WriteDeployments lets it write deployments, and no more: old credentials are so.
const (
	Deployments      Permission = "deployments"
	WriteDeployments Permission = "write deployments"
	Builds           Permission = "builds"
	Read             Permission = "read"
)

// scopeMissing is what Jira says to a credential that may do something, but not this.
const scopeMissing = "Unauthorized; scope does not match"

func lacks(p Permission) string {
	return "The credential lacks the permission for " + string(p) + "."
}

type credential struct {
	secret      string
	permissions []Permission
}

type token struct {
	clientID string
	expires  time.Time
}

// AddCredential lets a client get tokens. Without permissions given it has all of them.
func (s *Server) AddCredential(id, secret string, permissions ...Permission) {
	if len(permissions) == 0 {
		permissions = []Permission{Deployments, Builds, Read}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credentials[id] = &credential{secret: secret, permissions: permissions}
}

// RotateCredential replaces the secret. The old one, and the tokens got with it, are refused from now on.
func (s *Server) RotateCredential(id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.credentials[id]; c != nil {
		c.secret = secret
		s.dropTokens(id)
	}
}

// RevokeCredential ends a credential and its tokens. What it wrote stays.
func (s *Server) RevokeCredential(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.credentials, id)
	s.dropTokens(id)
}

// SetPermissions replaces the permissions of a credential; with none given it has none. Tokens stay good.
func (s *Server) SetPermissions(id string, permissions ...Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.credentials[id]; c != nil {
		c.permissions = permissions
	}
}

// ExpireTokens ends all tokens before their time.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *Server) dropTokens(id string) {
	for value, t := range s.tokens {
		if t.clientID == id {
			delete(s.tokens, value)
		}
	}
}

func (s *Server) newToken(clientID string) string {
	value := "jt-" + rand.Text()
	s.tokens[value] = &token{clientID: clientID, expires: s.options.now().Add(s.options.tokenLifetime)}
	return value
}

// mayWrite tells whether a request writes, and its credential has the permission for that alone.
func (s *Server) mayWrite(x *exchange, p Permission) bool {
	return p == Deployments && x.request.Method == http.MethodPost && s.may(x.clientID, WriteDeployments)
}

// may tells whether a credential has a permission.
func (s *Server) may(clientID string, p Permission) bool {
	c := s.credentials[clientID]
	return c != nil && slices.Contains(c.permissions, p)
}

// authorized stands before everything below a cloud id.
func (s *Server) authorized(p Permission, h handler) handler {
	return func(x *exchange) reply {
		value, bearer := strings.CutPrefix(x.request.Header.Get("Authorization"), "Bearer ")
		t := s.tokens[value]
		if !bearer || t == nil || !s.options.now().Before(t.expires) {
			return refusal(http.StatusUnauthorized, "Unauthorized")
		}
		x.clientID = t.clientID
		if x.request.PathValue("cloudId") != s.cloudID {
			return failure(http.StatusNotFound, "No site was found for this cloud id.")
		}
		switch {
		case s.may(t.clientID, p), s.mayWrite(x, p):
			return h(x)
		case p == Deployments && s.may(t.clientID, WriteDeployments):
			return refusal(http.StatusUnauthorized, scopeMissing)
		}
		return refusal(http.StatusForbidden, lacks(p))
	}
}
