// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"slices"
	"strings"
)

// begins says whether a fact is one of a new deployment, and not the last one's, be it restarted or not. The same template
// with other keys of its own is a new one. A workload that was made anew goes on with the last one.
func (l Life) begins(h history, f Fact) bool {
	if len(h) == 0 {
		return true
	}
	last := h[len(h)-1]
	anew := last.Created != l.born()
	switch {
	case !anew && last.Revision == f.Revision:
		return false
	case last.release != f.Release, len(f.Keys) > 0 && joined(f.Keys) != last.own:
		return true
	}
	return !anew && l.Rules.Restarts || last.State == Cancelled && !last.gone || last.State == RolledBack
}

// joined writes keys in one way, in whichever order they are.
func joined(keys []string) string {
	return strings.Join(slices.Sorted(slices.Values(keys)), ",")
}

// told returns the keys of a release: the list in the metadata if it was not there before, else those of its own, else the
// list. before is the deployment before it, or nil.
func (f Fact) told(before *deployed) []string {
	if f.Explicit {
		return f.Keys
	}
	anew := before == nil || !slices.Contains(before.lists, joined(f.Listed))
	if len(f.Keys) == 0 || len(f.Listed) > 0 && anew {
		return f.Listed
	}
	return f.Keys
}

// last returns the last deployment but n; nil where there is none.
func (h history) last(n int) *deployed {
	if len(h) <= n {
		return nil
	}
	return &h[len(h)-1-n]
}

// see returns what is known after a fact was noticed. A release without issue keys has no deployment, and ends those
// before it all the same.
func (l Life) see(h history, f Fact, environment string) history {
	next := slices.Clone(h)
	if l.begins(h, f) {
		next = l.close(h, f)
		begun := deployed{
			Shown:   Shown{Created: l.born(), Revision: f.Revision, State: InProgress, Keys: f.told(h.last(0)), Environment: environment},
			release: f.Release, own: joined(f.Keys), lists: []string{joined(f.Listed)},
		}
		begun.origin = begun.number()
		if i := l.restored(h, f); i >= 0 {
			begun.Keys, begun.origin, begun.rollback = h[i].Keys, h[i].origin, true
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
	unfinished := last.State == InProgress || last.State == Pending
	if last.State != Successful { // which is final
		last.State, last.gone = map[Phase]string{Rolling: InProgress, Waiting: Pending, Finished: Successful, Failed: StateFailed}[f.Phase], false
		unfinished = unfinished || last.State == InProgress || last.State == Pending
	}
	if keys := f.told(next.last(1)); !last.rollback && unfinished && len(keys) > 0 {
		last.Keys = keys
	}
	if list := joined(f.Listed); !slices.Contains(last.lists, list) {
		last.lists = append(slices.Clone(last.lists), list)
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
			known := len(f.Keys) == 0 || joined(f.Keys) == d.own
			if i == len(h)-1 && (!known || l.Rules.Restarts && d.Created == l.born()) {
				break
			}
			return i
		}
	}
	return -1
}
