package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// inShort returns facts as "0-3 #1 rolling a", in seconds after noon.
func inShort(life *Life) []string {
	var all []string
	for _, f := range life.Facts {
		text := fmt.Sprintf("%.0f-%.0f #%d %s %s", f.From.Sub(noon).Seconds(), f.To.Sub(noon).Seconds(), f.Revision, f.Phase, f.Release)
		if f.Vague {
			text += " vague"
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
	a, b := &Manifest{Release: "a"}, &Manifest{Release: "b"}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.note(at(1), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.note(at(3), Sight{Step: 1, Revision: 1, Phase: Finished}, a)
	life.leave(at(10), 2)
	life.note(at(12), Sight{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.settle(at(15))
	expect(t, life, "0-3 #1 rolling a", "3-10 #1 finished a", "12-15 #2 rolling b")
}

func TestATemplateBesideAnotherNumberIsNoFact(t *testing.T) {
	life := &Life{}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Finished}, &Manifest{Release: "a"})
	life.note(at(1), Sight{Step: 2, Revision: 1, Phase: Finished}, &Manifest{Release: "b"})
	life.note(at(2), Sight{Step: 3, Revision: 1, Phase: Finished}, &Manifest{Release: "a", Restart: 3})
	expect(t, life, "0-0 #1 finished a")
}

func TestAFailureBelongsToTheRevisionThatFailed(t *testing.T) {
	life := &Life{}
	a, b := &Manifest{Release: "a"}, &Manifest{Release: "b"}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Failed, FailedAt: at(0)}, a)
	life.leave(at(4), 2)
	life.note(at(5), Sight{Step: 2, Revision: 2, Phase: Failed, FailedAt: at(0)}, b)
	life.note(at(6), Sight{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.note(at(9), Sight{Step: 2, Revision: 2, Phase: Failed, FailedAt: at(9)}, b)
	expect(t, life, "0-4 #1 failed a", "5-9 #2 rolling b", "9-9 #2 failed b")
}

func TestWhatComesToLightDuringAStepWasBeforeIt(t *testing.T) {
	life := &Life{}
	a, b := &Manifest{Release: "a"}, &Manifest{Release: "b"}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.leave(at(5), 2)
	life.note(at(6), Sight{Step: 1, Revision: 1, Phase: Finished}, a)
	life.settle(at(20))
	life.note(at(21), Sight{Step: 2, Revision: 2, Phase: Rolling}, b)
	expect(t, life, "0-5 #1 rolling a", "5-5 #1 finished a", "21-21 #2 rolling b")
}

func TestAStepThatNeverCameLeavesThingsAsTheyAre(t *testing.T) {
	life := &Life{}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Finished}, &Manifest{Release: "a"})
	life.leave(at(5), 2)
	life.settle(at(8))
	expect(t, life, "0-5 #1 finished a")
	life.stay()
	life.settle(at(9))
	expect(t, life, "0-9 #1 finished a")
}

func TestAStepWithoutANumberLeavesNothingCertain(t *testing.T) {
	life := &Life{IsSet: true}
	a, b, c := &Manifest{Release: "a"}, &Manifest{Release: "b"}, &Manifest{Release: "c"}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Finished}, a)
	life.leave(at(5), 2)
	life.note(at(6), Sight{Step: 2, Revision: 2, Phase: Rolling}, b)
	life.leave(at(7), 3)
	life.note(at(8), Sight{Step: 3, Revision: 2, Phase: Rolling}, c)
	nobody := func(Fact) bool { return false }
	if life.atRest(nobody) {
		t.Error("at rest before the step was given up")
	}
	life.unnumber(c)
	life.judge(at(60))
	life.settle(at(90))
	if !life.atRest(nobody) {
		t.Error("not at rest, and never will be: nobody can notice what nothing is certain about")
	}
	expect(t, life, "0-5 #1 finished a", "6-7 #2 rolling b", "7-7 #2 failed b needs 8s")
	if life.Unnumbered != c {
		t.Errorf("without a number is %v, want c", life.Unnumbered)
	}

	life.note(at(91), Sight{Step: 3, Revision: 3, Phase: Finished}, c) // late, but it got one
	life.settle(at(95))
	expect(t, life, "0-5 #1 finished a", "6-7 #2 rolling b", "7-7 #2 failed b needs 8s", "91-95 #3 finished c")
	if life.Unnumbered != nil {
		t.Errorf("without a number is %v, want nothing", life.Unnumbered)
	}
	if life.atRest(nobody) {
		t.Error("at rest before anybody noticed how it ended")
	}

	gone := &Life{Gone: true}
	gone.unnumber(c) // it is the next life that got none
	if gone.Unnumbered != nil {
		t.Errorf("without a number is %v, of a life that is over", gone.Unnumbered)
	}
}

