// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rules are what a site is set to, as far as it changes what Jira shows.
type Rules struct {
	// Deadline is for how long a StatefulSet or a DaemonSet may make no progress until it has failed.
	Deadline time.Duration
	// Restarts says that every restart is a deployment.
	Restarts bool
	// Retained is how many releases back an earlier one is recognised where it is restored; 0 for all.
	Retained int
}

// Template is the pod template that somebody wants, and the issue keys that are written on the workload.
type Template struct {
	// Release names the template but for its restarts and its keys; Restart tells restarts apart.
	Release string
	Restart int
	// Keys are those on the pod template and in its image tag: the revision's own. Explicit says that somebody listed them
	// there: nothing else is read.
	Keys     []string
	Explicit bool
	// Listed are those that the workload's metadata lists.
	Listed []string
}

// Fact is what was true of a workload for a while.
type Fact struct {
	// From and To are the first and the last moment at which it certainly was.
	From, To time.Time
	Revision int64
	Release  string
	Restart  int
	Keys     []string // the revision's own
	Explicit bool     // the own ones are a list
	Listed   []string // in the workload's metadata
	Phase    Phase
	// Empty says that no pod was wanted.
	Empty bool
	// Instead is what a failure may be told as: finished, or waiting, for the pods that were unavailable before it began.
	// Who saw those tells so, who did not tells of a failure. It is empty where there were none.
	Instead Phase
	// Needs is how much of that time has to pass before anybody can know.
	Needs time.Duration
	// Blurred says that the number may be another template's. Who knows that one by it takes no notice of this one.
	Blurred bool
	// Vague says that nobody need know, however long it was. Unproven says the same of how the life stands at the end.
	Vague, Unproven bool
}

func (f Fact) String() string {
	return fmt.Sprintf("%s to %s  #%d %-8s %s restart %d %s listed %s", clock(f.From), clock(f.To), f.Revision, f.Phase, f.Release, f.Restart,
		strings.Join(f.Keys, ","), strings.Join(f.Listed, ","))
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }

// Life is a workload from its creation to its deletion.
type Life struct {
	Created time.Time
	// Former is the life of the workload that had the name before. To Jira the two are one: a workload that is made anew
	// with the template that was told last goes on with that release.
	Former *Life
	IsSet  bool // a StatefulSet or a DaemonSet, each of whose pods has its number or its node
	Rules  Rules
	Facts  []Fact
	Gone   bool
	// Unnumbered is what the last step made of it, where the cluster gave that no number of its own: nobody can tell
	// how the life stands at the end.
	Unnumbered *Template
	// Unsettled says that the cluster did not bring the last release to rest: nobody can tell how the life stands at the
	// end, and of that release nothing is compared.
	Unsettled bool

	step  int       // of the last status
	stale time.Time // the failure that stood when the present revision began
	shown time.Time // the failure that stands
	moved time.Time // the last change of a set
	last  Status    // the last one that counted
	// nearest is the status that was nearest to the end of the present revision's rollout, nearerAt when it was first seen, and
	// mayHaveFailed that it came no nearer for as long as the site allows.
	nearest       Status
	nearerAt      time.Time
	mayHaveFailed bool
	// before is how many pods were unavailable, at most, before anything of the present revision was seen.
	before int32

	// leaving is the step that is about to change the workload, and left when it began to.
	leaving int
	left    time.Time
}

// Last returns the present fact; nil where there is none.
func (l *Life) Last() *Fact {
	if len(l.Facts) == 0 {
		return nil
	}
	return &l.Facts[len(l.Facts)-1]
}

// lastClear returns the last fact whose number is its own; nil where there is none.
func (l *Life) lastClear() *Fact {
	for i := len(l.Facts) - 1; i >= 0; i-- {
		if !l.Facts[i].Blurred {
			return &l.Facts[i]
		}
	}
	return nil
}

