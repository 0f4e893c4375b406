// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var someOptions = PlanOptions{Seed: 7, Workloads: 60, Actions: 600, Kills: 9, Restarts: 2}

func TestASeedGivesOnePlan(t *testing.T) {
	first := NewPlan(someOptions)
	if diff := cmp.Diff(first, NewPlan(someOptions)); diff != "" {
		t.Errorf("the same seed gave another plan:\n%s", diff)
	}
	other := someOptions
	other.Seed++
	if cmp.Equal(first, NewPlan(other)) {
		t.Error("another seed gave the same plan")
	}
}

func TestAPlanHoldsWhatWasAskedFor(t *testing.T) {
	plan := NewPlan(someOptions)
	actions, blows, kinds := map[Action]int{}, map[Blow]int{}, map[string]int{}
	created := map[int]bool{}
	for _, item := range plan.Items {
		if item.Disturbance != nil {
			blows[item.Disturbance.Blow]++
			continue
		}
		actions[item.Step.Action]++
		created[item.Step.Workload] = created[item.Step.Workload] || item.Step.Action == Create
	}
	for _, w := range plan.Workloads {
		kinds[w.Kind]++
	}
	if len(created) != someOptions.Workloads {
		t.Errorf("%d workloads have steps, want %d", len(created), someOptions.Workloads)
	}
	for workload, ok := range created {
		if !ok {
			t.Errorf("workload %d is never created", workload)
		}
	}
	for _, action := range []Action{Create, Release, Break, Supersede, Undo, Restart, Retag, Scale, Correct, Keep, Delete, Recreate, Orphan} {
		if actions[action] == 0 {
			t.Errorf("there is no %s", action)
		}
	}
	if got := blows[KillLeader] + blows[KillFollower] + blows[KillAll]; got != someOptions.Kills {
		t.Errorf("there are %d kills, want %d", got, someOptions.Kills)
	}
	if got := blows[RestartAPIServer]; got != someOptions.Restarts {
		t.Errorf("there are %d restarts, want %d", got, someOptions.Restarts)
	}
	if kinds[kindDeployment] <= kinds[kindStatefulSet]+kinds[kindDaemonSet] || kinds[kindStatefulSet] == 0 || kinds[kindDaemonSet] == 0 {
		t.Errorf("kinds: %v, want mostly Deployments, and some of the others", kinds)
	}
}

// What a plan holds has to be possible, whatever the seed: the harness would wait for ever for what is not.
func TestEveryStepIsPossible(t *testing.T) {
	for seed := range int64(20) {
		options := someOptions
		options.Seed = seed
		plan := NewPlan(options)
		before := map[int]*Step{}
		for i, item := range plan.Items {
			if item.Step == nil {
				continue
			}
			step := *item.Step
			if problem := impossible(plan.Workloads[step.Workload], before[step.Workload], step); problem != "" {
				t.Errorf("seed %d, item %d, %s: %s", seed, i, step.Action, problem)
			}
			before[step.Workload] = &step
		}
		for workload, step := range before {
			if step.Hasty {
				t.Errorf("seed %d: nothing supersedes the last rollout of workload %d", seed, workload)
			}
		}
	}
}

// impossible says why a step cannot follow another one.
func impossible(w Workload, before *Step, step Step) string {
	if before == nil || before.Want == nil {
		if step.Action != Create {
			return "there is nothing yet"
		}
		return ""
	}
	if step.Action == Delete {
		return ""
	}
	old, next := before.Want, step.Want
	sameTemplate := old.Release == next.Release && old.Restart == next.Restart
	switch step.Action {
	case Create:
		return "it is there already"
	case Scale:
		if !sameTemplate || old.Replicas == next.Replicas || w.Kind == kindDaemonSet {
			return "it scales nothing"
		}
	case Correct:
		if !sameTemplate || !w.KeysOutside || cmp.Equal(old.Keys, next.Keys) {
			return "it corrects nothing"
		}
	case Retag:
		if sameTemplate || old.Release != next.Release || w.KeysOutside || cmp.Equal(old.Keys, next.Keys) {
			return "it gives the template no other keys"
		}
	case Keep:
		if old.Release == next.Release || !w.KeysOutside || !cmp.Equal(old.Keys, next.Keys) {
			return "it keeps nothing"
		}
	case Break:
		if next.Replicas == 0 {
			return "nothing breaks that has no pods"
		}
	case Restart:
		if old.Release != next.Release || sameTemplate {
			return "it restarts nothing"
		}
	case Undo:
		if old.Release == next.Release {
			return "it brings nothing back"
		}
	}
	if before.Hasty && old.Release == next.Release {
		return "it does not supersede"
	}
	return ""
}

// Watches that break off twice within two minutes are tried again after so long that nothing happens for a minute.
func TestRestartsOfTheAPIServerKeepTheirDistance(t *testing.T) {
	options := someOptions
	options.Restarts = 10
	var places []int
	for i, item := range NewPlan(options).Items {
		if item.Disturbance != nil && item.Disturbance.Blow == RestartAPIServer {
			places = append(places, i)
		}
	}
	for i := 1; i < len(places); i++ {
		if distance := places[i] - places[i-1]; distance < options.Actions/options.Restarts*3/4 {
			t.Errorf("restarts are at %v, and %d items are too few between two of them", places, distance)
		}
	}
}

func TestAHastyStepIsFollowedAtOnce(t *testing.T) {
	plan := NewPlan(PlanOptions{Seed: 3, Workloads: 10, Actions: 200})
	for i, item := range plan.Items {
		if item.Step.Hasty && plan.Items[i+1].Step.Workload != item.Step.Workload {
			t.Errorf("item %d of workload %d is followed by one of %d", i, item.Step.Workload, plan.Items[i+1].Step.Workload)
		}
	}
}

func TestAnUndoBringsATemplateBack(t *testing.T) {
	releases := map[int]map[string]Manifest{}
	undone := 0
	plan := NewPlan(someOptions)
	for _, item := range plan.Items {
		if item.Step == nil || item.Step.Want == nil {
			continue
		}
		step := item.Step
		w := plan.Workloads[step.Workload]
		if releases[step.Workload] == nil || step.Action == Create || step.Anew {
			releases[step.Workload] = map[string]Manifest{}
		}
		if step.Action == Undo {
			undone++
			earlier, known := releases[step.Workload][step.Want.Release]
			if !known {
				t.Fatalf("step %d brings back %s, which never was", step.Number, step.Want.Release)
			}
			if diff := cmp.Diff(templateOf(w, &earlier), templateOf(w, step.Want)); diff != "" {
				t.Errorf("step %d changes the template that it brings back:\n%s", step.Number, diff)
			}
		}
		releases[step.Workload][step.Want.Release] = *step.Want
	}
	if undone == 0 {
		t.Fatal("the plan undoes nothing")
	}
}
