package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// perSecond is how many revisions fit between two seconds of a deploymentSequenceNumber.
const perSecond = 1_000_000

// Finding is something that Jira shows wrongly.
type Finding struct {
	Lost     bool // Jira does not know of it at all
	Workload Workload
	What     string
}

// Verdict is what came of the comparison.
type Verdict struct {
	Findings []Finding
	// Deployments is how many were compared.
	Deployments int
	// Missed is how many of them Jira shows as somebody would who was not there all the time, and nobody was.
	Missed int
}

// count returns how many findings are of losses, and how many of anything else.
func (v Verdict) count() (lost, stale int) {
	for _, f := range v.Findings {
		if f.Lost {
			lost++
		} else {
			stale++
		}
	}
	return lost, stale
}

// judge compares the lives of a workload with what Jira shows of it, by creation time and oldest first.
func (v *Verdict) judge(w Workload, lives []Life, shown map[int64][]Shown, noticed func(Fact) bool) {
	place := environmentOf(w.Namespace)
	shown = maps.Clone(shown)
	for _, life := range lives {
		created := life.Created.Unix()
		got := shown[created]
		delete(shown, created)
		best := matchOf(life, place.id+" "+place.kind, noticed, got, thinBy)
		v.Deployments += best.compared
		v.Missed += best.missed
		for _, d := range best.differences {
			v.Findings = append(v.Findings, Finding{Lost: d.lost, Workload: w, What: d.what})
			if d.lost {
				v.Deployments++
			}
		}
	}
	for created, all := range shown {
		for _, d := range all {
			v.Deployments++
			v.Findings = append(v.Findings, Finding{Workload: w, What: fmt.Sprintf("Jira shows %s of a workload that was created at %d, and there was none", d, created)})
		}
	}
}

// difference is a deployment that is not shown as it should be.
type difference struct {
	lost bool
	what string
}

// match is the history that is nearest to what Jira shows.
type match struct {
	compared    int // deployments that Jira shows
	differences []difference
	missed      int // in comparison with the history of whoever noticed everything
}

// matchOf returns the match of a life. Of what has no number of its own nothing is compared.
func matchOf(life Life, environment string, noticed func(Fact) bool, got []Shown, thinBy func([]Shown) thinner) match {
	last := life.last()
	unnumbered := life.Unnumbered != nil && last != nil
	if unnumbered {
		got = below(got, last.Revision)
	}
	everything := possible(life, environment, func(Fact) bool { return true }, thinBy(got))[0]
	histories := possible(life, environment, noticed, thinBy(got))
	if unnumbered {
		everything = everything.before(last.Revision)
		for i, h := range histories {
			histories[i] = h.before(last.Revision)
		}
	}
	return nearest(histories, everything, got)
}

func nearest(histories []history, everything history, got []Shown) match {
	best := match{compared: len(got)}
	for i, h := range histories {
		found := compare(h, got)
		if i == 0 || len(found) < len(best.differences) {
			best.differences = found
		}
	}
	best.missed = max(0, len(compare(everything, got))-len(best.differences))
	return best
}

// thinBy keeps, of histories that differ in nothing but what is settled, one that is nearest to what Jira shows: whatever
// is still to come, the others would be no nearer.
func thinBy(got []Shown) thinner {
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

func compare(want history, got []Shown) []difference {
	var found []difference
	inJira := map[int64]Shown{}
	for _, d := range got {
		inJira[d.Revision] = d
	}
	for _, d := range want {
		shown, ok := inJira[d.Revision]
		delete(inJira, d.Revision)
		switch {
		case !ok:
			found = append(found, difference{true, fmt.Sprintf("true is %s; Jira does not show it", d.Shown)})
		case shown.String() != d.String():
			found = append(found, difference{false, fmt.Sprintf("true is %s; Jira shows %s", d.Shown, shown)})
		}
	}
	for _, revision := range slices.Sorted(maps.Keys(inJira)) {
		found = append(found, difference{false, fmt.Sprintf("Jira shows %s, which never was", inJira[revision])})
	}
	return found
}

// follows are the states that may come after one that Jira has stored. Any state may come once more, with other keys.
var follows = map[string][]string{
	inProgress: {successful, failed, cancelled, rolledBack},
	failed:     {inProgress, successful, cancelled, rolledBack}, // a restart is a new attempt
	successful: {rolledBack},
	cancelled:  {rolledBack},
	rolledBack: {},
}

// backwards returns the changes of a deployment's state that cannot be.
func backwards(states []string) []string {
	var found []string
	for i := 1; i < len(states); i++ {
		before, after := states[i-1], states[i]
		if before != after && !slices.Contains(follows[before], after) {
			found = append(found, before+" became "+after)
		}
	}
	return found
}

// Update identifies one update of one deployment.
type Update struct {
	Key    jira.DeploymentKey
	Number int64
}

// duplicated returns how many updates were processed that had been processed before.
func duplicated(updates []Update) int {
	seen := map[Update]bool{}
	for _, u := range updates {
		seen[u] = true
	}
	return len(updates) - len(seen)
}

// byWorkload sorts findings, losses first.
func byWorkload(a, b Finding) int {
	if a.Lost != b.Lost {
		if a.Lost {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.Workload.String(), b.Workload.String()), strings.Compare(a.What, b.What))
}
