// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// UnavailableBefore sets how many pods were unavailable when the revision before was last observed.
func (b *observationBuilder) UnavailableBefore(n int32) *observationBuilder {
	b.observation.Progress.UnavailableBefore = n
	return b
}

func TestNothingRunsNothingIsSuccessful(t *testing.T) {
	const (
		pending    = v1alpha1.StatePending
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
		rolledBack = v1alpha1.StateRolledBack
	)
	empty := func() *rolloutBuilder { return web(2, "B").Empty(at(50)) }
	waiting := func() *recordBuilder { return makeRecord(empty()) }
	run(t, map[string]planTest{
		"a new release at 0 replicas": {
			observation: observe(empty()).At(at(51)), wantCreate: []glance{{2, pending, at(50), "SHOP-2", 0}},
		},
		"one that was pending stays so": {observation: observe(empty()).At(at(51)).Records(waiting())},
		"one that was under way waits": {
			observation: observe(empty()).At(at(51)).Records(makeRecord(web(2, "B").InProgress(at(40)))),
			wantUpdate:  []glance{{2, pending, at(50), "SHOP-2", 0}},
		},
		"one that failed stays so: its pods are not wanted, not mended": {
			observation: observe(empty()).At(at(51)).Records(makeRecord(web(2, "B").Failed(at(40)))),
		},
		"one that was successful stays so": {
			observation: observe(empty()).At(at(51)).Records(makeRecord(web(2, "B").Successful(at(40)))),
		},
		"it supersedes one that waits as it does": {
			observation: observe(web(3, "C").Empty(at(60))).At(at(61)).Records(waiting()),
			wantUpdate:  []glance{{2, cancelled, justBefore(60), "SHOP-2", 0}},
			wantCreate:  []glance{{3, pending, at(60), "SHOP-3", 0}},
		},
		"it supersedes one that failed": {
			observation: observe(empty()).At(at(51)).Records(makeRecord(web(1, "A").Failed(at(40)))),
			wantCreate:  []glance{{2, pending, at(50), "SHOP-2", 0}},
		},
		"an undo at 0 replicas: what it restores waits, what was between is rolled back": {
			observation: observe(web(3, "A").Empty(at(60))).At(at(61)).
				Records(makeRecord(web(1, "A").Successful(at(1))), makeRecord(web(2, "B").Failed(at(40)))),
			wantUpdate: []glance{{2, rolledBack, justBefore(60), "SHOP-2", 0}},
			wantCreate: []glance{{3, pending, at(60), "SHOP-1", 1}},
		},
		"its first pods come: nothing tells since when": {
			observation: observe(web(2, "B").InProgress(time.Time{}).Pods(2, 0, 2)).At(at(70)).FirstSeen(at(70)).Records(waiting()),
			wantUpdate:  []glance{{2, inProgress, at(70), "SHOP-2", 0}}, wantWake: 10 * time.Minute,
		},
		"its first pods are available: the time of the condition is that of its 0 replicas": {
			observation: observe(web(2, "B").Successful(at(50))).At(at(71)).
				Records(waiting().State(inProgress, at(70))),
			wantUpdate: []glance{{2, successful, at(71), "SHOP-2", 0}},
		},
		"its first pods do not become available": {
			observation: observe(web(2, "B").InProgress(time.Time{}).Pods(2, 0, 2)).At(at(80)).FirstSeen(at(70)).
				Records(waiting().State(inProgress, at(70))),
			wantUpdate: []glance{{2, failed, at(80), "SHOP-2", 0}},
		},
		"it failed at 0 replicas, and its pods come back as they were": {
			observation: observe(db(1, "A").InProgress(at(2)).Pods(2, 0, 2)).At(at(90)).FirstSeen(at(90)).
				Records(makeRecord(db(1, "A").Stalled(at(12)))),
		},
	})
}

