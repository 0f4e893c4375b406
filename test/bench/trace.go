// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/report"
)

// trace is what a watch of the records saw of some rollouts. With the ends of the rollouts and what Jira has, it tells
// where the time goes:
//
//	rollout ends --> record says so --> request at Jira --(Jira's own time)--> answer --> status is written
type trace struct {
	recorded, delivered times
}

// awaitTrace waits until all records say that Jira has them.
func awaitTrace(ctx context.Context, records *observer, what string, keys []jira.DeploymentKey) (t trace, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, stallPatience, fmt.Errorf("not within %s", stallPatience))
	defer cancel()
	err = poll(ctx, "the records of "+what+" are delivered", func() (bool, error) {
		t.delivered, err = records.at(delivered, keys)
		return len(t.delivered) == len(keys), err
	})
	if err != nil {
		return t, err
	}
	t.recorded, err = records.at(recorded, keys)
	return t, err
}

// stages split the way of each rollout. answered is when Jira, which takes so long over each request, had it.
func (t trace) stages(what string, r rollouts, answered times, latency time.Duration) []report.Stage {
	between := func(name string, from, to times) report.Stage {
		samples := make([]time.Duration, len(r.keys))
		for i, key := range r.keys {
			samples[i] = to[key].Sub(from[key])
		}
		return report.Stage{Name: what + ": " + name, Samples: samples}
	}
	arrived := make(times, len(r.keys))
	for _, key := range r.keys {
		arrived[key] = answered[key].Add(-latency)
	}
	return []report.Stage{
		between("rollout's end to its record", r.finished, t.recorded),
		between("record to request at Jira", t.recorded, arrived),
		between("Jira's answer to status", answered, t.delivered),
		between("rollout's end to status", r.finished, t.delivered),
	}
}
