package oracle

import (
	"fmt"
	"maps"
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
}

// Match compares a life with what Jira shows of it. noticed says which facts must be known; how the life stands at the
// end always must. Of a release that has no number of its own, or did not come to rest, nothing is compared.
func (l Life) Match(environment string, noticed func(Fact) bool, got []Shown) Match {
	return l.match(environment, noticed, got, pruneBy)
}

func (l Life) match(environment string, noticed func(Fact) bool, got []Shown, pruneBy func([]Shown) pruner) Match {
	partly, open := l.openEnded() && len(l.Facts) > 0, l.lastRelease()
	if partly {
		got = below(got, open)
	}
	everything := l.possible(environment, func(Fact) bool { return true }, pruneBy(got))[0]
	histories := l.possible(environment, noticed, pruneBy(got))
	if partly {
		everything = everything.before(open)
		for i, h := range histories {
			histories[i] = h.before(open)
		}
	}
	return nearest(histories, everything, got)
}

// lastRelease returns the number at which the last release began: its restarts have numbers of their own, and no
// deployments.
func (l Life) lastRelease() int64 {
	number := int64(0)
	for _, f := range slices.Backward(l.Facts) {
		if f.Release != l.Last().Release {
			break
		}
		number = f.Revision
	}
	return number
}

func nearest(histories []history, everything history, got []Shown) Match {
	best := Match{Compared: len(got)}
	for i, h := range histories {
		found := compare(h, got)
		if i == 0 || len(found) < len(best.Differences) {
			best.Differences = found
		}
	}
	best.Missed = max(0, len(compare(everything, got))-len(best.Differences))
	return best
}

// pruneBy keeps, of histories that differ in nothing but what is settled, one that is nearest to what Jira shows:
// whatever is still to come, the others would be no nearer.
func pruneBy(got []Shown) pruner {
	return func(histories []history, ahead []Fact) []history {
		type choice struct{ at, differences int }
		best := map[string]choice{} // by what is not settled
		var kept []history
		for _, h := range histories {
			settled, differences := h.settled(ahead), 0
			if len(h) > 0 {
				differences = len(compare(h[:settled], below(got, h[settled].Revision)))
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

// below returns the deployments below a number.
func below(shown []Shown, number int64) []Shown {
	return slices.DeleteFunc(slices.Clone(shown), func(d Shown) bool { return d.Revision >= number })
}

func compare(want history, got []Shown) []Difference {
	var found []Difference
	inJira := map[int64]Shown{}
	for _, d := range got {
		inJira[d.Revision] = d
	}
	for _, d := range want {
		shown, ok := inJira[d.Revision]
		delete(inJira, d.Revision)
		switch {
		case !ok:
			found = append(found, Difference{true, fmt.Sprintf("true is %s; Jira does not show it", d.Shown)})
		case shown.String() != d.String():
			found = append(found, Difference{false, fmt.Sprintf("true is %s; Jira shows %s", d.Shown, shown)})
		}
	}
	for _, revision := range slices.Sorted(maps.Keys(inJira)) {
		found = append(found, Difference{false, fmt.Sprintf("Jira shows %s, which never was", inJira[revision])})
	}
	return found
}
