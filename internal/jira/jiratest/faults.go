// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Endpoint is what a fault can be aimed at.
type Endpoint int

// The endpoints. Bulk, Get and Delete are those of deployments and of builds.
const (
	Any Endpoint = iota
	Token
	TenantInfo
	Bulk
	Get
	Delete
	Gating
)

// Fault makes the server misbehave. Where Status is set or Reset is, the request is not processed; all the other
// fields change how a request that was processed is answered.
type Fault struct {
	// Match is the endpoint it is aimed at; the zero value is all of them.
	Match Endpoint
	// Status answers instead of the handler, with Body.
	Status int
	Body   string
	// Header is added to the answer.
	Header http.Header
	// Delay, in real time, comes before everything else.
	Delay time.Duration
	// ExpireTokens ends all tokens before the request is processed.
	ExpireTokens bool
	// Reset breaks the connection instead of processing the request; ResetAfterStore does so after processing it.
	Reset           bool
	ResetAfterStore bool
	// BrokenJSON ends the body in its middle, and calls that its whole length. CutBody breaks the connection there.
	BrokenJSON bool
	CutBody    bool
	// OmitItems leaves that many items out of the lists of accepted and rejected.
	OmitItems int
	// Times is how often it strikes; 0 is until ClearFaults.
	Times int
	// Probability, where it lies between 0 and 1, is that of striking at a request; 0 is always.
	Probability float64
}

// Inject adds a fault. Of all faults that match a request the first that strikes is the only one.
func (s *Server) Inject(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = append(s.faults.active, &f)
}

// Script decides about every request that no injected fault strikes. It is given the request's number, of all that
// arrived from 1 on, and returns the zero Fault to leave the request alone. It is called one request at a time.
func (s *Server) Script(decide func(number int, at Endpoint) Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.script = decide
}

// ClearFaults ends all faults, and the script.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active, s.faults.script = nil, nil
}

// spent is what Times counts down to, since 0 stands for ever.
const spent = -1

type faults struct {
	mu     sync.Mutex
	random *rand.Rand
	active []*Fault
	script func(number int, at Endpoint) Fault
	count  int // of the requests that arrived
}

func newFaults(seed int64) *faults {
	return &faults{random: rand.New(rand.NewPCG(uint64(seed), 0))}
}

// pick returns the fault that strikes, or one that does nothing.
func (f *faults) pick(at Endpoint) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	for _, fault := range f.active {
		if fault.Times == spent || fault.Match != Any && fault.Match != at {
			continue
		}
		if fault.Probability > 0 && f.random.Float64() >= fault.Probability {
			continue
		}
		picked := *fault
		if fault.Times > 0 {
			if fault.Times--; fault.Times == 0 {
				fault.Times = spent
			}
		}
		return picked
	}
	if f.script != nil {
		return f.script(f.count, at)
	}
	return Fault{}
}

// wait tells whether the client is still there after the delay.
func (f Fault) wait(ctx context.Context) bool {
	if f.Delay == 0 {
		return true
	}
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answer processes the request, or does not.
func (f Fault) answer(process func() reply) reply {
	if f.Reset {
		return reply{cut: cutBeforeAnswer}
	}
	var res reply
	if f.Status != 0 {
		res = reply{status: f.Status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(f.Body)}
	} else {
		res = process()
	}
	if res.header == nil {
		res.header = http.Header{}
	}
	maps.Copy(res.header, f.Header)
	if f.OmitItems > 0 {
		res.body = omit(res.body, f.OmitItems)
	}
	switch {
	case f.ResetAfterStore:
		res = reply{cut: cutBeforeAnswer}
	case f.CutBody:
		res.cut = cutInsideBody
	case f.BrokenJSON:
		res.body = res.body[:len(res.body)/2]
	}
	return res
}

// omit takes n items off the ends of the lists of accepted and rejected.
func omit(body []byte, n int) []byte {
	var lists map[string]json.RawMessage
	if json.Unmarshal(body, &lists) != nil {
		return body
	}
	for _, name := range []string{"acceptedDeployments", "rejectedDeployments", "acceptedBuilds", "rejectedBuilds"} {
		var items []json.RawMessage
		if json.Unmarshal(lists[name], &items) != nil {
			continue
		}
		taken := min(n, len(items))
		n -= taken
		shorter, err := json.Marshal(items[:len(items)-taken])
		if err != nil {
			return body
		}
		lists[name] = shorter
	}
	shorter, err := json.Marshal(lists)
	if err != nil {
		return body
	}
	return shorter
}
