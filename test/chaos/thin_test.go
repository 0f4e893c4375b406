package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// randomLife returns a life of so many facts, in which releases come back, and what Jira shows of it: one of the
// histories that may be known, with a lie in it now and then.
func randomLife(random *rand.Rand, facts int) (Life, func(Fact) bool, []Shown) {
	life := Life{Created: time.Unix(created, 0), Gone: random.IntN(3) == 0}
	revision, release := int64(0), 0
	for i := range facts {
		if i == 0 || random.IntN(2) == 0 {
			revision++
			release = max(0, release+random.IntN(4)-1)
		}
		phase := []Phase{Rolling, Finished, Failed}[random.IntN(3)]
		life.Facts = append(life.Facts, fact(revision, fmt.Sprint("r", release), phase, fmt.Sprint("SHOP-", 1+random.IntN(2))))
	}
	must := map[string]bool{}
	for _, f := range life.Facts {
		must[fmt.Sprint(f)] = random.IntN(3) == 0
	}
	noticed := func(f Fact) bool { return must[fmt.Sprint(f)] }
	known := possible(life, place, noticed, func(histories []history, _ []Fact) []history {
		random.Shuffle(len(histories), func(i, j int) { histories[i], histories[j] = histories[j], histories[i] })
		return histories[:min(len(histories), 5)]
	})
	var shown []Shown
	for _, d := range known[0] {
		switch random.IntN(10) {
		case 0:
			continue
		case 1:
			d.State = "pending"
		case 2:
			d.Revision += 100
		}
		shown = append(shown, d.Shown)
	}
	if random.IntN(2) == 0 {
		life.Gone, life.Unnumbered = false, &Manifest{Release: fmt.Sprint("r", random.IntN(release+2))}
	}
	return life, noticed, shown
}

func TestThinningFindsNoOtherDifferences(t *testing.T) {
	for seed := range uint64(2000) {
		life, noticed, shown := randomLife(rand.New(rand.NewPCG(seed, 1)), 8)
		want, got := matchOf(life, place, noticed, shown, func([]Shown) thinner { return unthinned }), matchOf(life, place, noticed, shown, thinBy)
		if len(got.differences) != len(want.differences) || got.missed != want.missed {
			t.Fatalf("seed %d: %d differences and %d missed, unthinned %d and %d\nfacts: %v\nshown: %v",
				seed, len(got.differences), got.missed, len(want.differences), want.missed, life.Facts, shown)
		}
	}
}

// Half an hour of trouble would leave more histories of a workload than there is memory: with each fact up to three times
// as many. Here a third of the ends was noticed, and no beginning.
func TestALongLifeHasFewHistories(t *testing.T) {
	longest, most := 0, 0
	random := rand.New(rand.NewPCG(1, 1))
	for seed := range int64(30) {
		for _, facts := range livesOf(NewPlan(PlanOptions{Seed: seed, Workloads: 1, Actions: 200})) {
			longest = max(longest, len(facts))
			noticed := func(f Fact) bool { return f.Phase != Rolling && random.IntN(3) == 0 }
			possible(Life{Facts: facts}, place, noticed, func(histories []history, ahead []Fact) []history {
				kept := thinBy(nil)(histories, ahead)
				most = max(most, len(kept))
				return kept
			})
		}
	}
	if longest < 50 || most > 20_000 {
		t.Errorf("of %d facts at most, %d histories were followed at a time", longest, most)
	}
	t.Logf("of %d facts at most, %d histories were followed at a time", longest, most)
}

// livesOf returns the facts of the lives of a plan's only workload.
func livesOf(plan Plan) [][]Fact {
	var lives [][]Fact
	revision := int64(0)
	var before *Manifest
	for _, item := range plan.Items {
		step := item.Step
		if step.Want == nil {
			continue
		}
		if step.Action == Create || step.Anew {
			lives, revision, before = append(lives, nil), 0, nil
		}
		if before == nil || before.Release != step.Want.Release || before.Restart != step.Want.Restart {
			revision++
		}
		before = step.Want
		life := &lives[len(lives)-1]
		phases := []Phase{Rolling, Finished}
		if step.Want.Fate == Fails {
			phases = []Phase{Rolling, Failed}
		} else if step.Hasty {
			phases = []Phase{Rolling}
		}
		for _, phase := range phases {
			*life = append(*life, fact(revision, step.Want.Release, phase, step.Want.Keys...))
		}
	}
	return lives
}
