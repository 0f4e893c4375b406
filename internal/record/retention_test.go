// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestPlanOfAWorkloadThatIsGone(t *testing.T) {
	const (
		day        = 24 * time.Hour
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
	)
	finished := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	rolling := func() *recordBuilder { return makeRecord(web(2, "B").InProgress(at(20))) }
	run(t, map[string]planTest{
		"what was rolling out is cancelled, and all is kept for a day": {
			observation: observeNothing().Records(finished(), rolling()),
			wantUpdate:  []glance{{1, successful, at(10), "SHOP-1", 0}, {2, cancelled, now, "SHOP-2", 0}},
			wantWake:    day,
		},
		"what was paused is cancelled": {
			observation: observeNothing().Records(makeRecord(web(1, "A").Pending(at(10)))),
			wantUpdate:  []glance{{1, cancelled, now, "SHOP-1", 0}},
			wantWake:    day,
		},
		"what failed stays failed": {
			observation: observeNothing().Records(makeRecord(web(1, "A").Failed(at(10)))),
			wantUpdate:  []glance{{1, failed, at(10), "SHOP-1", 0}},
			wantWake:    day,
		},
		"what a cache that lagged showed rolling out once more is cancelled once more": {
			observation: observeNothing().Records(rolling().GoneSince(now.Add(-time.Hour))),
			wantUpdate:  []glance{{2, cancelled, now, "SHOP-2", 0}},
			wantWake:    day,
		},
		"before the day is over": {
			observation: observeNothing().Records(finished().GoneSince(now.Add(-23 * time.Hour))),
			wantWake:    time.Hour,
		},
		"before the day is over: the nearest end counts": {
			observation: observeNothing().Records(
				finished().GoneSince(now.Add(-20*time.Hour)), rolling().State(cancelled, at(30)).GoneSince(now.Add(-23*time.Hour))),
			wantWake: time.Hour,
		},
		"once the day is over": {
			observation: observeNothing().Records(finished().GoneSince(now.Add(-day))),
			wantDelete:  []int64{1},
		},
		"once the day is over, what Jira has not answered stays until it has": {
			observation: observeNothing().Records(finished().GoneSince(now.Add(-day)), rolling().State(cancelled, at(30)).GoneSince(now.Add(-day)).Unsettled()),
			wantDelete:  []int64{1},
		},
		"once the day is over, at a site that is told nothing": {
			site:        makeSite("acme").DryRun(),
			observation: observeNothing().Records(finished().GoneSince(now.Add(-day)).Unsettled()),
			wantDelete:  []int64{1},
		},
		"a mark that is no time is made anew": {
			observation: observeNothing().Records(finished().GoneSinceText("yesterday")),
			wantUpdate:  []glance{{1, successful, at(10), "SHOP-1", 0}},
			wantWake:    day,
		},
		"more revisions than are kept outlive the workload together": {
			site:        makeSite("acme").Keeps(1, day),
			observation: observeNothing().Records(finished().GoneSince(now.Add(-time.Hour)), rolling().State(cancelled, at(30)).GoneSince(now.Add(-time.Hour))),
			wantWake:    23 * time.Hour,
		},
		"where nothing is kept": {
			site:        makeSite("acme").Keeps(5, 0),
			observation: observeNothing().Records(finished().GoneSince(now)),
			wantDelete:  []int64{1},
		},
		"no records": {
			observation: observeNothing(),
		},
		"it was created again: the records of the earlier one are its history": {
			observation: observe(web(1, "C").UID("uid-2").Created(at(500)).Successful(at(501))).
				Records(finished().GoneSince(now.Add(-day)), rolling().State(cancelled, at(30)).GoneSince(now.Add(-time.Hour))),
			wantUpdate: []glance{{1, successful, at(10), "SHOP-1", 0}, {2, cancelled, at(30), "SHOP-2", 0}},
			wantCreate: []glance{{1, successful, at(501), "SHOP-1", 0}},
		},
		"it was created again, and there is nothing to say of it yet": {
			observation: observe(web(1, "C").UID("uid-2")).Silent().Records(finished().GoneSince(now.Add(-2*day)), rolling()),
			wantUpdate:  []glance{{2, cancelled, now, "SHOP-2", 0}},
		},
	})
}

