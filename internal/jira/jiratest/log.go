// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Request is one request that arrived. It holds no secret and no token.
type Request struct {
	Time   time.Time // of arrival, by the server's clock
	Method string
	Path   string // as it came over the wire, escapes and query included
	// Status is what was answered; 0 where the connection was broken instead.
	Status int
	// ClientID is the credential, as far as the request got to show one.
	ClientID  string
	UserAgent string
	// Deployments are those of a bulk request whose body as a whole was in order.
	Deployments []jira.Deployment
	// OperationType and PreventTransitions are those of a bulk request: NORMAL and false where it has none.
	OperationType      string
	PreventTransitions bool
}

func (s *Server) record(x *exchange, res reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Time: x.received, Method: x.request.Method, Path: x.request.URL.RequestURI(), Status: res.status,
		ClientID: x.clientID, UserAgent: x.request.UserAgent(), Deployments: x.deployments,
		OperationType: x.operation.kind, PreventTransitions: x.operation.preventTransitions,
	})
	close(s.changed)
	s.changed = make(chan struct{})
}

// Requests returns everything that arrived, in the order in which it was answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Changed returns a channel that is closed when the next request has been processed. To wait for something, get the
// channel first, then look, then wait.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// StoredDeployment is a deployment as Jira shows it now.
type StoredDeployment struct {
	jira.Deployment
	// ClientID is the credential that wrote it.
	ClientID string
	// JSON is the deployment as the API returns it, with the associations that the site knows.
	JSON json.RawMessage
	// FirstReceived is when its first update arrived, LastReceived when the one that is shown did.
	FirstReceived, LastReceived time.Time
}

// Deployments returns what is stored, sorted by pipeline, environment, sequence number and credential.
func (s *Server) Deployments() []StoredDeployment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []StoredDeployment
	for at, e := range s.deployments.store.entries {
		v, found := e.at(s.options.now())
		if !found {
			continue
		}
		d := StoredDeployment{ClientID: at.clientID, JSON: v.body, FirstReceived: e.versions[0].received, LastReceived: v.received}
		if json.Unmarshal(v.body, &d.Deployment) == nil {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b StoredDeployment) int {
		return cmp.Or(compareKeys(a.Key(), b.Key()), cmp.Compare(a.ClientID, b.ClientID))
	})
	return out
}

func compareKeys(a, b jira.DeploymentKey) int {
	return cmp.Or(
		cmp.Compare(a.PipelineID, b.PipelineID),
		cmp.Compare(a.EnvironmentID, b.EnvironmentID),
		cmp.Compare(a.DeploymentSequenceNumber, b.DeploymentSequenceNumber),
	)
}

// WriteJSON writes what Deployments returns as an array in the API's own JSON, indented.
func (s *Server) WriteJSON(w io.Writer) error {
	list := []json.RawMessage{}
	for _, d := range s.Deployments() {
		list = append(list, d.JSON)
	}
	return writeList(w, list)
}

// WriteBuildsJSON writes what Builds returns as an array in the API's own JSON, indented.
func (s *Server) WriteBuildsJSON(w io.Writer) error {
	list := []json.RawMessage{}
	for _, b := range s.Builds() {
		list = append(list, b.JSON)
	}
	return writeList(w, list)
}

func writeList(w io.Writer, list []json.RawMessage) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(list); err != nil {
		return fmt.Errorf("write what is stored: %w", err)
	}
	return nil
}

// Update is one update of a deployment that was accepted and not dropped.
type Update struct {
	State                string
	UpdateSequenceNumber int64
	Received             time.Time
	// PreventTransitions says that it came with a submission that moves no issues.
	PreventTransitions bool
}

// Updates returns the history of a deployment, in the order of arrival, whichever credential wrote it.
func (s *Server) Updates(key jira.DeploymentKey) []Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Update
	for at, e := range s.deployments.store.entries {
		if at.key != key {
			continue
		}
		for _, v := range e.versions {
			if !v.deleted {
				out = append(out, Update{
					State: v.state, UpdateSequenceNumber: v.sequence, Received: v.received, PreventTransitions: v.operation.preventTransitions,
				})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Update) int { return a.Received.Compare(b.Received) })
	return out
}

// StoredBuild is a build as Jira shows it now.
type StoredBuild struct {
	Key      BuildKey
	ClientID string
	State    string
	// JSON is the build as the API returns it, with the issues that the site knows.
	JSON json.RawMessage
	// LastReceived is when the update arrived that is shown.
	LastReceived time.Time
}

// Builds returns what is stored, sorted by pipeline, number and credential.
func (s *Server) Builds() []StoredBuild {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []StoredBuild
	for at, e := range s.builds.store.entries {
		if v, found := e.at(s.options.now()); found {
			out = append(out, StoredBuild{Key: at.key, ClientID: at.clientID, State: v.state, JSON: v.body, LastReceived: v.received})
		}
	}
	slices.SortFunc(out, func(a, b StoredBuild) int {
		return cmp.Or(cmp.Compare(a.Key.PipelineID, b.Key.PipelineID), cmp.Compare(a.Key.BuildNumber, b.Key.BuildNumber),
			cmp.Compare(a.ClientID, b.ClientID))
	})
	return out
}