func TestASetFailsByTheClock(t *testing.T) {
	life := &Life{IsSet: true, Created: at(0)}
	a, scaled := &Manifest{Release: "a", Replicas: 1}, &Manifest{Release: "a", Replicas: 2}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.note(at(2), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	life.judge(at(7))
	expect(t, life, "0-2 #1 rolling a")
	life.judge(at(8))
	life.settle(at(20))
	expect(t, life, "0-2 #1 rolling a", "2-20 #1 failed a needs 8s")
	life.note(at(21), Sight{Step: 2, Revision: 1, Phase: Rolling}, scaled)
	expect(t, life, "0-2 #1 rolling a", "2-21 #1 failed a needs 8s", "21-21 #1 rolling a vague")
}

func TestASetMayHaveFailedBeforeItWasSeen(t *testing.T) {
	a, b := &Manifest{Release: "a"}, &Manifest{Release: "b"}
	life := &Life{IsSet: true, Created: at(0)}
	life.note(at(7), Sight{Step: 1, Revision: 1, Phase: Rolling}, a)
	expect(t, life, "7-7 #1 failed a vague", "7-7 #1 rolling a vague")
	life.judge(at(13))
	expect(t, life, "7-7 #1 failed a vague", "7-7 #1 rolling a vague", "7-13 #1 failed a needs 8s")

	life = &Life{IsSet: true, Created: at(0)}
	life.note(at(1), Sight{Step: 1, Revision: 1, Phase: Finished}, a)
	life.leave(at(2), 2)
	life.note(at(7), Sight{Step: 2, Revision: 2, Phase: Rolling}, b)
	expect(t, life, "1-2 #1 finished a", "7-7 #2 rolling b")
	life.leave(at(8), 3)
	life.note(at(14), Sight{Step: 3, Revision: 3, Phase: Rolling}, a)
	expect(t, life, "1-2 #1 finished a", "7-8 #2 rolling b", "14-14 #3 failed a vague", "14-14 #3 rolling a vague")
}

func TestADeploymentDoesNot(t *testing.T) {
	life := &Life{}
	life.note(at(0), Sight{Step: 1, Revision: 1, Phase: Rolling}, &Manifest{Release: "a"})
	life.judge(at(60))
	expect(t, life, "0-0 #1 rolling a")
}

func TestAFactIsNoticedByWhoWasThereForLongEnough(t *testing.T) {
	var a attention
	a.begin(at(0))
	a.begin(at(5)) // it is open already
	a.end(at(10))
	a.end(at(12)) // it is closed already
	a.begin(at(20))
	for name, tc := range map[string]struct {
		fact Fact
		want bool
	}{
		"all the time":            {Fact{From: at(1), To: at(9)}, true},
		"for the grace":           {Fact{From: at(7), To: at(15)}, true},
		"not long enough":         {Fact{From: at(8), To: at(15)}, false},
		"nobody":                  {Fact{From: at(11), To: at(19)}, false},
		"twice for a moment":      {Fact{From: at(8), To: at(22)}, false},
		"up to now":               {Fact{From: at(15), To: at(30)}, true},
		"not as long as it needs": {Fact{From: at(0), To: at(10), Needs: 8 * time.Second}, false},
		"as long as it needs":     {Fact{From: at(20), To: at(31), Needs: 8 * time.Second}, true},
		"what nobody can tell":    {Fact{From: at(0), To: at(10), Vague: true}, false},
	} {
		if got := a.noticed(tc.fact); got != tc.want {
			t.Errorf("%s: noticed is %t, want %t", name, got, tc.want)
		}
	}
}