func TestABlipIsNoFailure(t *testing.T) {
	const (
		inProgress = v1alpha1.StateInProgress
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
		second     = time.Second
	)
	degraded := func() *rolloutBuilder { return web(2, "B").Failed(at(50)) }
	paused := func() *recordBuilder { return makeRecord(web(2, "B").Pending(at(40))) }
	impatient := func() *siteBuilder { return makeSite("acme").Deadline(2 * time.Minute) }
	run(t, map[string]planTest{
		"Degraded a moment ago: nothing is told": {
			observation: observe(degraded()).At(at(50).Add(3 * second)).Records(makeRecord(web(2, "B").InProgress(at(40)))),
			wantWake:    7 * second,
		},
		"Degraded at a step that was paused: it stays paused": {
			observation: observe(degraded()).At(at(50).Add(3 * second)).Records(paused()), wantWake: 7 * second,
		},
		"it recovered": {
			observation: observe(web(2, "B").InProgress(at(40))).At(at(50).Add(5 * second)).Records(makeRecord(web(2, "B").InProgress(at(40)))),
		},
		"Degraded for long enough: failed since then": {
			observation: observe(degraded()).At(at(50).Add(10 * second)).Records(makeRecord(web(2, "B").InProgress(at(40)))),
			wantUpdate:  []glance{{2, failed, at(50), "SHOP-2", 0}},
		},
		"Degraded once more: it was told, and flaps": {
			observation: observe(degraded()).At(at(50).Add(second)).Records(makeRecord(web(2, "B").Failed(at(45)))),
		},
		"a clock that is behind waits no longer than another": {
			observation: observe(degraded()).At(at(49)).Records(paused()), wantWake: 10 * second,
		},
		"nothing tells since when: told at once": {
			observation: observe(web(2, "B").Failed(time.Time{})).At(at(50)).Records(paused()),
			wantUpdate:  []glance{{2, failed, at(50), "SHOP-2", 0}},
		},
		"a site with a short deadline waits for a share of it": {
			site:        impatient(),
			observation: observe(degraded()).At(at(50).Add(second)).Records(paused()), wantWake: second,
		},
		"the first look: it has begun": {
			observation: observe(degraded()).At(at(50).Add(3 * second)),
			wantCreate:  []glance{{2, inProgress, at(50), "SHOP-2", 0}}, wantWake: 7 * second,
		},
		"the first look, and nobody knows whose the failure is: the one before began, or this one": {
			observation: observe(degraded()).At(at(50).Add(3 * second)).Records(makeRecord(web(1, "A").InProgress(at(40)))),
			wantUpdate:  []glance{{1, cancelled, at(50).Add(3 * second), "SHOP-1", 0}},
			wantCreate:  []glance{{2, inProgress, at(50).Add(3 * second), "SHOP-2", 0}}, wantWake: 7 * second,
		},
		"that failure stays: it is the earlier one's until the site's deadline": {
			observation: observe(degraded()).At(at(51)).Records(
				makeRecord(web(1, "A")).State(cancelled, at(50).Add(3*second)), makeRecord(web(2, "B").InProgress(at(50).Add(3*second)))),
			wantWake: 9*time.Minute + 3*second,
		},
	})
}

// Each row is a rollout that made no progress for the site's deadline.
func TestARolloutIsJudgedAgainstWhatWasUnavailableBeforeIt(t *testing.T) {
	const (
		pending    = v1alpha1.StatePending
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
	)
	rolling := func(outdated, unready int32) *rolloutBuilder {
		return db(2, "B").InProgress(at(2)).Pods(3, outdated, unready)
	}
	held := func() *recordBuilder {
		_, why := rolling(2, 1).Held().r.Stalled(1)
		return makeRecord(db(2, "B").state(rollout.Pending, at(12), why)).Before("1")
	}
	underWay := func(before string) *recordBuilder { return makeRecord(db(2, "B").InProgress(at(2))).Before(before) }
	run(t, map[string]planTest{
		"one node was dead before, and is": {
			observation: observe(rolling(0, 1)).At(at(12)).FirstSeen(at(2)).Records(underWay("1")),
			wantUpdate:  []glance{{2, successful, at(12), "SHOP-2", 0}},
		},
		"it is held by that": {
			observation: observe(rolling(2, 1).Held()).At(at(12)).FirstSeen(at(2)).Records(underWay("1")),
			wantUpdate:  []glance{{2, pending, at(12), "SHOP-2", 0}},
		},
		"it is still held": {
			observation: observe(rolling(2, 1).Held()).At(at(20)).FirstSeen(at(2)).Records(held()),
		},
		"it is held, and Rollcall starts anew": {
			observation: observe(rolling(2, 1).Held()).At(at(20)).FirstSeen(at(20)).Records(held()),
		},
		"the node came back, and it goes on": {
			observation: observe(rolling(1, 1)).At(at(20)).Progress(at(20)).Records(held()),
			wantUpdate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}}, wantWake: 10 * time.Minute,
		},
		"two are unavailable, and there was one before": {
			observation: observe(rolling(0, 2)).At(at(12)).FirstSeen(at(2)).Records(underWay("1")),
			wantUpdate:  []glance{{2, failed, at(12), "SHOP-2", 0}},
		},
		"none was before": {
			observation: observe(rolling(0, 1)).At(at(12)).FirstSeen(at(2)).Records(makeRecord(db(2, "B").InProgress(at(2)))),
			wantUpdate:  []glance{{2, failed, at(12), "SHOP-2", 0}},
		},
		"there is time left: the pod may come back": {
			observation: observe(rolling(0, 1)).At(at(11)).FirstSeen(at(2)).Records(underWay("1")), wantWake: time.Minute,
		},
		"a pod has to be ready for an hour: that long nothing is seen of it": {
			observation: observe(rolling(0, 1).MinReady(time.Hour)).At(at(12)).FirstSeen(at(2)).Records(underWay("1")), wantWake: time.Hour,
		},
		"its own controller gave up, and all but as many as before are there": {
			observation: observe(web(2, "B").Failed(at(12)).Pods(3, 0, 1)).At(at(13)).Records(makeRecord(web(2, "B").InProgress(at(2))).Before("1")),
			wantUpdate:  []glance{{2, successful, at(12), "SHOP-2", 0}},
		},
		"a first installation: it began long ago, and nobody saw what was before": {
			observation: observe(db(1, "A").InProgress(at(2)).Pods(3, 0, 1)).At(at(600)).FirstSeen(at(590)),
			wantCreate:  []glance{{1, successful, at(600), "SHOP-1", 0}},
		},
		"a first installation: none of its pods is available": {
			observation: observe(db(1, "A").InProgress(at(2)).Pods(3, 0, 3)).At(at(600)).FirstSeen(at(590)),
			wantCreate:  []glance{{1, failed, at(600), "SHOP-1", 0}},
		},
	})
}

