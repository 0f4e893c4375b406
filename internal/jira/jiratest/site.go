// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"fmt"
	"net/http"
)

// CloudID is the site's id.
func (s *Server) CloudID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cloudID
}

// SetCloudID makes this another site at the same host: the old id is answered 404 from now on.
func (s *Server) SetCloudID(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cloudID = id
}

func (s *Server) tenantInfo(*exchange) reply {
	return answer(http.StatusOK, struct {
		CloudID string `json:"cloudId"`
	}{s.cloudID})
}

// catalog is what the site knows, by name.
type catalog struct {
	issues   map[string]bool
	services map[string]bool
}

func newCatalog() catalog {
	return catalog{issues: map[string]bool{}, services: map[string]bool{}}
}

// AddProject makes the issues key-1 to key-n known.
func (s *Server) AddProject(key string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		s.known.issues[fmt.Sprintf("%s-%d", key, i+1)] = true
	}
}

// AddIssues makes issues known.
func (s *Server) AddIssues(keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		s.known.issues[key] = true
	}
}

// AddServices makes the ids of Jira Service Management services known.
func (s *Server) AddServices(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.known.services[id] = true
	}
}

// ForgetIssue deletes an issue. Deployments that are stored already keep it.
func (s *Server) ForgetIssue(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known.issues, key)
}
