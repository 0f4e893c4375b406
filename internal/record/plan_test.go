// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// web returns the rollout of a revision of the Deployment web, which ships the issue of the same number.
func web(revision int64, template string) *rolloutBuilder {
	return makeRollout("web").Revision(revision).Template(template).Keys(fmt.Sprintf("SHOP-%d", revision))
}

// glance is what a person sees first in a record.
type glance struct {
	Revision   int64
	State      v1alpha1.DeploymentState
	Since      time.Time
	Keys       string
	RollbackTo int64
}

func glances(records []*v1alpha1.JiraDeployment) []glance {
	var seen []glance
	for _, d := range records {
		seen = append(seen, glance{
			Revision: d.Spec.Revision, State: d.Spec.State, Since: d.Spec.LastUpdated.UTC(),
			Keys: strings.Join(d.Spec.IssueKeys, " "), RollbackTo: d.Spec.RollbackToRevision,
		})
	}
	return seen
}

func revisions(records []*v1alpha1.JiraDeployment) []int64 {
	var seen []int64
	for _, d := range records {
		seen = append(seen, d.Spec.Revision)
	}
	return seen
}

// justBefore returns when a record was closed whose successor's condition is of that minute.
func justBefore(minutes int) time.Time {
	return at(minutes).Add(-time.Second)
}

// planTest is an observation of a workload, and what should happen to its records.
type planTest struct {
	site        *siteBuilder // nil: one that asks for nothing special
	observation *observationBuilder
	wantCreate  []glance
	wantUpdate  []glance
	wantDelete  []int64 // revisions
	wantUnkeyed bool
	wantWake    time.Duration
}

func run(t *testing.T, tests map[string]planTest) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			site := tt.site
			if site == nil {
				site = makeSite("acme")
			}
			got := plan(t, site, tt.observation)
			if diff := cmp.Diff(tt.wantCreate, glances(got.Create)); diff != "" {
				t.Errorf("records to create (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantUpdate, glances(got.Update)); diff != "" {
				t.Errorf("records to update (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantDelete, revisions(got.Delete)); diff != "" {
				t.Errorf("revisions of the records to delete (-want +got):\n%s", diff)
			}
			if got.Unkeyed != tt.wantUnkeyed || got.RequeueAfter != tt.wantWake {
				t.Errorf("unkeyed = %v, wake = %s; want %v, %s", got.Unkeyed, got.RequeueAfter, tt.wantUnkeyed, tt.wantWake)
			}
		})
	}
}

