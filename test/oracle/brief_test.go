// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A life in which one revision flaps has the same histories with all its facts as without those that brief leaves away.
func TestWhatFlapsHasNoOtherHistories(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		life, noticed, _ := randomLife(random, 4)
		at := random.IntN(len(life.Facts))
		for range 40 {
			flapping := life.Facts[at]
			flapping.Phase = []Phase{Rolling, Finished, Failed}[random.IntN(3)]
			flapping.From = noon // so that nobody need notice it
			life.Facts = slices.Insert(life.Facts, at+1, flapping)
		}
		seen := func(f Fact) bool { return f.From.IsZero() && noticed(f) }
		short := life.brief(seen)
		if n := len(short.Facts); n > 4+3*2*flaps {
			t.Fatalf("seed %d: %d facts are left", seed, n)
		}
		want, got := slices.Sorted(slices.Values(tellings(life.possible("e", seen, unpruned)))), slices.Sorted(slices.Values(tellings(short.possible("e", seen, unpruned))))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, histories of all %d facts (-) and of %d (+):\n%s\n%v", seed, len(life.Facts), len(short.Facts), diff, life.Facts)
		}
	}
}

func TestTooManyHistoriesAreSaidToBe(t *testing.T) {
	life := Life{Created: noon}
	for i := range int64(40) { // releases that come back, so that nothing is settled, and of which nobody need know
		life.Facts = append(life.Facts, fact(i+1, fmt.Sprint("r", i%7), []Phase{Rolling, Failed}[i%2], fmt.Sprint("SHOP-", i)))
	}
	nobody := func(Fact) bool { return false }
	if match := life.Match("e", nobody, nil); !match.Undecided || len(match.Differences) > 0 {
		t.Errorf("the match is %+v", match)
	}
	life.Facts = life.Facts[:6]
	if match := life.Match("e", nobody, nil); match.Undecided {
		t.Error("six facts are too many")
	}
}
