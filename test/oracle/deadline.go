// SPDX-License-Identifier: Apache-2.0

package oracle

import "time"

// early is how much before the site's deadline a set that makes no progress counts as one that may have failed: the
// product's clock and the test's start at different observations.
const early = 2 * time.Second

// settling is how long a Deployment's failure has to stand at most before anybody need tell of it.
const settling = 11 * time.Second

// ByTheClock says whether the rollout fails where nothing happens for as long as the site allows.
func (l *Life) ByTheClock() bool { return l.IsSet || l.last.Unwatched || l.ForeignFailure() }

// excuse returns what a rollout is that comes no further, and has no more unavailable pods than there were before it.
func (l *Life) excuse() Phase {
	switch {
	case l.last.Unavailable <= 0 || l.last.Unavailable > l.before:
		return ""
	case l.last.Outdated <= 0:
		return Finished
	case l.IsSet:
		return Waiting
	}
	return ""
}

// CheckDeadline notes that a rollout failed that has no deadline of its own, once it made no progress for long enough. One
// that changes, and comes no nearer to its end, may have failed: its pods crash, and are ready for a while before they do.
func (l *Life) CheckDeadline(now time.Time) {
	last := l.Last()
	if last == nil || !l.ByTheClock() || last.Phase != Rolling {
		return
	}
	fact := *last
	switch least := l.Rules.Deadline - early; {
	case now.Sub(l.moved) >= least:
		fact.From, fact.To, fact.Phase, fact.Needs, fact.Vague = l.moved, now, Failed, l.Rules.Deadline, false
		fact.Instead = l.excuse()
		l.add(fact)
	case now.Sub(l.nearerAt) >= least && !l.mayHaveFailed:
		l.mayHaveFailed, fact.From, fact.To, fact.Vague = true, now, now, true
		failed := fact
		failed.Phase, failed.Instead = Failed, l.excuse()
		l.add(failed)
		l.add(fact)
	}
}

// approach notes how near the rollout is to its end, where it is nearer than ever, or has just begun.
func (l *Life) approach(now time.Time, status Status, begins bool) {
	nearest := l.nearest
	nearer := status.Outdated < nearest.Outdated || status.Outdated == nearest.Outdated && status.Unavailable < nearest.Unavailable
	if begins || nearer {
		l.nearest, l.nearerAt, l.mayHaveFailed = status, now, false
	}
}
