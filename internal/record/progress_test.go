// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Deadline sets how long a rollout may make no progress.
func (b *siteBuilder) Deadline(d time.Duration) *siteBuilder {
	b.site.Spec.ProgressDeadline.Duration = d
	return b
}

// Stalled is a rollout that failed because nobody saw any progress.
func (b *rolloutBuilder) Stalled(since time.Time) *rolloutBuilder {
	return b.state(rollout.Failed, since, "It made no progress for 10m.")
}

// Progress sets when the rollout last came nearer to its end.
func (b *observationBuilder) Progress(since time.Time) *observationBuilder {
	b.observation.Progress = Progress{Since: since, Seen: true}
	return b
}

// FirstSeen sets when the rollout was looked at for the first time, without any progress since.
func (b *observationBuilder) FirstSeen(when time.Time) *observationBuilder {
	b.observation.Progress = Progress{Since: when}
	return b
}

// db returns the rollout of a revision of the StatefulSet db, which ships the issue of the same number.
func db(revision int64, template string) *rolloutBuilder {
	b := makeRollout("db").Revision(revision).Template(template).Keys(fmt.Sprintf("SHOP-%d", revision))
	b.r.Kind = "StatefulSet"
	return b
}

func TestPlanOfARolloutThatNobodyElseWatchesOver(t *testing.T) {
	const (
		pending    = v1alpha1.StatePending
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		rolledBack = v1alpha1.StateRolledBack
	)
	rolling := func() *rolloutBuilder { return db(1, "A").InProgress(at(2)) }
	stalled := func() *recordBuilder { return makeRecord(db(1, "A").Stalled(at(12))) }
	tests := map[string]planTest{
		"it begins, and is looked at again at the deadline": {
			observation: observe(rolling()).At(at(3)).FirstSeen(at(3)),
			wantCreate:  []glance{{1, inProgress, at(2), "SHOP-1", 0}}, wantWake: 10 * time.Minute,
		},
		"there is time left": {
			observation: observe(rolling()).At(at(7)).FirstSeen(at(2)).Records(makeRecord(rolling())),
			wantWake:    5 * time.Minute,
		},
		"there is a moment left": {
			observation: observe(rolling()).At(at(12).Add(-time.Millisecond)).FirstSeen(at(2)).Records(makeRecord(rolling())),
			wantWake:    time.Second,
		},
		"it made progress, and has its time anew": {
			observation: observe(rolling()).At(at(12)).Progress(at(11)).Records(makeRecord(rolling())),
			wantWake:    9 * time.Minute,
		},
		"the deadline has come": {
			observation: observe(rolling()).At(at(12)).FirstSeen(at(2)).Records(makeRecord(rolling())),
			wantUpdate:  []glance{{1, failed, at(12), "SHOP-1", 0}},
		},
		"the deadline passed a while ago: it failed then": {
			observation: observe(rolling()).At(at(20)).Progress(at(2)).Records(makeRecord(rolling())),
			wantUpdate:  []glance{{1, failed, at(12), "SHOP-1", 0}},
		},
		"the deadline had passed before there was a record": {
			observation: observe(rolling()).At(at(20)).FirstSeen(at(2)),
			wantCreate:  []glance{{1, failed, at(12), "SHOP-1", 0}},
		},
		"another site is more patient": {
			site:        makeSite("acme").Deadline(time.Hour),
			observation: observe(rolling()).At(at(20)).FirstSeen(at(2)).Records(makeRecord(rolling())),
			wantWake:    42 * time.Minute,
		},
		"it has no key": {
			observation: observe(rolling().Keys("")).At(at(3)).FirstSeen(at(3)),
			wantUnkeyed: true,
		},

		"it is still failed": {
			observation: observe(rolling()).At(at(20)).FirstSeen(at(2)).Records(stalled()),
		},
		"it failed, and Rollcall starts anew: nothing is known": {
			observation: observe(rolling()).At(at(30)).FirstSeen(at(30)).Records(stalled()),
		},
		"it failed, Rollcall started anew, and the deadline passed once more": {
			observation: observe(rolling()).At(at(40)).FirstSeen(at(30)).Records(stalled()),
		},
		"it failed, and nothing tells when it began": {
			observation: observe(db(1, "A").InProgress(time.Time{})).At(at(30)).FirstSeen(at(30)).Records(stalled()),
		},
		"it failed, and makes progress": {
			observation: observe(rolling()).At(at(31)).Progress(at(31)).Records(stalled()),
			wantUpdate:  []glance{{1, inProgress, at(31), "SHOP-1", 0}}, wantWake: 10 * time.Minute,
		},
		"it failed, made progress, and fails again": {
			observation: observe(rolling()).At(at(41)).Progress(at(31)).
				Records(makeRecord(rolling()).State(inProgress, at(31))),
			wantUpdate: []glance{{1, failed, at(41), "SHOP-1", 0}},
		},
		"it failed, and finished after all": {
			observation: observe(db(1, "A").Successful(at(31))).At(at(32)).Records(stalled()),
			wantUpdate:  []glance{{1, successful, at(31), "SHOP-1", 0}},
		},
		"it failed, and waits for a person": {
			observation: observe(db(1, "A").Pending(at(2))).At(at(32)).Records(stalled()),
			wantUpdate:  []glance{{1, pending, at(32), "SHOP-1", 0}},
		},
		"it failed, and is restarted: a new attempt": {
			observation: observe(db(2, "A").Keys("SHOP-1").InProgress(at(30))).At(at(30)).FirstSeen(at(30)).Records(stalled()),
			wantUpdate:  []glance{{1, inProgress, at(30), "SHOP-1", 0}}, wantWake: 10 * time.Minute,
		},
		"it failed, was restarted, failed again, and Rollcall starts anew": {
			observation: observe(db(2, "A").Keys("SHOP-1").InProgress(at(30))).At(at(50)).FirstSeen(at(50)).
				Records(stalled().State(failed, at(40))),
		},
		"it failed, and is rolled back": {
			observation: observe(db(3, "A").InProgress(at(30))).At(at(30)).FirstSeen(at(30)).
				Records(makeRecord(db(1, "A").Successful(at(3))), makeRecord(db(2, "B").Stalled(at(20)))),
			wantUpdate: []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate: []glance{{3, inProgress, at(30), "SHOP-1", 1}}, wantWake: 10 * time.Minute,
		},

		"success is final: its pods are being replaced, and nobody waits for them": {
			observation: observe(db(1, "A").InProgress(at(2))).At(at(60)).FirstSeen(at(60)).
				Records(makeRecord(db(1, "A").Successful(at(3)))),
		},
		"success is final: its pods were never replaced": {
			observation: observe(db(1, "A").InProgress(at(2))).At(at(90)).FirstSeen(at(60)).
				Records(makeRecord(db(1, "A").Successful(at(3)))),
		},
		"who waits for a person has no deadline": {
			observation: observe(db(1, "A").Pending(at(2))).At(at(90)).Records(makeRecord(db(1, "A").Pending(at(2)))),
		},
		"a Deployment has its own": {
			observation: observe(web(1, "A").InProgress(at(2))).At(at(90)).Records(makeRecord(web(1, "A").InProgress(at(2)))),
		},
	}
	for name, tt := range tests {
		if tt.site == nil {
			tt.site = makeSite("acme").Deadline(10 * time.Minute)
			tests[name] = tt
		}
	}
	run(t, tests)
}

func TestARecordSaysForHowLongThereWasNoProgress(t *testing.T) {
	for deadline, want := range map[time.Duration]string{
		2 * time.Second:  "StatefulSet shop-prod/db, revision 1. It made no progress for 2s.",
		10 * time.Minute: "StatefulSet shop-prod/db, revision 1. It made no progress for 10m.",
		90 * time.Minute: "StatefulSet shop-prod/db, revision 1. It made no progress for 90m.",
		48 * time.Hour:   "StatefulSet shop-prod/db, revision 1. It made no progress for 2d.",
	} {
		observation := observe(db(1, "A").InProgress(at(2))).At(at(2).Add(deadline)).FirstSeen(at(2))
		got := plan(t, makeSite("acme").Deadline(deadline), observation)
		if len(got.Create) != 1 || got.Create[0].Spec.Description != want {
			t.Errorf("after %s: creates %+v, want one that is described so: %s", deadline, got.Create, want)
		}
	}
}
