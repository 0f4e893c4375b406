// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Where two rules meet: a rollback whose records are gone, keys beside retention, a site that reads more than before.

func TestARollbackThatIsAloneRollsNothingBack(t *testing.T) {
	alone := makeRecord(web(3, "A").Successful(at(29))).RollbackTo(1)
	got := plan(t, makeSite("acme"), observe(web(3, "A").Successful(at(29))).Records(alone))
	if len(got.Create)+len(got.Delete) > 0 {
		t.Errorf("created %d and deleted %d records, want none", len(got.Create), len(got.Delete))
	}
}

func TestARecordStaysWhileTheNextOneTakesKeysBesideIt(t *testing.T) {
	first := makeRollout("web").Revision(1).Template("A").Successful(at(10)).Annotation(v1alpha1.AnnotationIssueKeys, "SHOP-1")
	second := makeRollout("web").Revision(2).Template("B").InProgress(at(20)).
		Annotation(v1alpha1.AnnotationIssueKeys, "SHOP-1").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2: x")
	got := plan(t, makeSite("acme").Keeps(1, time.Hour), observe(second).Records(makeRecord(first)))
	if len(got.Create) != 1 || strings.Join(got.Create[0].Spec.IssueKeys, " ") != "SHOP-2" {
		t.Fatalf("created %d records, want one of SHOP-2", len(got.Create))
	}
	if len(got.Delete) > 0 {
		t.Error("the former record is deleted, and the list that was there before would count as a new one")
	}
}

func TestASiteThatReadsMoreThanBeforeStartsNoRelease(t *testing.T) {
	rollout := func() *rolloutBuilder {
		return makeRollout("web").Revision(1).Template("A").Exact("exact-A").
			TemplateAnnotation("acme/ticket", "SHOP-7").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-1")
	}
	got := plan(t, makeSite("acme").KeyAnnotations("acme/ticket"), observe(rollout().Successful(at(30))).Records(makeRecord(rollout().InProgress(at(20)))))
	if len(got.Create) > 0 || len(got.Update) != 1 || got.Update[0].Spec.State != v1alpha1.StateSuccessful {
		t.Errorf("created %d and updated %d records, want the one that is there to be successful", len(got.Create), len(got.Update))
	}
}

func TestAListThatNamesNothingFreezesNoKeys(t *testing.T) {
	rollout := func(message string) *rolloutBuilder {
		return makeRollout("web").Revision(1).Template("A").InProgress(at(10)).Annotation(v1alpha1.AnnotationCommitMessage, message)
	}
	noted := makeRecord(rollout("SHOP-1: x"))
	annotate(&noted.d, v1alpha1.AnnotationIssueKeys, "oops")
	got := plan(t, makeSite("acme"), observe(rollout("SHOP-5: x")).Records(noted))
	if len(got.Update) != 1 || strings.Join(got.Update[0].Spec.IssueKeys, " ") != "SHOP-5" {
		t.Errorf("updated %d records, want one to SHOP-5", len(got.Update))
	}
}

func TestWhatAFormerReleaseBrokeExcusesNobody(t *testing.T) {
	for state, want := range map[v1alpha1.DeploymentState]v1alpha1.DeploymentState{
		v1alpha1.StateSuccessful: v1alpha1.StateSuccessful, // a node died
		v1alpha1.StateFailed:     v1alpha1.StateFailed,
		v1alpha1.StateCancelled:  v1alpha1.StateFailed,
	} {
		former := makeRecord(web(1, "A").InProgress(at(0))).State(state, at(1))
		current := makeRecord(web(2, "B").InProgress(at(2))).Before("1")
		got := plan(t, makeSite("acme"), observe(web(2, "B").Failed(at(12)).Pods(3, 0, 1)).At(at(13)).Records(former, current))
		if len(got.Update) != 1 || got.Update[0].Spec.State != want {
			t.Errorf("after one that is %s, with as many unavailable as before: updated %d records, want one to %s", state, len(got.Update), want)
		}
	}
}

func TestWhatIsNoRevertAnyMoreIsNotCalledOne(t *testing.T) {
	rollout := makeRollout("web").Revision(1).Template("A").InProgress(at(5)).TemplateAnnotation(v1alpha1.AnnotationBranch, "SHOP-3")
	noted := makeRecord(rollout)
	annotate(&noted.d, v1alpha1.AnnotationReverts, "SHOP-9: y")
	got := plan(t, makeSite("acme"), observe(rollout).Records(noted))
	if len(got.Update) != 1 || strings.Contains(got.Update[0].Spec.Description, "reverts") {
		t.Errorf("updated %d records, want one whose description reverts nothing", len(got.Update))
	}
}

func TestARecordThatRollcallMadeLateIsNotForeign(t *testing.T) {
	for name, tt := range map[string]struct {
		recorded time.Time
		foreign  bool
	}{
		"when the API server created it":       {at(30), false},
		"by a manager whose clock is ahead":    {at(31), false},
		"when the API server was slow":         {at(30).Add(-50 * time.Second), false},
		"longer before than any request takes": {at(30).Add(-70 * time.Second), true},
	} {
		late := makeRecord(web(1, "A").InProgress(at(1))).Unsettled().Obj()
		late.CreationTimestamp.Time, late.Status = at(30), v1alpha1.JiraDeploymentStatus{}
		annotate(late, v1alpha1.AnnotationRecordedAt, tt.recorded.Format(time.RFC3339))
		if why := Foreign(late, Home{}); (why != "") != tt.foreign {
			t.Errorf("its workload is gone, and it was recorded %s: foreign is %q, want %t", name, why, tt.foreign)
		}
	}
}
