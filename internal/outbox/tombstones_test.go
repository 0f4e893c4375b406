// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// bury lets a record go with its namespace.
func (o *office) bury(namespace, name string) int {
	o.t.Helper()
	d := o.records[nameOf(namespace, name)]
	delete(o.records, nameOf(namespace, name))
	o.buried[nameOf(namespace, name)]++
	return o.q.Bury(d, o.now)
}

func TestARecordThatWentWithItsNamespaceIsSentFromMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		state     v1alpha1.DeploymentState
		delivered bool
		want      string // what Jira has in the end
		requests  int
	}{
		"pending":                 {v1alpha1.StateSuccessful, false, "successful", 1},
		"in flight and delivered": {v1alpha1.StateInProgress, true, "cancelled", 2},
		"paused and pending":      {v1alpha1.StatePending, false, "cancelled", 1},
		"finished and delivered":  {v1alpha1.StateSuccessful, true, "successful", 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.add("preview", "web", func(b *recordBuilder) { b.State(tt.state) })
			if tt.delivered {
				o.lags = true // the answer is known, and not shown yet
				o.run(time.Minute)
			}
			o.bury("preview", "web")
			o.run(time.Minute)
			if o.took["preview/web"] != tt.want || len(o.requests) != tt.requests {
				t.Errorf("Jira has %q after %d requests, want %q after %d", o.took["preview/web"], len(o.requests), tt.want, tt.requests)
			}
			if len(o.q.entries) > 0 || o.q.tombstones.Len() != 0 {
				t.Errorf("%d entries and %d tombstones are kept", len(o.q.entries), o.q.tombstones.Len())
			}
		})
	}
}

// A namespace that goes with more than is remembered costs its own records, not those of others.
func TestTombstonesAreBounded(t *testing.T) {
	o := newOffice(t)
	o.add("quiet", "web")
	dropped := o.bury("quiet", "web")
	for i := range maxTombstones + 50 {
		name := fmt.Sprintf("web-%d", i)
		o.add("noisy", name)
		dropped += o.bury("noisy", name)
	}
	if n := o.q.tombstones.Len(); n != maxTombstones || dropped != 51 {
		t.Errorf("%d tombstones are kept and %d dropped, want %d and 51", n, dropped, maxTombstones)
	}
	o.run(time.Minute)
	if o.took["quiet/web"] == "" || o.took["noisy/web-0"] != "" || o.took["noisy/web-100"] == "" {
		t.Error("want the oldest records of the namespace with the most to be dropped")
	}
}

func TestTombstonesCanBeDropped(t *testing.T) {
	o := newOffice(t)
	o.add("preview", "web")
	o.bury("preview", "web")
	if n := o.q.DropTombstones(); n != 1 {
		t.Errorf("%d tombstones are dropped, want 1", n)
	}
	o.run(time.Hour)
	if len(o.requests) > 0 {
		t.Errorf("%d requests went out", len(o.requests))
	}
}

func TestOfTombstonesWithOneKeyOnlyTheNewestIsSent(t *testing.T) {
	o := newOffice(t)
	for i := range 300 {
		name := fmt.Sprintf("web-%d", i)
		o.add("gone", name, func(b *recordBuilder) { b.Pipeline("same").Created(created.Add(time.Duration(i) * time.Second)) })
		o.bury("gone", name)
	}
	o.run(time.Hour)
	if n := len(o.requests); n != 1 || len(o.q.entries) != 0 {
		t.Errorf("%d requests went out and %d entries are kept, want one and none", n, len(o.q.entries))
	}
}

// A namespace that goes with few large records must not push out another's many small ones.
func TestTombstonesHaveAShareANamespace(t *testing.T) {
	o := newOffice(t)
	const quiet, large = 100, 200
	for i := range quiet {
		o.add("quiet", fmt.Sprintf("web-%d", i))
		o.bury("quiet", fmt.Sprintf("web-%d", i))
	}
	dropped := 0
	for i := range large {
		name := fmt.Sprintf("web-%d", i)
		o.add("noisy", name, func(b *recordBuilder) { b.Services(strings.Repeat("x", 200<<10)) })
		dropped += o.bury("noisy", name)
	}
	if dropped < large/2 {
		t.Fatalf("%d tombstones were dropped: the large ones are not too large", dropped)
	}
	o.run(time.Hour)
	for i := range quiet {
		if name := fmt.Sprintf("quiet/web-%d", i); o.took[name] == "" {
			t.Errorf("%s is not told", name)
		}
	}
	if last := fmt.Sprintf("noisy/web-%d", large-1); o.took[last] == "" {
		t.Errorf("%s is not told", last)
	}
}
