// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// randomLife returns a life of so many facts, in which releases come back, and what Jira shows of it: one of the
// histories that may be known, with a lie in it now and then.
func randomLife(random *rand.Rand, facts int) (Life, func(Fact) bool, []Shown) {
	life := Life{Created: noon, Gone: random.IntN(3) == 0}
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
	known := life.possible("e", noticed, func(histories []history, _ []Fact) []history {
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
		life.Gone, life.Unnumbered = false, &Template{Release: fmt.Sprint("r", random.IntN(release+2))}
	}
	return life, noticed, shown
}

func TestPruningFindsNoOtherDifferences(t *testing.T) {
	for seed := range uint64(500) {
		life, noticed, shown := randomLife(rand.New(rand.NewPCG(seed, 1)), 8)
		want, got := life.match("e", noticed, shown, func([]Shown, func(Shown) bool) pruner { return unpruned }), life.match("e", noticed, shown, pruneBy)
		if len(got.Differences) != len(want.Differences) || got.Missed != want.Missed {
			t.Fatalf("seed %d: %d differences and %d missed, unpruned %d and %d\nfacts: %v\nshown: %v",
				seed, len(got.Differences), got.Missed, len(want.Differences), want.Missed, life.Facts, shown)
		}
	}
}

// Half an hour of trouble would leave more histories of a workload than there is memory: with each fact up to three times
// as many. Here a third of the ends was noticed, and no beginning.
func TestALongLifeHasFewHistories(t *testing.T) {
	most := 0
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 1))
		var facts []Fact
		var releases []string
		for revision := range int64(40) {
			release := fmt.Sprint("r", revision)
			if n := len(releases); n > 3 && random.IntN(6) == 0 {
				release = releases[n-2-random.IntN(3)]
			}
			releases = append(releases, release)
			end := []Phase{Finished, Finished, Failed}[random.IntN(3)]
			facts = append(facts, fact(revision+1, release, Rolling), fact(revision+1, release, end))
		}
		noticed := func(f Fact) bool { return f.Phase != Rolling && random.IntN(3) == 0 }
		Life{Facts: facts}.possible("e", noticed, func(histories []history, ahead []Fact) []history {
			kept := pruneBy(nil, func(Shown) bool { return false })(histories, ahead)
			most = max(most, len(kept))
			return kept
		})
	}
	if most > 20_000 {
		t.Errorf("%d histories were followed at a time", most)
	}
	t.Logf("%d histories at most were followed at a time", most)
}
