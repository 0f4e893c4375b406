// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const gatingCommand = "initiate_deployment_gating"

// gate is where the approval of one deployment stands.
type gate struct {
	status  string
	updated time.Time
	asked   bool
}

func (d *deployment) gated() bool {
	return slices.Contains(d.Commands, command{gatingCommand})
}

// SetGatingStatus decides about a deployment that asked for gating: allowed, prevented, awaiting, invalid or expired.
// Until then it is awaiting.
func (s *Server) SetGatingStatus(key jira.DeploymentKey, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gate(key)
	g.status, g.updated = status, s.options.now()
}

func (s *Server) gate(key jira.DeploymentKey) *gate {
	g := s.gates[key]
	if g == nil {
		g = &gate{status: "awaiting", updated: s.options.now()}
		s.gates[key] = g
	}
	return g
}

// gatingStatus answers the first question about a deployment with 404, as Jira does just after the submission.
func (s *Server) gatingStatus(x *exchange) reply {
	if !s.may(x.clientID, Read) {
		return refusal(http.StatusUnauthorized, scopeMissing)
	}
	key, err := deploymentKey(x.request)
	if err != nil {
		return failure(http.StatusBadRequest, err.Error())
	}
	v, found := s.deployments.store.read(owned[jira.DeploymentKey]{x.clientID, key}, s.options.now())
	var d deployment
	if !found || json.Unmarshal(v.body, &d) != nil || !d.gated() {
		return failure(http.StatusNotFound, "No data was found for this key.")
	}
	g := s.gate(key)
	if !g.asked {
		g.asked = true
		return failure(http.StatusNotFound, "No data was found for this key.")
	}
	return answer(http.StatusOK, map[string]any{
		"deploymentSequenceNumber": key.DeploymentSequenceNumber,
		"pipelineId":               key.PipelineID,
		"environmentId":            key.EnvironmentID,
		"updatedTimestamp":         g.updated.UTC().Format(time.RFC3339Nano),
		"gatingStatus":             g.status,
		"details":                  []any{},
	})
}
