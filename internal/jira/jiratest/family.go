// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// family is one of the APIs that store things, deployments or builds. They differ in what is in a thing and in what
// identifies it.
type family[K comparable] struct {
	noun  string // as it ends the names of the lists in JSON: acceptedDeployments
	items func(submission) []json.RawMessage
	key   func(*http.Request) (K, error)
	check func(catalog, json.RawMessage) checked[K]
	store *store[K]
}

// checked is what Jira thinks of one thing that was submitted.
type checked[K comparable] struct {
	key      K
	sequence int64
	state    string
	problems []string
	unknown  unknowns
	body     json.RawMessage // as it is stored
}

type submission struct {
	Properties  map[string]string `json:"properties"`
	Deployments []json.RawMessage `json:"deployments"`
	Builds      []json.RawMessage `json:"builds"`
	// OperationType and PreventTransitions hold for all that is submitted: NORMAL and false where they are not there.
	OperationType      *string `json:"operationType"`
	PreventTransitions bool    `json:"preventTransitions"`
}

// The operation types that Jira knows.
const (
	operationNormal   = "NORMAL"
	operationBackfill = "BACKFILL"
)

// operation says whether a submission tells of something that just happened, and whether Jira's automations may move
// issues for it.
type operation struct {
	kind               string
	preventTransitions bool
}

// bulk checks the body as a whole, then every item by itself.
func bulk[K comparable](s *Server, f *family[K]) handler {
	return func(x *exchange) reply {
		var in submission
		malformed := json.Unmarshal(x.body, &in) != nil
		items := f.items(in)
		problems := checkProperties(in.Properties)
		problems.oneOf("operationType", in.OperationType, operationNormal, operationBackfill)
		if len(items) == 0 {
			problems.add("At least one item of %s is required.", strings.ToLower(f.noun))
		}
		limit := s.options.maxDeployments
		switch {
		case len(x.body) > maxBody, limit > 0 && len(items) > limit:
			return failure(http.StatusRequestEntityTooLarge, "Data is too large. Submit fewer items in each payload.")
		case malformed:
			return failure(http.StatusBadRequest, "The request body is not the JSON that is expected.")
		case len(problems) > 0:
			return failure(http.StatusBadRequest, problems...)
		}
		x.deployments = readDeployments(in.Deployments)
		x.operation = operation{cmp.Or(or(in.OperationType), operationNormal), in.PreventTransitions}
		out := newOutcome[K]()
		for _, raw := range items {
			v := f.check(s.known, raw)
			out.add(v)
			if len(v.problems) == 0 {
				f.store.put(owned[K]{x.clientID, v.key}, version{
					sequence: v.sequence, state: v.state, body: v.body, properties: in.Properties, operation: x.operation,
					received: x.received, visible: x.received.Add(s.options.storeDelay),
				})
			}
		}
		return answer(http.StatusAccepted, out.json(f.noun))
	}
}

func get[K comparable](s *Server, f *family[K]) handler {
	return func(x *exchange) reply {
		key, err := f.key(x.request)
		if err != nil {
			return failure(http.StatusBadRequest, err.Error())
		}
		v, found := f.store.read(owned[K]{x.clientID, key}, s.options.now())
		if !found {
			return failure(http.StatusNotFound, "No data was found for this key.")
		}
		return answer(http.StatusOK, v.body)
	}
}

// deleteOne says the same whether there is something or not.
func deleteOne[K comparable](s *Server, f *family[K]) handler {
	return func(x *exchange) reply {
		key, err := f.key(x.request)
		if err != nil {
			return failure(http.StatusBadRequest, err.Error())
		}
		f.store.remove(owned[K]{x.clientID, key}, x.received, x.received.Add(s.options.storeDelay))
		return reply{status: http.StatusAccepted}
	}
}

// deleteByProperties deletes what carries all of the properties in the query.
func deleteByProperties[K comparable](s *Server, f *family[K]) handler {
	return func(x *exchange) reply {
		wanted := map[string]string{}
		for name, values := range x.request.URL.Query() {
			if !strings.HasPrefix(name, "_") {
				wanted[name] = values[0]
			}
		}
		if len(wanted) == 0 {
			return failure(http.StatusBadRequest, "At least one property is required.")
		}
		for at, e := range f.store.entries {
			v := e.versions[len(e.versions)-1]
			if at.clientID == x.clientID && !v.deleted && v.matches(wanted) {
				f.store.remove(at, x.received, x.received.Add(s.options.storeDelay))
			}
		}
		return reply{status: http.StatusAccepted}
	}
}