func TestPlanOfANewRevision(t *testing.T) {
	const (
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
	)
	run(t, map[string]planTest{
		"the first, rolling out": {
			observation: observe(web(1, "A").InProgress(at(2))),
			wantCreate:  []glance{{1, inProgress, at(2), "SHOP-1", 0}},
		},
		"the first, finished before anybody looked": {
			observation: observe(web(1, "A").Successful(at(2))),
			wantCreate:  []glance{{1, successful, at(2), "SHOP-1", 0}},
		},
		"the first, and nothing tells since when: since it was seen": {
			observation: observe(web(1, "A").InProgress(time.Time{})).At(at(7).Add(123 * time.Millisecond)),
			wantCreate:  []glance{{1, inProgress, at(7), "SHOP-1", 0}},
		},
		"a service is enough": {
			observation: observe(web(1, "A").Keys("").Annotation(v1alpha1.AnnotationServiceIDs, "SVC-1")),
			wantCreate:  []glance{{1, successful, at(1), "", 0}},
		},
		"neither an issue nor a service": {
			observation: observe(web(1, "A").Keys("")),
			wantUnkeyed: true,
		},
		"one that was rolling out is superseded": {
			observation: observe(web(2, "B").InProgress(at(20))).Records(makeRecord(web(1, "A").InProgress(at(10)))),
			wantUpdate:  []glance{{1, cancelled, justBefore(20), "SHOP-1", 0}},
			wantCreate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}},
		},
		"one that was paused is superseded": {
			observation: observe(web(2, "B").InProgress(at(20))).Records(makeRecord(web(1, "A").Pending(at(10)))),
			wantUpdate:  []glance{{1, cancelled, justBefore(20), "SHOP-1", 0}},
			wantCreate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}},
		},
		"one that succeeded stays successful": {
			observation: observe(web(2, "B").InProgress(at(20))).Records(makeRecord(web(1, "A").Successful(at(10)))),
			wantCreate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}},
		},
		"one that failed stays failed": {
			observation: observe(web(2, "B").InProgress(at(20))).Records(makeRecord(web(1, "A").Failed(at(10)))),
			wantCreate:  []glance{{2, inProgress, at(20), "SHOP-2", 0}},
		},
		"one that nobody saw begin has failed already": {
			observation: observe(web(2, "B").Failed(at(30))).Records(makeRecord(web(1, "A").Successful(at(10)))),
			wantCreate:  []glance{{2, failed, at(30), "SHOP-2", 0}},
		},
		"one that nobody saw begin has failed already, and supersedes one": {
			observation: observe(web(2, "B").Failed(at(30))).Records(makeRecord(web(1, "A").InProgress(at(10)))),
			wantUpdate:  []glance{{1, cancelled, justBefore(30), "SHOP-1", 0}},
			wantCreate:  []glance{{2, failed, at(30), "SHOP-2", 0}},
		},
		"one that nobody saw begin has failed already, and the one that it supersedes is closed": {
			observation: observe(web(2, "B").Failed(at(30))).Records(makeRecord(web(1, "A").InProgress(at(10))).State(cancelled, justBefore(30))),
			wantCreate:  []glance{{2, failed, at(30), "SHOP-2", 0}},
		},
		"revisions that nobody saw have no record": {
			observation: observe(web(9, "C").Successful(at(90))).
				Records(makeRecord(web(2, "B").InProgress(at(20))), makeRecord(web(1, "A").Successful(at(10)))),
			wantUpdate: []glance{{2, cancelled, justBefore(90), "SHOP-2", 0}},
			wantCreate: []glance{{9, successful, at(90), "SHOP-9", 0}},
		},
		"one without keys supersedes too": {
			observation: observe(web(2, "B").Keys("").InProgress(at(20))).Records(makeRecord(web(1, "A").InProgress(at(10)))),
			wantUpdate:  []glance{{1, cancelled, justBefore(20), "SHOP-1", 0}},
			wantUnkeyed: true,
		},
		"one without keys, looked at again": {
			observation: observe(web(2, "B").Keys("").Successful(at(25))).
				Records(makeRecord(web(1, "A").InProgress(at(10))).State(cancelled, at(20))),
			wantUnkeyed: true,
		},
		"one without keys, to which keys were added": {
			observation: observe(web(2, "B").Successful(at(25))).
				Records(makeRecord(web(1, "A").InProgress(at(10))).State(cancelled, at(20))),
			wantCreate: []glance{{2, successful, at(25), "SHOP-2", 0}},
		},
		"an older observation than the newest record": {
			observation: observe(web(1, "A").InProgress(at(30))).
				Records(makeRecord(web(1, "A").Successful(at(10))), makeRecord(web(2, "B").InProgress(at(20)))),
		},
		"a workload that was created again under the same name": {
			observation: observe(web(1, "C").UID("uid-2").Created(at(500)).Successful(at(501))).
				Records(makeRecord(web(1, "A").Successful(at(10))), makeRecord(web(2, "B").InProgress(at(20)))),
			wantUpdate: []glance{{2, cancelled, justBefore(501), "SHOP-2", 0}},
			wantCreate: []glance{{1, successful, at(501), "SHOP-1", 0}},
		},
		"the first that is recorded, and the condition is that of one before it": {
			observation: observe(web(3, "C").Failed(at(590)).Written(at(595))),
			wantCreate:  []glance{{3, inProgress, now, "SHOP-3", 0}},
			wantWake:    10 * time.Minute,
		},
		"the same, for as long as the site allows": {
			observation: observe(web(3, "C").Failed(at(570)).Written(at(585))).Records(makeRecord(web(3, "C").InProgress(at(585)))),
			wantUpdate:  []glance{{3, failed, now, "SHOP-3", 0}},
		},
		"the first that is recorded failed itself": {
			observation: observe(web(3, "C").Failed(at(598)).Written(at(595))),
			wantCreate:  []glance{{3, failed, at(598), "SHOP-3", 0}},
		},
		"the first that is recorded failed long ago, and was scaled since": {
			observation: observe(web(3, "C").Failed(at(500)).Written(at(505))),
			wantCreate:  []glance{{3, failed, at(500), "SHOP-3", 0}},
		},
	})
}

