package oracle

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

// deployed is one deployment: a template, and the revisions at which it was there without another between them.
type deployed struct {
	Shown
	release  string
	rollback bool // it has the keys of the one that it brings back
}

// history is what can be told of one life, oldest first. It is a value: every method returns another one.
type history []deployed

// pruner leaves away histories that make no difference any more, given the facts that are still to come.
type pruner func(histories []history, ahead []Fact) []history

// possible returns every history that somebody may know who noticed all facts that must be noticed, and any of the
// others. The first one is that of whoever noticed everything. What prune leaves away after a fact is not followed any
// further: with each fact that may be noticed or not there are up to three times as many.
func (l Life) possible(environment string, noticed func(Fact) bool, prune pruner) []history {
	histories := []history{nil}
	ahead := slices.Clone(l.Facts)
	if n := l.Unnumbered; n != nil {
		ahead = append(ahead, Fact{Release: n.Release})
	}
	for i, fact := range l.Facts {
		// How it stands at the end can be observed for ever.
		must := (noticed(fact) || i == len(l.Facts)-1 && !l.Gone && !l.openEnded()) && !fact.Unproven && !fact.Blurred
		next := l.follow(histories, fact, must, environment)
		if len(next) > 1 {
			next = prune(distinct(next), ahead[i+1:])
		}
		histories = next
	}
	if n := l.Unnumbered; n != nil {
		for _, h := range histories {
			histories = append(histories, l.closings(h, Fact{Release: n.Release})...) // by whoever knows it by another number
		}
	}
	if l.Gone {
		for i, h := range histories {
			histories[i] = h.supersede(len(h))
		}
	}
	return distinct(histories)
}

// follow returns what may be known after a fact: by whoever noticed it, and, unless everybody must have, by others.
func (l Life) follow(histories []history, fact Fact, must bool, environment string) []history {
	var next []history
	for _, h := range histories {
		if !fact.Blurred || !h.has(fact.Revision) {
			next = append(next, l.see(h, fact, environment))
			if excused := fact; fact.Instead != "" {
				excused.Phase = fact.Instead
				next = append(next, l.see(h, excused, environment))
			}
		}
	}
	if must {
		return next
	}
	for _, h := range histories {
		next = append(next, h)
		if l.begins(h, fact) {
			next = append(next, l.closings(h, fact)...)
			beginning := fact
			beginning.Phase = Rolling // that the test did not see
			next = append(next, l.see(h, beginning, environment))
		}
	}
	return next
}

// openEnded says that nobody can tell how the life stands at the end.
func (l Life) openEnded() bool { return l.Unnumbered != nil || l.Unsettled }

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

func (h history) has(revision int64) bool {
	return slices.ContainsFunc(h, func(d deployed) bool { return d.Revision == revision })
}

// begins says whether a fact is one of a new deployment, and not the last one's, be it restarted or not.
func (l Life) begins(h history, f Fact) bool {
	if len(h) == 0 {
		return true
	}
	last := h[len(h)-1]
	return last.Revision != f.Revision && (l.Rules.Restarts || last.release != f.Release || last.State == Cancelled || last.State == RolledBack)
}

// see returns what is known after a fact was noticed. A release without issue keys has no deployment, and ends those
// before it all the same.
func (l Life) see(h history, f Fact, environment string) history {
	next := slices.Clone(h)
	if l.begins(h, f) {
		next = l.close(h, f)
		begun := deployed{Shown: Shown{Revision: f.Revision, State: InProgress, Keys: f.Keys, Environment: environment}, release: f.Release}
		if i := l.restored(h, f); i >= 0 {
			begun.Keys, begun.rollback = h[i].Keys, true
		}
		if len(begun.Keys) == 0 {
			return next
		}
		next = append(next, begun)
	}
	last := &next[len(next)-1]
	if f.Empty && last.State == StateFailed { // not to want its pods any more is no success
		return next
	}
	if !last.rollback && len(f.Keys) > 0 {
		last.Keys = f.Keys
	}
	if last.State != Successful { // which is final
		last.State = map[Phase]string{Rolling: InProgress, Waiting: Pending, Finished: Successful, Failed: StateFailed}[f.Phase]
	}
	return next
}

// restored returns the index of the deployment that a fact brings back; -1 where there is none. Where every restart is
// told, that of the last deployment brings back nothing.
func (l Life) restored(h history, f Fact) int {
	for i, d := range slices.Backward(h) {
		if n := len(h) - i; l.Rules.Retained > 0 && n > l.Rules.Retained {
			break
		}
		if d.release == f.Release {
			if l.Rules.Restarts && i == len(h)-1 {
				break
			}
			return i
		}
	}
	return -1
}

// close returns what is known of the deployments before the one that a fact begins.
func (l Life) close(h history, f Fact) history {
	if i := l.restored(h, f); i >= 0 {
		return h.supersede(i + 1)
	}
	return h.supersede(len(h))
}

// closings returns what is known where whoever was closing the deployments before the one that a fact begins was killed
// over it: the oldest come first.
func (l Life) closings(h history, f Fact) []history {
	var all []history
	closed := l.close(h, f)
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
			next[i].State = RolledBack
		case next[i].State == InProgress || next[i].State == Pending:
			next[i].State = Cancelled
		}
	}
	return next
}

// before returns the deployments below a number.
func (h history) before(number int64) history {
	return slices.DeleteFunc(slices.Clone(h), func(d deployed) bool { return d.Revision >= number })
}
