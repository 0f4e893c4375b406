// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// over are the states of a rollout that is over: Rollcall calls one that wants no pods pending, for as long as it wants none.
var over = []string{"successful", "pending"}

// inbox reads what arrived at a Jira: when each rollout was first reported to be over.
type inbox struct {
	server *jiratest.Server
	delay  time.Duration
	read   int // requests that were read
	bulk   int // those of them that carried deployments
	lone   int // and those that carried one
	has    times
}

func newInbox(server *jiratest.Server) *inbox {
	return &inbox{server: server, has: times{}}
}

// slow lets Jira take so long over each request that carries deployments.
func (in *inbox) slow(delay time.Duration) {
	in.update()
	in.server.ClearFaults()
	in.delay = delay
	if delay > 0 {
		in.server.Inject(jiratest.Fault{Match: jiratest.Bulk, Delay: delay})
	}
}

// update reads what is new. Jira has a deployment once it has thought about it: the delay counts.
func (in *inbox) update() {
	requests := in.server.Requests()
	for _, request := range requests[in.read:] {
		if !strings.HasSuffix(request.Path, "/bulk") {
			continue
		}
		in.bulk++
		if len(request.Deployments) == 1 {
			in.lone++
		}
		if request.Status != http.StatusAccepted {
			continue
		}
		for _, d := range request.Deployments {
			if _, known := in.has[d.Key()]; !known && slices.Contains(over, d.State) {
				in.has[d.Key()] = request.Time.Add(in.delay)
			}
		}
	}
	in.read = len(requests)
}

// count returns how many of the deployments Jira has.
func (in *inbox) count(keys []jira.DeploymentKey) int {
	n := 0
	for _, key := range keys {
		if _, ok := in.has[key]; ok {
			n++
		}
	}
	return n
}