func TestWhatWasUnavailableBeforeStandsOnTheRecord(t *testing.T) {
	rolling := func(unready int32) *observationBuilder {
		return observe(db(2, "B").InProgress(at(2)).Pods(3, 3, unready)).At(at(3)).FirstSeen(at(2))
	}
	before := makeRecord(db(1, "A").Successful(at(1)))
	for name, tt := range map[string]struct {
		observation *observationBuilder
		want        string
	}{
		"one, and it still is":         {rolling(1).UnavailableBefore(1).Records(before), "1"},
		"two, and one came back":       {rolling(1).UnavailableBefore(2).Records(before), "1"},
		"one, and it came back":        {rolling(0).UnavailableBefore(1).Records(before), ""},
		"none":                         {rolling(1).Records(before), ""},
		"nobody saw, and it is old":    {observe(db(2, "B").InProgress(at(2)).Pods(3, 0, 1)).FirstSeen(now), "1"},
		"nobody saw, and it has begun": {rolling(2), ""},
	} {
		t.Run(name, func(t *testing.T) {
			created := plan(t, makeSite("acme"), tt.observation).Create
			if len(created) != 1 || created[0].Annotations[v1alpha1.AnnotationUnavailableBefore] != tt.want {
				t.Errorf("creates %+v, want one with %q unavailable before", created, tt.want)
			}
		})
	}
	lowered := plan(t, makeSite("acme"), rolling(1).Records(makeRecord(db(2, "B").InProgress(at(2))).Before("2"))).Update
	if len(lowered) != 1 || lowered[0].Annotations[v1alpha1.AnnotationUnavailableBefore] != "1" {
		t.Errorf("where one of two came back updates %+v, want one with 1 unavailable before", lowered)
	}
}

// A person reads on the record why a rollout is pending. That of one that is under way, or over, is not told.
func TestARecordSaysWhyItsRolloutIsPending(t *testing.T) {
	for _, tt := range []struct {
		rollout *rolloutBuilder
		want    string
	}{
		{web(2, "B").Empty(at(50)), "Deployment shop-prod/web, revision 2. It is to run no pod."},
		{web(2, "B").state(rollout.Pending, at(50), "It is paused."), "Deployment shop-prod/web, revision 2. It is paused."},
		{web(2, "B").state(rollout.InProgress, at(50), "Pods are missing."), "Deployment shop-prod/web, revision 2"},
		{web(2, "B").state(rollout.Successful, at(50), "Every pod is available."), "Deployment shop-prod/web, revision 2"},
	} {
		t.Run(fmt.Sprint(tt.rollout.r.State, " ", tt.rollout.r.Message), func(t *testing.T) {
			created := plan(t, makeSite("acme"), observe(tt.rollout)).Create
			if len(created) != 1 || created[0].Spec.Description != tt.want {
				t.Errorf("creates %+v, want one that is described so: %s", created, tt.want)
			}
		})
	}
}
