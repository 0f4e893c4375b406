// SPDX-License-Identifier: Apache-2.0

package jiratest

import "github.com/rollcall-dev/rollcall/internal/jira"

// Lose forgets what was accepted of a deployment, whoever wrote it, but for its first updates: after Lose(key, 1) Jira shows
// the first one, after Lose(key, 0) nothing. Jira answers "accepted" before it stores, and so may lose what it accepted.
func (s *Server) Lose(key jira.DeploymentKey, keep int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deployments.store.lose(key, keep)
}

// LoseBuild does the same with a build.
func (s *Server) LoseBuild(key BuildKey, keep int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.builds.store.lose(key, keep)
}

func (s *store[K]) lose(key K, keep int) {
	for at, e := range s.entries {
		switch {
		case at.key != key || len(e.versions) <= keep:
		case keep == 0:
			delete(s.entries, at)
		default:
			e.versions = e.versions[:keep]
		}
	}
}
