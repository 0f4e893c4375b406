// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Shown is a deployment as Jira shows it, or should.
type Shown struct {
	Created     int64 // when its workload was, in seconds; 0 where nobody asks
	Revision    int64
	State       string
	Keys        []string
	Environment string // id and type
}

// same says whether Jira shows both in the same way.
func (s Shown) same(other Shown) bool {
	return s.Revision == other.Revision && s.State == other.State && s.Environment == other.Environment && slices.Equal(s.Keys, other.Keys)
}

func (s Shown) String() string {
	return fmt.Sprintf("#%d %s %s in %s", s.Revision, s.State, strings.Join(s.Keys, ","), s.Environment)
}

// deployed is one deployment: a template, and the revisions at which it was there without another between them.
type deployed struct {
	Shown
	release  string
	origin   [2]int64 // the number of the deployment that brought the release for the first time
	rollback bool     // it has the keys of the one that it brings back
	own      string   // the keys of its own, when it began
	lists    []string // those that the workload's metadata listed since
	gone     bool     // it is cancelled because its workload was deleted
}

// history is what can be told of one life, oldest first. It is a value: every method returns another one.
type history []deployed

// pruner leaves away histories that make no difference any more, given the facts that are still to come.
type pruner func(histories []history, ahead []Fact) []history

// maxHistories is how many histories are followed at a time: some seconds and hundreds of megabytes for each fact.
const maxHistories = 50_000

// possible returns every history that somebody may know who noticed all facts that must be noticed, and any of the
// others. The first one is that of whoever noticed everything. What prune leaves away after a fact is not followed any
// further: with each fact that may be noticed or not there are up to three times as many. It returns none where there are more
// than maxHistories at a time.
func (l Life) possible(environment string, noticed func(Fact) bool, prune pruner) []history {
	histories := l.alive(environment, noticed, prune)
	if histories == nil {
		return nil
	}
	if l.Gone {
		histories = deleted(histories)
	}
	return distinct(histories)
}

// alive returns the same before the workload was deleted. Nobody need have noticed that a former one was, if the present one
// was there soon after.
func (l Life) alive(environment string, noticed func(Fact) bool, prune pruner) []history {
	histories, ahead := []history{nil}, l.ahead()
	if l.Former != nil {
		former := l.Former.alive(environment, noticed, func(all []history, rest []Fact) []history {
			return prune(all, slices.Concat(rest, ahead))
		})
		if former == nil {
			return nil
		}
		histories = distinct(append(deleted(former), former...))
	}
	for i, fact := range l.Facts {
		// How it stands at the end can be observed for ever.
		must := (noticed(fact) || i == len(l.Facts)-1 && !l.Gone && !l.openEnded()) && !fact.Unproven && !fact.Blurred
		next := l.follow(histories, fact, must, environment)
		if len(next) > maxHistories {
			return nil
		}
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
	return histories
}

// ahead returns the facts of a life, and what else may have been known.
func (l Life) ahead() []Fact {
	ahead := slices.Clone(l.Facts)
	if n := l.Unnumbered; n != nil {
		ahead = append(ahead, Fact{Release: n.Release})
	}
	return ahead
}

// born is when a life began, as Jira's numbers tell lives apart.
func (l Life) born() int64 {
	if l.Created.IsZero() {
		return 0
	}
	return l.Created.Unix()
}

// follow returns what may be known after a fact: by whoever noticed it, and, unless everybody must have, by others.
func (l Life) follow(histories []history, fact Fact, must bool, environment string) []history {
	var next []history
	for _, h := range histories {
		if fact.Blurred && h.has(l.born(), fact.Revision) {
			next = append(next, h)
			continue
		}
		next = append(next, l.see(h, fact, environment))
		if excused := fact; fact.Instead != "" {
			excused.Phase = fact.Instead
			next = append(next, l.see(h, excused, environment))
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

// text tells histories apart. There are thousands to tell apart, so that it formats nothing for people.
func (h history) text() string {
	b := make([]byte, 0, 128*len(h))
	for _, d := range h {
		for _, n := range []int64{d.Created, d.Revision, d.origin[0], d.origin[1], int64(len(d.Keys)), int64(len(d.lists))} {
			b = append(strconv.AppendInt(b, n, 36), ' ')
		}
		b = strconv.AppendBool(strconv.AppendBool(b, d.rollback), d.gone)
		for _, texts := range [][]string{{d.State, d.Environment, d.release, d.own}, d.Keys, d.lists} {
			for _, text := range texts {
				b = append(append(b, text...), 0)
			}
		}
	}
	return string(b)
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

func (h history) has(born, revision int64) bool {
	return slices.ContainsFunc(h, func(d deployed) bool { return d.Created == born && d.Revision == revision })
}

// close returns what is known of the deployments before the one that a fact begins.
func (l Life) close(h history, f Fact) history {
	if i := l.restored(h, f); i >= 0 {
		return h.supersede(h[i].origin)
	}
	return h.supersede([2]int64{math.MaxInt64})
}

// closings returns what is known where the deployments before the one that a fact begins were not all closed, and that one
// was gone before the next attempt: whoever closed them was killed over it, the oldest come first, or the record of one
// changed meanwhile, which holds up no other.
func (l Life) closings(h history, f Fact) []history {
	var all []history
	closed := l.close(h, f)
	for i := range h {
		if closed[i].State != h[i].State {
			all = append(all, slices.Concat(closed[:i+1], h[i+1:]), slices.Concat(closed[:i], h[i:i+1], closed[i+1:]))
		}
	}
	return all
}

// supersede ends every deployment: those whose origin lies beyond the one that is brought back are rolled back, and what
// was under way is cancelled.
func (h history) supersede(origin [2]int64) history {
	next := slices.Clone(h)
	for i := range next {
		next[i].gone = false
		switch {
		case earlier(origin, next[i].origin):
			next[i].State = RolledBack
		case next[i].State == InProgress || next[i].State == Pending:
			next[i].State = Cancelled
		}
	}
	return next
}

// deleted returns histories in which what was under way is cancelled, because its workload was deleted.
func deleted(histories []history) []history {
	all := make([]history, len(histories))
	for n, h := range histories {
		next := slices.Clone(h)
		for i := range next {
			if next[i].State == InProgress || next[i].State == Pending {
				next[i].State, next[i].gone = Cancelled, true
			}
		}
		all[n] = next
	}
	return all
}

// comparable returns the deployments that are not set aside.
func (h history) comparable(aside func(Shown) bool) history {
	return slices.DeleteFunc(slices.Clone(h), func(d deployed) bool { return aside(d.Shown) })
}
