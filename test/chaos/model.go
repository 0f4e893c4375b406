package main

import (
	"fmt"
	"slices"
	"strings"
)

// Shown is a deployment as Jira shows it, or should.
type Shown struct {
	Revision    int64
	State       string
	Keys        []string
	Environment string // id and type
}

func (s Shown) String() string {
	return fmt.Sprintf("#%d %s %s in %s", s.Revision, s.State, strings.Join(s.Keys, ","), s.Environment)
}

// The states of Jira that a workload's deployments come into.
const (
	inProgress = "in_progress"
	successful = "successful"
	failed     = "failed"
	cancelled  = "cancelled"
	rolledBack = "rolled_back"
)

// deployed is one deployment: a template, and the revisions at which it was there without another between them.
type deployed struct {
	Shown
	release  string
	rollback bool // it has the keys of the one that it brings back
}

// history is what can be told of one life, oldest first. It is a value: every method returns another one.
type history []deployed

// thinner leaves away histories that make no difference any more, given the facts that are still to come.
type thinner func(histories []history, ahead []Fact) []history

// possible returns every history that somebody may know who noticed all facts that must be noticed, and any of the
// others. The first one is that of whoever noticed everything. What thin leaves away after a fact is not followed any
// further: with each fact that may be noticed or not there are up to three times as many.
func possible(life Life, environment string, noticed func(Fact) bool, thin thinner) []history {
	histories := []history{nil}
	ahead := slices.Clone(life.Facts)
	if n := life.Unnumbered; n != nil {
		ahead = append(ahead, Fact{Release: n.Release})
	}
	for i, fact := range life.Facts {
		// How it stands at the end can be looked at for ever.
		must := noticed(fact) || i == len(life.Facts)-1 && !life.Gone && life.Unnumbered == nil
		var next []history
		for _, h := range histories {
			next = append(next, h.see(fact, environment))
		}
		for _, h := range histories {
			if must {
				break
			}
			next = append(next, h)
			if h.begins(fact) {
				next = append(next, h.closings(fact)...)
				beginning := fact
				beginning.Phase = Rolling // that the harness did not see
				next = append(next, h.see(beginning, environment))
			}
		}
		histories = thin(distinct(next), ahead[i+1:])
	}
	if n := life.Unnumbered; n != nil {
		for _, h := range histories {
			histories = append(histories, h.closings(Fact{Release: n.Release})...) // by whoever knows it by another number
		}
	}
	if life.Gone {
		for i, h := range histories {
			histories[i] = h.supersede(len(h))
		}
	}
	return distinct(histories)
}

func distinct(all []history) []history {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(h history) bool {
		text := h.text()
		again := seen[text]
		seen[text] = true
		return again
	})
}

// text tells histories apart.
func (h history) text() string {
	var b strings.Builder
	for _, d := range h {
		fmt.Fprintln(&b, d.Shown, d.release, d.rollback)
	}
	return b.String()
}

// settled returns the number of deployments, from the oldest on, that none of the facts ahead can change: a newer one is
// there, and their release does not come back.
func (h history) settled(ahead []Fact) int {
	for i, d := range h {
		if i == len(h)-1 || slices.ContainsFunc(ahead, func(f Fact) bool { return f.Release == d.release }) {
			return i
		}
	}
	return 0
}

// begins says whether a fact is one of a new deployment, and not the last one's, be it restarted or not.
func (h history) begins(f Fact) bool {
	if len(h) == 0 {
		return true
	}
	last := h[len(h)-1]
	return last.release != f.Release || last.State == cancelled || last.State == rolledBack
}

// see returns what is known after a fact was noticed.
func (h history) see(f Fact, environment string) history {
	next := slices.Clone(h)
	if h.begins(f) {
		next = h.close(f)
		begun := deployed{Shown: Shown{Revision: f.Revision, State: inProgress, Keys: f.Keys, Environment: environment}, release: f.Release}
		if i := h.restored(f); i >= 0 {
			begun.Keys, begun.rollback = h[i].Keys, true
		}
		next = append(next, begun)
	}
	last := &next[len(next)-1]
	if !last.rollback {
		last.Keys = f.Keys
	}
	if last.State != successful { // which is final
		last.State = map[Phase]string{Rolling: inProgress, Finished: successful, Failed: failed}[f.Phase]
	}
	return next
}

// restored returns the index of the deployment that a fact brings back; -1 where there is none.
func (h history) restored(f Fact) int {
	for i, d := range slices.Backward(h) {
		if d.release == f.Release {
			return i
		}
	}
	return -1
}

// close returns what is known of the deployments before the one that a fact begins.
func (h history) close(f Fact) history {
	if i := h.restored(f); i >= 0 {
		return h.supersede(i + 1)
	}
	return h.supersede(len(h))
}

// closings returns what is known where whoever was closing the deployments before the one that a fact begins was killed
// over it: the oldest come first.
func (h history) closings(f Fact) []history {
	var all []history
	closed := h.close(f)
	for i := range h {
		if closed[i].State != h[i].State {
			all = append(all, slices.Concat(closed[:i+1], h[i+1:]))
		}
	}
	return all
}

// supersede ends every deployment: those from an index on are rolled back, and what was under way is cancelled.
func (h history) supersede(rolledBackFrom int) history {
	next := slices.Clone(h)
	for i := range next {
		switch {
		case i >= rolledBackFrom:
			next[i].State = rolledBack
		case next[i].State == inProgress:
			next[i].State = cancelled
		}
	}
	return next
}

// before returns the deployments below a number.
func (h history) before(number int64) history {
	return slices.DeleteFunc(slices.Clone(h), func(d deployed) bool { return d.Revision >= number })
}
