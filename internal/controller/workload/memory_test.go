// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestAWorkloadOfWhichNothingIsRememberedCostsNoMemory(t *testing.T) {
	web := client.ObjectKey{Namespace: "shop", Name: "web"}
	for name, remember := range map[string]func(*remembered){
		"an expectation": func(known *remembered) { known.expectations["web-1"] = expectation{} },
		"progress":       func(known *remembered) { known.current.note(rolling("uid-1", 1, 3, 0), noon) },
		"a count":        func(known *remembered) { known.current.skip("acme") },
		"a retry":        func(known *remembered) { _, _ = known.retries.Result(0, ErrOutdated) },
	} {
		t.Run(name, func(t *testing.T) {
			var m memory
			m.keep(web, m.of(web))
			if n := m.size(); n > 0 {
				t.Errorf("%d workloads are remembered of which nothing is known, want none", n)
			}
			known := m.of(web)
			remember(known)
			m.keep(web, known)
			if m.of(web) != known {
				t.Error("what was noted of the workload is forgotten")
			}
		})
	}
}

// size returns how many workloads are remembered.
func (m *memory) size() (n int) {
	m.workloads.Range(func(any, any) bool { n++; return true })
	return n
}

// rolling returns a rollout of a StatefulSet of three pods.
func rolling(uid types.UID, revision int64, outdated, unready int32) *rollout.Rollout {
	return &rollout.Rollout{
		Workload:  rollout.Workload{Namespace: "shop", Name: "db", UID: uid},
		Revision:  revision,
		State:     rollout.InProgress,
		Unwatched: true,
		Remaining: rollout.Remaining{Desired: 3, Outdated: outdated, Unready: unready},
	}
}

func TestProgressIsSinceARolloutLastCameNearerToItsEnd(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 3, 1, 9, minute, 0, 0, time.UTC) }
	waiting, finished, ofDeployment := rolling("uid-2", 1, 3, 0), rolling("uid-2", 1, 0, 0), rolling("uid-3", 1, 3, 0)
	waiting.State, finished.State, ofDeployment.Unwatched = rollout.Pending, rollout.Successful, false
	var c current
	for _, step := range []struct {
		name    string
		rollout *rollout.Rollout
		minute  int
		want    record.Progress
	}{
		{"the first observation", rolling("uid-1", 1, 3, 0), 1, record.Progress{Since: at(1)}},
		{"nothing changed", rolling("uid-1", 1, 3, 0), 2, record.Progress{Since: at(1)}},
		{"a pod is stopped", rolling("uid-1", 1, 3, 1), 3, record.Progress{Since: at(1)}},
		{"its successor is there", rolling("uid-1", 1, 2, 1), 4, record.Progress{Since: at(4), Seen: true}},
		{"it is ready", rolling("uid-1", 1, 2, 0), 5, record.Progress{Since: at(5), Seen: true}},
		{"it crashed", rolling("uid-1", 1, 2, 1), 6, record.Progress{Since: at(5), Seen: true}},
		{"it is ready again", rolling("uid-1", 1, 2, 0), 7, record.Progress{Since: at(5), Seen: true}},
		{"another revision, further from its end", rolling("uid-1", 2, 3, 0), 8, record.Progress{Since: at(8)}},
		{"another revision goes on", rolling("uid-1", 2, 2, 0), 9, record.Progress{Since: at(9), Seen: true}},
		{"created again under the same name", rolling("uid-2", 2, 0, 3), 10, record.Progress{Since: at(10)}},
		{"it waits for a person", waiting, 11, record.Progress{}},
		{"it waited for a person, and goes on", rolling("uid-2", 2, 0, 2), 20, record.Progress{Since: at(20)}},
		{"it finished", finished, 21, record.Progress{}},
		{"a kind that is watched over", ofDeployment, 22, record.Progress{}},
	} {
		if got := c.note(step.rollout, at(step.minute)); got != step.want {
			t.Errorf("%s: note() = %+v, want %+v", step.name, got, step.want)
		}
	}
	if !c.progress.Since.IsZero() {
		t.Errorf("%+v is remembered of a rollout that is not in progress, want nothing", c.progress)
	}
}

func TestProgressKnowsWhatWasUnavailableBeforeARevision(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	finished, deployment := rolling("uid-2", 3, 0, 0), rolling("uid-2", 4, 1, 2)
	finished.State, deployment.Unwatched = rollout.Successful, false
	var c current
	for _, step := range []struct {
		name    string
		rollout *rollout.Rollout
		want    int32
	}{
		{"the first observation: nobody saw what was before", rolling("uid-1", 1, 0, 1), 0},
		{"two are unavailable when the next revision begins", rolling("uid-1", 1, 0, 2), 0},
		{"so many were before", rolling("uid-1", 2, 3, 2), 2},
		{"one more becomes unavailable, and that is its own", rolling("uid-1", 2, 2, 3), 2},
		{"two come back", rolling("uid-1", 2, 2, 1), 1},
		{"one goes again", rolling("uid-1", 2, 2, 2), 1},
		{"created again under the same name", rolling("uid-2", 2, 0, 3), 0},
		{"it finished", finished, 0},
		{"all were available", deployment, 0},
		{"a kind that is watched over is remembered too", rolling("uid-2", 5, 0, 3), 2},
	} {
		if got := c.note(step.rollout, now).UnavailableBefore; got != step.want {
			t.Errorf("%s: %d were unavailable before, want %d", step.name, got, step.want)
		}
	}
}

func TestASkippedRolloutIsCountedOnce(t *testing.T) {
	var c current
	for _, step := range []struct {
		name     string
		uid      types.UID
		revision int64
		site     string
		want     bool
	}{
		{"the first observation", "uid-1", 1, "acme", true},
		{"a second observation", "uid-1", 1, "acme", false},
		{"the same at another site", "uid-1", 1, "globex", true},
		{"the next revision", "uid-1", 2, "acme", true},
		{"the next revision again", "uid-1", 2, "acme", false},
		{"created again under the same name", "uid-3", 2, "acme", true},
		{"the same at another site", "uid-3", 2, "globex", true},
		{"both are counted", "uid-3", 2, "acme", false},
	} {
		c.note(&rollout.Rollout{Workload: rollout.Workload{UID: step.uid}, Revision: step.revision}, noon)
		if got := c.skip(step.site); got != step.want {
			t.Errorf("%s: skip() = %v, want %v", step.name, got, step.want)
		}
	}
}
