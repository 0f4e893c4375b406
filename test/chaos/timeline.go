package main

import (
	"slices"
	"time"
)

// progressDeadline is the site's: a StatefulSet or DaemonSet has failed that made no progress for so long.
const progressDeadline = 8 * time.Second

// early is how much before the deadline such a rollout counts as one that may have failed: a manager's clock and the
// harness's start at different looks.
const early = 2 * time.Second

// Fact is what was true of a workload for a while.
type Fact struct {
	// From and To are the first and the last moment at which it certainly was.
	From, To time.Time
	Revision int64
	Release  string
	Restart  int
	Keys     []string
	Phase    Phase
	// Needs is how much of that time has to pass before anybody can know.
	Needs time.Duration
	// Vague says that nobody need know, however long it was.
	Vague bool
}

// Life is a workload from its creation to its deletion.
type Life struct {
	Created time.Time
	IsSet   bool // a StatefulSet or a DaemonSet, whose failure is told by the clock alone
	Facts   []Fact
	Gone    bool
	// Unnumbered is what the last step made of it, where the cluster gave that no number of its own: nobody can tell
	// how the life stands at the end.
	Unnumbered *Manifest

	step  int       // of the last sight
	stale time.Time // the failure that stood when the present revision began
	shown time.Time // the failure that stands
	moved time.Time // the last change of a set

	// leaving is the step that is about to change the workload, and left when it began to.
	leaving int
	left    time.Time
}

// last returns the present fact; nil where there is none.
func (l *Life) last() *Fact {
	if len(l.Facts) == 0 {
		return nil
	}
	return &l.Facts[len(l.Facts)-1]
}

// note takes down what an object showed. A template beside the number of another has none of its own yet, and is
// passed by.
func (l *Life) note(now time.Time, sight Sight, want *Manifest) {
	last := l.last()
	newer := last == nil || sight.Revision > last.Revision
	if sight.Step < l.step || !newer && (sight.Revision < last.Revision || want.Release != last.Release || want.Restart != last.Restart) {
		return
	}
	if newer {
		l.stale = l.shown
	}
	l.step, l.shown, l.moved = sight.Step, sight.FailedAt, now
	fact := Fact{
		From: now, To: now, Revision: sight.Revision, Release: want.Release, Restart: want.Restart, Keys: want.Keys, Phase: sight.Phase,
	}
	if fact.Phase == Failed && sight.FailedAt.Equal(l.stale) {
		fact.Phase = Rolling // the failure is that of the revision before
	}
	// A set that is stuck and changes, or is changed, may have come nearer to its end; that is for nobody to say.
	fact.Vague = l.IsSet && !newer && last.Phase == Failed && fact.Phase == Rolling
	if l.IsSet && newer && fact.Phase == Rolling && now.Sub(l.begun(now)) >= progressDeadline-early {
		// Its beginning was not seen: the API server was away for the harness, and maybe not for a manager.
		fact.Vague = true
		failed := fact
		failed.Phase = Failed
		l.add(failed)
	}
	l.add(fact)
}

// begun returns when what is seen now began at the earliest.
func (l *Life) begun(now time.Time) time.Time {
	switch {
	case l.leaving > 0:
		return l.left
	case len(l.Facts) == 0:
		return l.Created
	}
	return now
}

// judge notes that a set failed, once it made no progress for long enough.
func (l *Life) judge(now time.Time) {
	last := l.last()
	if last == nil || !l.IsSet || last.Phase != Rolling || now.Sub(l.moved) < progressDeadline-early {
		return
	}
	fact := *last
	fact.From, fact.To, fact.Phase, fact.Needs, fact.Vague = l.moved, now, Failed, progressDeadline, false
	l.add(fact)
}

// add begins a fact, unless it is the one that is there. What comes to light after a step began was before it.
func (l *Life) add(fact Fact) {
	before := l.leaving > 0 && l.step < l.leaving
	if before {
		fact.From, fact.To = l.left, l.left
	}
	last := l.last()
	same := last != nil && last.Revision == fact.Revision && last.Phase == fact.Phase && slices.Equal(last.Keys, fact.Keys)
	if !same {
		l.settle(fact.From)
		l.Facts = append(l.Facts, fact)
	}
	if !before {
		l.leaving, l.Unnumbered = 0, nil
		l.settle(fact.To)
	}
}

// atRest says whether the last fact was noticed. Where the last step got no number, nothing is certain since it began,
// and waiting makes nothing more certain.
func (l *Life) atRest(noticed func(Fact) bool) bool {
	last := l.last()
	return last == nil || l.Unnumbered != nil || noticed(*last)
}

// settle says until when the last fact was true at least.
func (l *Life) settle(now time.Time) {
	if last := l.last(); last != nil && l.leaving == 0 && now.After(last.To) {
		last.To = now
	}
}

// leave says that a step is about to change the workload: from now on nothing is certain until it has.
func (l *Life) leave(now time.Time, step int) {
	l.settle(now)
	l.leaving, l.left = step, now
}

// unnumber says that the step changed it, and got no number for that. Nothing is certain since.
func (l *Life) unnumber(want *Manifest) {
	if !l.Gone {
		l.Unnumbered = want
	}
}

// stay says that the step did not change it after all, as far as anybody knows.
func (l *Life) stay() {
	l.leaving = 0
}