func TestPlanOfTheCurrentRevision(t *testing.T) {
	const (
		pending    = v1alpha1.StatePending
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
	)
	first := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(1))) }
	rolling := func() *recordBuilder { return makeRecord(web(2, "B").InProgress(at(20))) }
	finished := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(30))) }
	run(t, map[string]planTest{
		"nothing changed": {
			observation: observe(web(2, "B").InProgress(at(25))).Records(first(), rolling()),
		},
		"it finished": {
			observation: observe(web(2, "B").Successful(at(30))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, successful, at(30), "SHOP-2", 0}},
		},
		"it finished, and nothing tells when": {
			observation: observe(web(2, "B").Successful(time.Time{})).Records(first(), rolling()),
			wantUpdate:  []glance{{2, successful, now, "SHOP-2", 0}},
		},
		"it finished, and the condition is of an earlier time": {
			observation: observe(web(2, "B").Successful(at(19))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, successful, now, "SHOP-2", 0}},
		},
		"it was paused": {
			observation: observe(web(2, "B").Pending(at(25))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, pending, at(25), "SHOP-2", 0}},
		},
		"it was resumed": {
			observation: observe(web(2, "B").InProgress(at(28))).Records(first(), makeRecord(web(2, "B").Pending(at(25)))),
			wantUpdate:  []glance{{2, inProgress, at(28), "SHOP-2", 0}},
		},
		"it failed": {
			observation: observe(web(2, "B").Failed(at(40))).Records(first(), rolling()),
			wantUpdate:  []glance{{2, failed, at(40), "SHOP-2", 0}},
		},
		"it is still failed": {
			observation: observe(web(2, "B").Failed(at(40))).Records(first(), makeRecord(web(2, "B").Failed(at(40)))),
		},
		"it failed, and goes on": {
			observation: observe(web(2, "B").InProgress(at(45))).Records(first(), makeRecord(web(2, "B").Failed(at(40)))),
			wantUpdate:  []glance{{2, inProgress, at(45), "SHOP-2", 0}},
		},
		"it failed, and finished after all": {
			observation: observe(web(2, "B").Successful(at(50))).Records(first(), makeRecord(web(2, "B").Failed(at(40)))),
			wantUpdate:  []glance{{2, successful, at(50), "SHOP-2", 0}},
		},
		"it failed, and is scaled to zero: nothing succeeded": {
			observation: observe(web(2, "B").Empty(at(50))).Records(first(), makeRecord(web(2, "B").Failed(at(40)))),
		},
		"it is scaled to zero while it is rolling out": {
			observation: observe(web(2, "B").Empty(at(50))).Records(first(), makeRecord(web(2, "B").InProgress(at(40)))),
			wantUpdate:  []glance{{2, v1alpha1.StatePending, at(50), "SHOP-2", 0}},
		},
		"a record that a lagging cache hid when the current one began": {
			observation: observe(web(3, "C").InProgress(at(50))).Records(first(), makeRecord(web(2, "B").InProgress(at(40))), makeRecord(web(3, "C").InProgress(at(50)))),
			wantUpdate:  []glance{{2, v1alpha1.StateCancelled, at(50).Add(-time.Second), "SHOP-2", 0}},
		},
		"the pods of a failed one are recreated for a template that has no number yet": {
			observation: observe(web(2, "C").InProgress(at(45))).Records(first(), makeRecord(web(2, "B").Failed(at(40)))),
		},
		"success is final: its pods are being replaced": {
			observation: observe(web(2, "B").InProgress(at(300))).Records(first(), finished()),
		},
		"success is final: it fails to be scaled up": {
			observation: observe(web(2, "B").Failed(at(300))).Records(first(), finished()),
		},
		"success is final: it is paused": {
			observation: observe(web(2, "B").Pending(at(300))).Records(first(), finished()),
		},
		"somebody wrote another state into the record": {
			observation: observe(web(2, "B").InProgress(at(25))).Records(first(), rolling().State(cancelled, at(22))),
			wantUpdate:  []glance{{2, inProgress, at(25), "SHOP-2", 0}},
		},
		"its number beside the same template with other keys, which has no number yet": {
			observation: observe(web(2, "B").Keys("SHOP-8 SHOP-9").InProgress(at(30))).Records(first(), rolling()),
		},
		"other keys once it is finished: Jira keeps what it was told": {
			observation: observe(web(2, "B").Keys("SHOP-8 SHOP-9").Successful(at(30))).Records(first(), finished()),
		},
		"keys that went away stay: Jira has them": {
			observation: observe(web(2, "B").Keys("").Successful(at(30))).Records(first(), finished()),
		},
		"nothing to say of it": {
			observation: observe(web(2, "B")).Silent().Records(first(), rolling()),
		},
		"its number beside a newer template: neither keys nor names are taken over": {
			observation: observe(web(2, "C").Keys("SHOP-3").Images("shop/web:3").InProgress(at(35))).Records(first(), finished()),
		},
		"its number beside a newer template, and what may be the newer one's failure": {
			observation: observe(web(2, "C").Keys("SHOP-3").Failed(at(40))).Records(first(), rolling()),
		},
		"its number beside a newer template that wants no pods: it is no success": {
			observation: observe(web(2, "C").Keys("SHOP-3").Successful(at(40))).Records(first(), rolling()),
		},
	})
}

