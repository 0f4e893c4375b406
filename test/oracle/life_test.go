// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

var rules = Rules{Deadline: 8 * time.Second}

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// inShort returns facts as "0-3 #1 rolling a", in seconds after noon.
func inShort(life *Life) []string {
	var all []string
	for _, f := range life.Facts {
		text := fmt.Sprintf("%.0f-%.0f #%d %s %s", f.From.Sub(noon).Seconds(), f.To.Sub(noon).Seconds(), f.Revision, f.Phase, f.Release)
		if f.Vague {
			text += " vague"
		}
		if f.Blurred {
			text += " blurred"
		}
		if f.Needs > 0 {
			text += fmt.Sprintf(" needs %s", f.Needs)
		}
		all = append(all, text)
	}
	return all
}

func expect(t *testing.T, life *Life, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, inShort(life)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestFactsLastUntilTheNextOne(t *testing.T) {
	life := &Life{}
	a, b := Template{Release: "a"}, Template{Release: "b"}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.Note(at(1), Status{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.Note(at(3), Status{Step: 1, Revision: 1, Phase: Finished}, a)
	life.Leave(at(10), 2)
	life.Note(at(12), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.Settle(at(15))
	expect(t, life, "0-3 #1 rolling a", "3-10 #1 finished a", "12-15 #2 rolling b")
}

func TestATemplateBesideAnotherNumberIsNoFact(t *testing.T) {
	life := &Life{}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Finished}, Template{Release: "a"})
	life.Note(at(1), Status{Step: 2, Revision: 1, Phase: Finished}, Template{Release: "b"})
	life.Note(at(2), Status{Step: 3, Revision: 1, Phase: Finished}, Template{Release: "a", Restart: 3})
	expect(t, life, "0-0 #1 finished a")
}

func TestATemplateThatSharesItsNumberIsRaisedLater(t *testing.T) {
	a, b := Template{Release: "a"}, Template{Release: "b"}
	life := &Life{IsSet: true, Rules: rules, Created: at(0)}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.Leave(at(1), 2)
	life.Note(at(2), Status{Step: 2, Revision: 1, Phase: Rolling, Blurred: true}, b)
	if life.Reached(2, b) {
		t.Error("the step is over before its template has a number of its own")
	}
	life.Note(at(5), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.Settle(at(6))
	expect(t, life, "0-1 #1 rolling a", "1-1 #1 rolling b blurred", "5-6 #2 rolling b")
	if !life.Reached(2, b) {
		t.Error("the step is not over once its template has a number of its own")
	}
}

func TestAFailureBelongsToTheRevisionThatFailed(t *testing.T) {
	life := &Life{}
	a, b := Template{Release: "a"}, Template{Release: "b"}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Failed, FailedAt: at(0)}, a)
	life.Leave(at(4), 2)
	life.Note(at(5), Status{Step: 2, Revision: 2, Phase: Failed, FailedAt: at(0)}, b)
	life.Note(at(6), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.Note(at(9), Status{Step: 2, Revision: 2, Phase: Failed, FailedAt: at(9)}, b)
	expect(t, life, "0-4 #1 failed a needs 1s", "5-9 #2 rolling b", "9-9 #2 failed b needs 1s")
}

func TestWhatComesToLightDuringAStepWasBeforeIt(t *testing.T) {
	life := &Life{}
	a, b := Template{Release: "a"}, Template{Release: "b"}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.Leave(at(5), 2)
	life.Note(at(6), Status{Step: 1, Revision: 1, Phase: Finished}, a)
	life.Settle(at(20))
	life.Note(at(21), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	expect(t, life, "0-5 #1 rolling a", "5-5 #1 finished a", "21-21 #2 rolling b")
}

func TestAStepThatNeverCameLeavesThingsAsTheyAre(t *testing.T) {
	life := &Life{}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Finished}, Template{Release: "a"})
	life.Leave(at(5), 2)
	life.Settle(at(8))
	expect(t, life, "0-5 #1 finished a")
	life.Stay()
	life.Settle(at(9))
	expect(t, life, "0-9 #1 finished a")
}

func TestAStepWithoutANumberLeavesNothingCertain(t *testing.T) {
	life := &Life{IsSet: true, Rules: rules}
	a, b, c := Template{Release: "a"}, Template{Release: "b"}, Template{Release: "c"}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Finished}, a)
	life.Leave(at(5), 2)
	life.Note(at(6), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.Leave(at(7), 3)
	life.Note(at(8), Status{Step: 3, Revision: 2, Phase: Rolling}, c)
	nobody := func(Fact) bool { return false }
	if life.AtRest(nobody) {
		t.Error("at rest before the step was given up")
	}
	life.Unnumber(c)
	life.CheckDeadline(at(60))
	life.Settle(at(90))
	if !life.AtRest(nobody) {
		t.Error("not at rest, and never will be: nobody can notice what nothing is certain about")
	}
	expect(t, life, "0-5 #1 finished a", "6-7 #2 rolling b", "7-7 #2 failed b needs 8s")
	if life.Unnumbered == nil || life.Unnumbered.Release != "c" {
		t.Errorf("without a number is %v, want c", life.Unnumbered)
	}

	life.Note(at(91), Status{Step: 3, Revision: 3, Phase: Finished}, c) // late, but it got one
	life.Settle(at(95))
	expect(t, life, "0-5 #1 finished a", "6-7 #2 rolling b", "7-7 #2 failed b needs 8s", "91-95 #3 finished c")
	if life.Unnumbered != nil {
		t.Errorf("without a number is %v, want nothing", life.Unnumbered)
	}
	if life.AtRest(nobody) {
		t.Error("at rest before anybody noticed how it ended")
	}

	gone := &Life{Gone: true}
	gone.Unnumber(c) // it is the next life that got none
	if gone.Unnumbered != nil {
		t.Errorf("without a number is %v, of a life that is over", gone.Unnumbered)
	}
}