// Note takes down what a workload showed. A template beside the number of another has none of its own yet, and is
// passed by, unless it is blurred whose the number is.
func (l *Life) Note(now time.Time, status Status, want Template) {
	last := l.lastClear()
	newer := last == nil || status.Revision > last.Revision
	if status.Step < l.step || !newer && status.Revision < last.Revision {
		return
	}
	fact := Fact{
		From: now, To: now, Revision: status.Revision, Release: want.Release, Restart: want.Restart, Keys: want.Keys, Explicit: want.Explicit, Listed: want.Listed, Phase: status.Phase,
		Empty: status.Empty, Unproven: status.Unproven,
	}
	if !newer && (want.Release != last.Release || want.Restart != last.Restart || !slices.Equal(want.Keys, last.Keys)) {
		if fact.Blurred = status.Blurred; fact.Blurred {
			l.add(fact)
		}
		return
	}
	since := l.moved
	if newer {
		l.stale, since = l.shown, l.begun(now)
		if l.before = l.last.Unavailable; last == nil {
			l.before = status.Unavailable // nobody saw what was before
		}
	}
	l.step, l.shown, l.moved, l.last = status.Step, status.FailedAt, now, status
	l.approach(now, status, newer)
	if l.ForeignFailure() {
		fact.Phase = Rolling
	}
	if fact.Phase == Failed {
		fact.Needs, fact.Instead = min(settling, l.Rules.Deadline/60+time.Second), l.excuse()
	}
	// A set that is stuck and changes, or is changed, may have come nearer to its end; that is for nobody to say.
	fact.Vague = l.ByTheClock() && !newer && last.Phase == Failed && fact.Phase == Rolling
	l.addLate(now, since, fact)
}

// addLate adds a fact, and before it that a set may have failed, where nothing was seen of it for so long: the
// API server was away for the test, and maybe not for the product.
func (l *Life) addLate(now, since time.Time, fact Fact) {
	if (l.IsSet || l.last.Unwatched) && fact.Phase == Rolling && now.Sub(since) >= l.Rules.Deadline-early {
		fact.Vague = true
		failed := fact
		failed.Phase, failed.Instead = Failed, l.excuse()
		l.add(failed)
	}
	l.add(fact)
}

// ForeignFailure says whether the failure that a Deployment shows is that of the revision before: its controller takes
// it away with the first progress. One that stays is the present revision's own after the site's deadline.
func (l *Life) ForeignFailure() bool {
	return !l.shown.IsZero() && l.shown.Equal(l.stale)
}

// begun returns when what is shown now began at the earliest.
func (l *Life) begun(now time.Time) time.Time {
	switch {
	case l.leaving > 0:
		return l.left
	case len(l.Facts) == 0:
		return l.Created
	}
	return now
}

// add begins a fact, unless it is the one that is there. What comes to light after a step began was before it.
func (l *Life) add(fact Fact) {
	before := l.leaving > 0 && l.step < l.leaving
	if before {
		fact.From, fact.To = l.left, l.left
	}
	last := l.Last()
	same := last != nil && last.Revision == fact.Revision && last.Phase == fact.Phase && slices.Equal(last.Keys, fact.Keys) && slices.Equal(last.Listed, fact.Listed) &&
		last.Empty == fact.Empty && last.Release == fact.Release && last.Blurred == fact.Blurred
	if !same {
		l.Settle(fact.From)
		l.Facts = append(l.Facts, fact)
	} else {
		last.Unproven = last.Unproven && fact.Unproven
	}
	if !before {
		l.leaving, l.Unnumbered = 0, nil
		l.Settle(fact.To)
	}
}

// AtRest says whether the last fact was noticed. Where the last step got no number, nothing is certain since it began,
// and waiting makes nothing more certain.
func (l *Life) AtRest(noticed func(Fact) bool) bool {
	last := l.Last()
	return last == nil || l.Unnumbered != nil || noticed(*last)
}

// Reached says whether a step was seen, and what it wanted has its number.
func (l *Life) Reached(step int, want Template) bool {
	last := l.Last()
	return !l.Gone && last != nil && l.step >= step && last.Release == want.Release && last.Restart == want.Restart
}

// Settle says until when the last fact was true at least.
func (l *Life) Settle(now time.Time) {
	if last := l.Last(); last != nil && l.leaving == 0 && now.After(last.To) {
		last.To = now
	}
}

// Leave says that a step is about to change the workload: from now on nothing is certain until it has.
func (l *Life) Leave(now time.Time, step int) {
	l.Settle(now)
	l.leaving, l.left = step, now
}

// Unnumber says that the step changed it, and got no number for that. Nothing is certain since.
func (l *Life) Unnumber(want Template) {
	if !l.Gone {
		l.Unnumbered = &want
	}
}

// Stay says that the step did not change it after all, as far as anybody knows.
func (l *Life) Stay() {
	l.leaving = 0
}