func TestPlanOfARollback(t *testing.T) {
	const (
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		failed     = v1alpha1.StateFailed
		cancelled  = v1alpha1.StateCancelled
		rolledBack = v1alpha1.StateRolledBack
	)
	a1 := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	b2 := func() *recordBuilder { return makeRecord(web(2, "B").Successful(at(20))) }
	a3 := func() *recordBuilder { return makeRecord(web(3, "A").Keys("SHOP-1").InProgress(at(30))).RollbackTo(1) }
	run(t, map[string]planTest{
		"to the one before: it carries that one's keys": {
			observation: observe(web(3, "A").InProgress(at(30))).Records(a1(), b2()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-1", 1}},
		},
		"the keys are carried even where the template has none": {
			observation: observe(web(3, "A").Keys("").InProgress(at(30))).Records(a1(), b2()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-1", 1}},
		},
		"all between are rolled back, however they ended": {
			site: makeSite("acme").Keeps(6, 24*time.Hour),
			observation: observe(web(6, "A").InProgress(at(60))).Records(a1(), b2(),
				makeRecord(web(3, "C").Failed(at(30))),
				makeRecord(web(4, "D").InProgress(at(40))).State(cancelled, at(50)),
				makeRecord(web(5, "E").InProgress(at(50)))),
			wantUpdate: []glance{
				{2, rolledBack, justBefore(60), "SHOP-2", 0}, {3, rolledBack, justBefore(60), "SHOP-3", 0},
				{4, rolledBack, justBefore(60), "SHOP-4", 0}, {5, rolledBack, justBefore(60), "SHOP-5", 0},
			},
			wantCreate: []glance{{6, inProgress, at(60), "SHOP-1", 1}},
		},
		"what is before the restored one stays": {
			observation: observe(web(4, "B").InProgress(at(40))).Records(
				makeRecord(web(1, "A").Failed(at(10))), b2(), makeRecord(web(3, "C").Failed(at(30)))),
			wantUpdate: []glance{{3, rolledBack, justBefore(40), "SHOP-3", 0}},
			wantCreate: []glance{{4, inProgress, at(40), "SHOP-2", 2}},
		},
		"to one that failed: it stays failed": {
			observation: observe(web(3, "A").InProgress(at(30))).Records(makeRecord(web(1, "A").Failed(at(10))), b2()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-1", 1}},
		},
		"to one that never finished": {
			observation: observe(web(3, "A").InProgress(at(30))).Records(
				makeRecord(web(1, "A").InProgress(at(10))).State(cancelled, at(20)), b2()),
			wantUpdate: []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate: []glance{{3, inProgress, at(30), "SHOP-1", 1}},
		},
		"of a rollback: what it had restored is still there": {
			observation: observe(web(4, "B").InProgress(at(40))).Records(a1(), b2().State(rolledBack, at(30)), a3().State(successful, at(31))),
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-2", 2}},
		},
		"what it undid could not be written then, and a new release comes": {
			observation: observe(web(4, "C").InProgress(at(40))).Records(a1(), b2(), a3().State(successful, at(31))),
			wantUpdate:  []glance{{2, rolledBack, justBefore(40), "SHOP-2", 0}},
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-4", 0}},
		},
		"what it undid could not be written then, and comes back": {
			observation: observe(web(4, "B").InProgress(at(40))).Records(a1(), b2(), a3()),
			wantUpdate:  []glance{{2, rolledBack, justBefore(40), "SHOP-2", 0}, {3, cancelled, justBefore(40), "SHOP-1", 1}},
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-2", 2}},
		},
		"it tells nothing of others once somebody deleted the record that it restored": {
			observation: observe(web(4, "C").Successful(at(41))).Records(a1(), makeRecord(web(3, "B").Keys("SHOP-2").Successful(at(31))).RollbackTo(2), makeRecord(web(4, "C").Successful(at(41)))),
		},
		"what it undid could not be written until a later release goes on": {
			observation: observe(web(4, "C").Successful(at(41))).Records(a1(), b2(), a3().State(successful, at(31)), makeRecord(web(4, "C").Successful(at(41)))),
			wantUpdate:  []glance{{2, rolledBack, justBefore(41), "SHOP-2", 0}},
		},
		"it goes on, and its keys are not read anew": {
			observation: observe(web(3, "A").Keys("SHOP-1").Annotation(v1alpha1.AnnotationCommitMessage, "SHOP-99").Successful(at(31))).Records(a1(), b2().State(rolledBack, at(30)), a3()),
			wantUpdate:  []glance{{3, successful, at(31), "SHOP-1", 1}},
		},
		"the condition is still that of the release that failed": {
			observation: observe(web(3, "A").Keys("SHOP-1").Failed(at(20))).Records(a1(), makeRecord(web(2, "B").Failed(at(20)))),
			wantUpdate: []glance{
				{2, rolledBack, now, "SHOP-2", 0},
			},
			wantCreate: []glance{{3, inProgress, now, "SHOP-1", 1}},
			wantWake:   10 * time.Minute,
		},
		"the condition is still that of the release that failed, at the next observation": {
			observation: observe(web(3, "A").Keys("SHOP-1").Failed(at(20))).Records(a1(), b2().State(rolledBack, at(595)), a3().State(inProgress, at(595))),
			wantWake:    5 * time.Minute,
		},
		"the condition is still that of the release that failed, for as long as the site allows": {
			observation: observe(web(3, "A").Keys("SHOP-1").Failed(at(20))).Records(a1(), b2().State(rolledBack, at(590)), a3().State(inProgress, at(590))),
			wantUpdate:  []glance{{3, failed, now, "SHOP-1", 1}},
		},
		"the condition is still that of the release that failed, and so did this one": {
			observation: observe(web(3, "A").Keys("SHOP-1").Failed(at(20))).Records(a1(), b2().State(rolledBack, at(30)),
				makeRecord(web(3, "A").Keys("SHOP-1").Failed(at(40))).RollbackTo(1)),
		},
		"it failed itself": {
			observation: observe(web(3, "A").Keys("SHOP-1").Failed(at(40))).Records(a1(), b2().State(rolledBack, at(30)), a3()),
			wantUpdate:  []glance{{3, failed, at(40), "SHOP-1", 1}},
		},
		"it succeeded before anybody looked, and the condition is of an earlier time": {
			observation: observe(web(3, "A").Successful(at(15))).Records(a1(), b2()),
			wantUpdate:  []glance{{2, rolledBack, now, "SHOP-2", 0}},
			wantCreate:  []glance{{3, successful, now, "SHOP-1", 1}},
		},
	})
}

func TestARollbackCarriesServicesAndWhatWasDropped(t *testing.T) {
	release := func(revision int64, template string) *rolloutBuilder {
		return web(revision, template).Annotation(v1alpha1.AnnotationServiceIDs, "SVC-1")
	}
	many := makeRecord(release(1, "A").Keys(numbered("SHOP", 499)).Annotation(v1alpha1.AnnotationServiceIDs, "SVC-1 SVC-2"))
	got := plan(t, makeSite("acme"), observe(release(3, "A").InProgress(at(30))).Records(many, makeRecord(release(2, "B").Successful(at(20)))))
	if len(got.Create) != 1 {
		t.Fatalf("Plan() creates %d records, want one", len(got.Create))
	}
	want, spec := many.Obj().Spec, got.Create[0].Spec
	if len(spec.IssueKeys) != 499 || len(spec.ServiceIDs) != 1 || spec.DroppedAssociations != 1 {
		t.Errorf("%d keys, %d services, %d dropped; want 499, 1 and 1", len(spec.IssueKeys), len(spec.ServiceIDs), spec.DroppedAssociations)
	}
	if diff := cmp.Diff([][]string{want.IssueKeys, want.ServiceIDs}, [][]string{spec.IssueKeys, spec.ServiceIDs}); diff != "" {
		t.Errorf("associations (-restored +new):\n%s", diff)
	}
}

func TestPlanOfARestart(t *testing.T) {
	const (
		inProgress = v1alpha1.StateInProgress
		successful = v1alpha1.StateSuccessful
		cancelled  = v1alpha1.StateCancelled
		rolledBack = v1alpha1.StateRolledBack
	)
	a1 := func() *recordBuilder { return makeRecord(web(1, "A").Successful(at(10))) }
	restart := func() *rolloutBuilder { return web(3, "B").Keys("SHOP-2").InProgress(at(30)) }
	failed := func() *recordBuilder { return makeRecord(web(2, "B").Failed(at(20))) }
	run(t, map[string]planTest{
		"after a success it is silent": {
			observation: observe(restart()).Records(a1(), makeRecord(web(2, "B").Successful(at(20)))),
		},
		"after a success it is silent, even where it fails": {
			observation: observe(restart().Failed(at(40))).Records(a1(), makeRecord(web(2, "B").Successful(at(20)))),
		},
		"after a failure it is a new attempt": {
			observation: observe(restart()).Records(a1(), failed()),
			wantUpdate:  []glance{{2, inProgress, at(30), "SHOP-2", 0}},
		},
		"after a failure, whose condition is still there": {
			observation: observe(restart().Failed(at(20))).Records(a1(), failed()),
		},
		"after a failure it succeeds": {
			observation: observe(restart().Successful(at(35))).Records(a1(), failed()),
			wantUpdate:  []glance{{2, successful, at(35), "SHOP-2", 0}},
		},
		"half-way it goes on": {
			observation: observe(restart()).Records(a1(), makeRecord(web(2, "B").InProgress(at(20)))),
		},
		"of a rollback it is silent": {
			observation: observe(web(4, "A").Keys("SHOP-1").InProgress(at(40))).Records(a1(),
				makeRecord(web(2, "B").Successful(at(20))).State(rolledBack, at(30)),
				makeRecord(web(3, "A").Keys("SHOP-1").Successful(at(31))).RollbackTo(1)),
		},
		"of one that was superseded by a revision without keys: it starts anew": {
			observation: observe(web(4, "B").Keys("SHOP-2").InProgress(at(40))).Records(a1(), makeRecord(web(2, "B").InProgress(at(20))).State(cancelled, at(30))),
			wantCreate:  []glance{{4, inProgress, at(40), "SHOP-2", 2}},
		},
		"at a site that reports restarts, after a success": {
			site:        makeSite("acme").ReportsRestarts(),
			observation: observe(restart()).Records(a1(), makeRecord(web(2, "B").Successful(at(20)))),
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-2", 0}},
		},
		"at a site that reports restarts, half-way": {
			site:        makeSite("acme").ReportsRestarts(),
			observation: observe(restart()).Records(a1(), makeRecord(web(2, "B").InProgress(at(20)))),
			wantUpdate:  []glance{{2, cancelled, justBefore(30), "SHOP-2", 0}},
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-2", 0}},
		},
		"at a site that reports restarts a rollback is still one": {
			site:        makeSite("acme").ReportsRestarts(),
			observation: observe(web(3, "A").InProgress(at(30))).Records(a1(), makeRecord(web(2, "B").Successful(at(20)))),
			wantUpdate:  []glance{{2, rolledBack, justBefore(30), "SHOP-2", 0}},
			wantCreate:  []glance{{3, inProgress, at(30), "SHOP-1", 1}},
		},
	})
}

// What identifies a deployment in Jira cannot be changed; what Jira shows of it can.
func TestAnEnvironmentKeepsItsIDAndChangesItsType(t *testing.T) {
	rule := v1alpha1.EnvironmentRule{ID: "prod", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"shop-*"}}
	tests := map[string]struct {
		site        *siteBuilder
		observation *observationBuilder
		want        v1alpha1.Environment
	}{
		"a rule was written since": {
			site:        makeSite("acme").Rules(rule),
			observation: observe(web(1, "A")).Records(makeRecord(web(1, "A"))),
			want:        v1alpha1.Environment{ID: "eu-1/shop-prod", Name: "Production", Type: v1alpha1.EnvironmentProduction},
		},
		"a rule was taken away since": {
			site:        makeSite("acme"),
			observation: observe(web(1, "A")).Records(makeRecord(web(1, "A")).EnvironmentID("prod")).NamespaceLabel(v1alpha1.KeyEnvironmentType, "staging"),
			want:        v1alpha1.Environment{ID: "prod", Name: "shop-prod", Type: v1alpha1.EnvironmentStaging},
		},
		"the namespace was labelled since": {
			site:        makeSite("acme"),
			observation: observe(web(1, "A")).Records(makeRecord(web(1, "A"))).NamespaceLabel(v1alpha1.KeyEnvironmentType, "testing"),
			want:        v1alpha1.Environment{ID: "eu-1/shop-prod", Name: "shop-prod", Type: v1alpha1.EnvironmentTesting},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := plan(t, tt.site, tt.observation)
			if len(got.Update) != 1 {
				t.Fatalf("Plan() updates %d records, want one", len(got.Update))
			}
			if diff := cmp.Diff(tt.want, got.Update[0].Spec.Environment); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARecordFollowsTheTemplatesOfItsSite(t *testing.T) {
	record := makeRecord(web(1, "A"))
	got := plan(t, makeSite("acme").URL("https://argocd.acme.io/{{ .Name }}"), observe(web(1, "A")).Records(record))
	if len(got.Update) != 1 || got.Update[0].Spec.URL != "https://argocd.acme.io/web" {
		t.Errorf("Plan() updates %v, want the record's url to be the template's", got.Update)
	}
}

func TestTheRecordOfANewRevision(t *testing.T) {
	rollout := makeRollout("web").Revision(7).Template("B").InProgress(at(20).Add(300*time.Millisecond)).
		Images("registry.acme.io:5000/shop/web:1.2").
		TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-1: mend the login").
		Annotation(v1alpha1.AnnotationServiceIDs, "SVC-1")
	want := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop-prod", Name: Name(rollout.Obj(), "acme"), Labels: map[string]string{
			"app.kubernetes.io/managed-by": "rollcall", "rollcall.dev/site": "acme", "rollcall.dev/environment-type": "production",
			"rollcall.dev/workload-kind": "Deployment", "rollcall.dev/workload-name": "web",
		}, Annotations: map[string]string{v1alpha1.AnnotationRecordedAt: now.UTC().Format(time.RFC3339)}},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:         "acme",
			Workload:     &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "uid-1"},
			Revision:     7,
			TemplateHash: "B",
			Evidence:     keysPrint([]string{"SHOP-1"}) + " " + textPrint(PlaceTemplate, v1alpha1.AnnotationCommitMessage, "SHOP-1: mend the login"),
			Sequence:     created.Unix()*1_000_000 + 7,
			Pipeline: v1alpha1.Pipeline{
				ID: "eu-1/shop-prod/Deployment/web", Name: "shop-prod/web", URL: "https://argocd.acme.io/shop-prod/web",
			},
			Environment: v1alpha1.Environment{ID: "eu-1/shop-prod", Name: "shop-prod", Type: v1alpha1.EnvironmentProduction},
			State:       v1alpha1.StateInProgress,
			LastUpdated: metav1.NewTime(at(20)),
			StartTime:   metav1.NewTime(at(20)),
			DisplayName: "web 1.2",
			Description: "Deployment shop-prod/web, revision 7: registry.acme.io:5000/shop/web:1.2",
			Label:       "1.2",
			URL:         "https://argocd.acme.io/shop-prod/web",
			IssueKeys:   []string{"SHOP-1"},
			ServiceIDs:  []string{"SVC-1"},
		},
	}
	got := recordOf(t, makeSite("acme").URL("https://argocd.acme.io/{{ .Namespace }}/{{ .Name }}"), rollout)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}