func TestASetFailsByTheClock(t *testing.T) {
	life := &Life{IsSet: true, Rules: rules, Created: at(0)}
	a, scaled := Template{Release: "a"}, Template{Release: "a"}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Rolling, Unavailable: 2}, a)
	life.Note(at(2), Status{Step: 1, Revision: 1, Phase: Rolling, Unavailable: 1}, a)
	life.CheckDeadline(at(7))
	expect(t, life, "0-2 #1 rolling a")
	life.CheckDeadline(at(8))
	life.Settle(at(20))
	expect(t, life, "0-2 #1 rolling a", "2-20 #1 failed a needs 8s")
	life.Note(at(21), Status{Step: 2, Revision: 1, Phase: Rolling}, scaled)
	expect(t, life, "0-2 #1 rolling a", "2-21 #1 failed a needs 8s", "21-21 #1 rolling a vague")
}

func TestASetMayHaveFailedBeforeItWasSeen(t *testing.T) {
	a, b := Template{Release: "a"}, Template{Release: "b"}
	life := &Life{IsSet: true, Rules: rules, Created: at(0)}
	life.Note(at(7), Status{Step: 1, Revision: 1, Phase: Rolling}, a)
	expect(t, life, "7-7 #1 failed a vague", "7-7 #1 rolling a vague")
	life.CheckDeadline(at(13))
	expect(t, life, "7-7 #1 failed a vague", "7-7 #1 rolling a vague", "7-13 #1 failed a needs 8s")

	life = &Life{IsSet: true, Rules: rules, Created: at(0)}
	life.Note(at(1), Status{Step: 1, Revision: 1, Phase: Finished}, a)
	life.Leave(at(2), 2)
	life.Note(at(7), Status{Step: 2, Revision: 2, Phase: Rolling}, b)
	expect(t, life, "1-2 #1 finished a", "7-7 #2 rolling b")
	life.Leave(at(8), 3)
	life.Note(at(14), Status{Step: 3, Revision: 3, Phase: Rolling}, a)
	expect(t, life, "1-2 #1 finished a", "7-8 #2 rolling b", "14-14 #3 failed a vague", "14-14 #3 rolling a vague")
}

// Its pods crash, and are ready for a while before they do: nobody can tell whether that is progress.
func TestASetThatChangesAndComesNoNearerMayHaveFailed(t *testing.T) {
	a := Template{Release: "a"}
	life := &Life{IsSet: true, Rules: rules, Created: at(0)}
	for second := range 9 {
		life.Note(at(second), Status{Step: 1, Revision: 1, Phase: Rolling, Unavailable: int32(1 + second%2)}, a)
		life.CheckDeadline(at(second))
	}
	expect(t, life, "0-6 #1 rolling a", "6-6 #1 failed a vague", "6-8 #1 rolling a vague")
	life.Note(at(9), Status{Step: 1, Revision: 1, Phase: Finished}, a)
	expect(t, life, "0-6 #1 rolling a", "6-6 #1 failed a vague", "6-9 #1 rolling a vague", "9-9 #1 finished a")

	life = &Life{IsSet: true, Rules: rules, Created: at(0)}
	for second := range 12 {
		life.Note(at(second), Status{Step: 1, Revision: 1, Phase: Rolling, Unavailable: int32(20 - second)}, a)
		life.CheckDeadline(at(second))
	}
	expect(t, life, "0-11 #1 rolling a")
}

func TestADeploymentDoesNot(t *testing.T) {
	life := &Life{}
	life.Note(at(0), Status{Step: 1, Revision: 1, Phase: Rolling}, Template{Release: "a"})
	life.CheckDeadline(at(60))
	expect(t, life, "0-0 #1 rolling a")
}
