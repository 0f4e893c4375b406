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

// CheckDeadline notes that a rollout failed that has no deadline of its own, once it made no progress for long enough.
func (l *Life) CheckDeadline(now time.Time) {
	last := l.Last()
	if last == nil || !l.ByTheClock() || last.Phase != Rolling || now.Sub(l.moved) < l.Rules.Deadline-early {
		return
	}
	fact := *last
	fact.From, fact.To, fact.Phase, fact.Needs, fact.Vague = l.moved, now, Failed, l.Rules.Deadline, false
	fact.Instead = l.excuse()
	l.add(fact)
}