// A site that keeps nothing still marks a record before it deletes it: what was rolling out has to be reported
// as cancelled. A wait of zero would be none, and nobody would come back.
func TestASiteThatKeepsNothingObservesAgainSoon(t *testing.T) {
	observation := observeNothing().Records(makeRecord(web(1, "A").InProgress(at(10))))
	got := makeSite("acme").Keeps(5, 0).Compiled(t).Plan(observation.Obj())
	want := []glance{{1, v1alpha1.StateCancelled, now, "SHOP-1", 0}}
	if diff := cmp.Diff(want, glances(got.Update)); diff != "" || len(got.Delete) > 0 {
		t.Errorf("Plan() deletes %v and updates (-want +got):\n%s", revisions(got.Delete), diff)
	}
	if got.RequeueAfter != time.Second {
		t.Errorf("wake = %s, want a second", got.RequeueAfter)
	}
}

func TestARecordSaysSinceWhenItsWorkloadIsGone(t *testing.T) {
	local := now.In(time.FixedZone("CET", 3600)).Add(123 * time.Millisecond)
	got := plan(t, makeSite("acme"), observeNothing().At(local).Records(makeRecord(web(1, "A"))))
	if len(got.Update) != 1 {
		t.Fatalf("Plan() updates %d records, want one", len(got.Update))
	}
	want := map[string]string{v1alpha1.AnnotationWorkloadGoneSince: "2026-03-01T19:00:00Z"}
	if diff := cmp.Diff(want, got.Update[0].Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestRetentionOfRevisions(t *testing.T) {
	const (
		day        = 24 * time.Hour
		inProgress = v1alpha1.StateInProgress
		cancelled  = v1alpha1.StateCancelled
		rolledBack = v1alpha1.StateRolledBack
	)
	one := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	two := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(20))) }
	three := func() *recordBuilder { return makeRecord(web(3, "C").Successful(at(30))) }
	four := func() *rolloutBuilder { return web(4, "D").InProgress(at(40)) }
	run(t, map[string]planTest{
		"as many as are kept": {
			site:        makeSite("acme").Keeps(3, day),
			observation: observe(web(3, "C").Successful(at(30))).Records(one(), two(), three()),
		},
		"a new one takes the place of the oldest": {
			site:        makeSite("acme").Keeps(3, day),
			observation: observe(four()).Records(one(), two(), three()),
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-4", 0}},
			wantDelete:  []int64{1},
		},
		"fewer are kept than before": {
			site:        makeSite("acme").Keeps(1, day),
			observation: observe(web(3, "C").Successful(at(30))).Records(one(), two(), three()),
			wantDelete:  []int64{1, 2},
		},
		"the newest is kept whatever the site says": {
			site:        makeSite("acme").Keeps(0, day),
			observation: observe(web(3, "C").Successful(at(30))).Records(one(), two(), three()),
			wantDelete:  []int64{1, 2},
		},
		"what Jira has not answered is kept": {
			site:        makeSite("acme").Keeps(1, day),
			observation: observe(web(3, "C").Successful(at(30))).Records(one().Unsettled(), two(), three().Unsettled()),
			wantDelete:  []int64{2},
		},
		"at a site that is told nothing, no answer is waited for": {
			site:        makeSite("acme").Keeps(1, day).DryRun(),
			observation: observe(web(3, "C").Successful(at(30))).Records(one().Unsettled(), two().Unsettled(), three().Unsettled()),
			wantDelete:  []int64{1, 2},
		},
		"what has to be told to Jira first is kept": {
			site:        makeSite("acme").Keeps(1, day),
			observation: observe(four()).Records(one(), two(), makeRecord(web(3, "C").InProgress(at(30)))),
			wantUpdate:  []glance{{3, cancelled, justBefore(40), "SHOP-3", 0}},
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-4", 0}},
			wantDelete:  []int64{1, 2},
		},
		"a rollback is told before what it rolls back is deleted": {
			site:        makeSite("acme").Keeps(1, day),
			observation: observe(web(4, "A").InProgress(at(40))).Records(one(), two(), three()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(40), "SHOP-2", 0}, {3, rolledBack, justBefore(40), "SHOP-3", 0}},
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-1", 1}},
			wantDelete:  []int64{1},
		},
		"a workload of which there is nothing to say": {
			site:        makeSite("acme").Keeps(2, day),
			observation: observe(web(4, "D")).Silent().Records(three(), one(), two()),
			wantDelete:  []int64{1},
		},
	})
}
