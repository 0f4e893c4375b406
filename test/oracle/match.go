// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Difference is a deployment that is not shown as it should be.
type Difference struct {
	Lost bool // Jira does not know of it at all
	What string
}

// Match is the true history that is nearest to what Jira shows.
type Match struct {
	Compared    int // deployments that Jira shows
	Differences []Difference
	Missed      int // deployments that Jira shows otherwise than whoever noticed everything would
	// Undecided says that so little had to be noticed that there are too many true histories to compare with. Nothing was.
	Undecided bool
}

// Match compares a life with what Jira shows of it. noticed says which facts must be known; how the life stands at the
// end always must. Of a release that has no number of its own, or did not come to rest, nothing is compared.
func (l Life) Match(environment string, noticed func(Fact) bool, got []Shown) Match {
	return l.match(environment, noticed, got, pruneBy)
}

func (l Life) match(environment string, noticed func(Fact) bool, got []Shown, pruneBy func([]Shown, func(Shown) bool) pruner) Match {
	l = l.brief(noticed)
	got = slices.DeleteFunc(slices.Clone(got), l.aside)
	everything := l.possible(environment, func(Fact) bool { return true }, pruneBy(got, l.aside))
	histories := l.possible(environment, noticed, pruneBy(got, l.aside))
	if everything == nil || histories == nil {
		return Match{Undecided: true}
	}
	for i, h := range histories {
		histories[i] = h.comparable(l.aside)
	}
	return nearest(histories, everything[0].comparable(l.aside), got)
}

// aside says of which deployments nothing is compared: those of a release that has no number of its own, or did not come
// to rest, in this life or a former one. A workload that was made anew after it may go on with such a release.
func (l Life) aside(d Shown) bool {
	if l.openEnded() && len(l.Facts) > 0 && d.Created == l.born() && d.Revision >= l.lastRelease() {
		return true
	}
	if l.Former == nil {
		return false
	}
	first := len(l.Facts) > 0 && d.Created == l.born() && d.Revision < l.secondRelease()
	onlyOne := l.openEnded() && l.secondRelease() == math.MaxInt64 && d.Created == l.Former.born() && d.Revision >= l.Former.lastRelease()
	return onlyOne || l.Former.openEnded() && first || l.Former.aside(d)
}

// lastRelease returns the number at which the last release began: its restarts have numbers of their own, and no
// deployments.
func (l Life) lastRelease() int64 {
	number := int64(0)
	for _, f := range slices.Backward(l.Facts) {
		if f.Release != l.Last().Release || !slices.Equal(f.Keys, l.Last().Keys) {
			break
		}
		number = f.Revision
	}
	return number
}

// secondRelease returns the number at which the second release began.
func (l Life) secondRelease() int64 {
	for _, f := range l.Facts {
		if f.Release != l.Facts[0].Release || !slices.Equal(f.Keys, l.Facts[0].Keys) {
			return f.Revision
		}
	}
	return math.MaxInt64
}

func nearest(histories []history, everything history, got []Shown) Match {
	least := slices.MinFunc(histories, func(a, b history) int { return count(a, got) - count(b, got) })
	found := compare(least, got)
	return Match{Compared: len(got), Differences: found, Missed: max(0, count(everything, got)-len(found))}
}

// pruneBy keeps, of histories that differ in nothing but what is settled, one that is nearest to what Jira shows:
// whatever is still to come, the others would be no nearer.
func pruneBy(got []Shown, aside func(Shown) bool) pruner {
	return func(histories []history, ahead []Fact) []history {
		type choice struct{ at, differences int }
		best := map[string]choice{} // by what is not settled
		var kept []history
		for _, h := range histories {
			settled, differences := h.settled(ahead), 0
			if len(h) > 0 {
				differences = count(h[:settled].comparable(aside), below(got, h[settled].Shown))
			}
			rest := h[settled:].text()
			before, known := best[rest]
			switch {
			case !known:
				best[rest] = choice{len(kept), differences}
				kept = append(kept, h)
			case differences < before.differences:
				best[rest] = choice{before.at, differences}
				kept[before.at] = h
			}
		}
		return kept
	}
}

// number tells the deployments of a workload apart, and orders them.
func (s Shown) number() [2]int64 { return [2]int64{s.Created, s.Revision} }

// below returns the deployments before another one.
func below(shown []Shown, than Shown) []Shown {
	return slices.DeleteFunc(slices.Clone(shown), func(d Shown) bool { return !earlier(d.number(), than.number()) })
}

func earlier(a, b [2]int64) bool { return slices.Compare(a[:], b[:]) < 0 }

// count returns how many differences there are.
func count(want history, got []Shown) int {
	differences, found := 0, 0
	for _, d := range want {
		i := slices.IndexFunc(got, func(s Shown) bool { return s.number() == d.number() })
		if i >= 0 {
			found++
		}
		if i < 0 || !got[i].same(d.Shown) {
			differences++
		}
	}
	return differences + len(got) - found
}

func compare(want history, got []Shown) []Difference {
	var found []Difference
	inJira := map[[2]int64]Shown{}
	for _, d := range got {
		inJira[d.number()] = d
	}
	for _, d := range want {
		shown, ok := inJira[d.number()]
		delete(inJira, d.number())
		switch {
		case !ok:
			found = append(found, Difference{true, fmt.Sprintf("true is %s; Jira does not show it", d.Shown)})
		case !shown.same(d.Shown):
			found = append(found, Difference{false, fmt.Sprintf("true is %s; Jira shows %s", d.Shown, shown)})
		}
	}
	byNumber := func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) }
	for _, number := range slices.SortedFunc(maps.Keys(inJira), byNumber) {
		found = append(found, Difference{false, fmt.Sprintf("Jira shows %s, which never was", inJira[number])})
	}
	return found
}
