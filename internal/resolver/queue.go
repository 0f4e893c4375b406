// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/panics"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// laneName names a lane: an entry of a site's lists. The zero name is that of the lane that asks no host.
type laneName struct{ site, entry string }

// step is a part of what a question takes: all that one host is asked at a time.
type step struct {
	lane laneName
	do   func(ctx context.Context) outcome
	// source is what is known before the step.
	source v1alpha1.Source
}

// run does the step. Answers of servers that nobody thought of may end in a panic: that fails the question, and not the manager.
func (s step) run(ctx context.Context) (out outcome) {
	defer func() {
		if value := recover(); value != nil {
			log.FromContext(ctx).Error(panics.Hidden(value), "Observed a panic while commits were looked for", "stacktrace", string(debug.Stack()))
			out = outcome{answer: record.Answer{
				Reason: v1alpha1.ReasonUnreachable, Message: "Rollcall failed over what it read: see its log, and report it as a bug.", Source: s.source,
			}}
		}
	}()
	return s.do(ctx)
}

// outcome is what a step comes to: an answer, or the next step.
type outcome struct {
	answer record.Answer
	next   *step
	// secrets are the Secrets that were used, for a failure.
	secrets []secretVersion
	// hold is how long the host is left alone, and why says what is wrong with it; it names no repository.
	hold time.Duration
	why  string
}

// flight is a question that waits or is under way.
type flight struct {
	question record.Question
	askers   map[Asker]struct{}
	// namespaces are those of the askers.
	namespaces []string
	asked      time.Time
	step       step
	underway   bool
	// lane is the one that was held while the question waited in it.
	lane *lane
}

// held is the answer of a question whose host is left alone. Where the server did not say for how long, the question has its
// own time, which grows with each failure: a host that is down for a day is not asked every 30 seconds for everybody.
func (f *flight) held(now time.Time) outcome {
	answer := record.Answer{Reason: v1alpha1.ReasonUnreachable, Message: f.lane.why, Source: f.step.source}
	if f.lane.asked {
		answer.RetryAfter = f.lane.until.Sub(now)
	}
	return outcome{answer: answer}
}

// begun is a question that is under way in a lane, in the turn of a namespace.
type begun struct {
	flight    *flight
	lane      laneName
	namespace string
}

// queue holds all questions that are not answered. The Resolver's mutex is its lock.
type queue struct {
	most    int
	flights map[record.Question]*flight
	lanes   map[laneName]*lane
	// waiting is how many questions of each namespace wait in all lanes, and total their sum.
	waiting map[string]int
	total   int
	// askers is how many askers there are in sum.
	askers int
}

// maxAskers is how many askers are remembered in sum. One more has to ask again.
const maxAskers = 50_000

func newQueue(most int) *queue {
	return &queue{most: most, flights: map[record.Question]*flight{}, lanes: map[laneName]*lane{}, waiting: map[string]int{}}
}

// ask adds a question, or an asker to one that is there. It says whether there was room. Where there are too many questions,
// the newest of the namespace that has most is dropped: this one, or another, which is returned.
func (q *queue) ask(question record.Question, asker Asker, now time.Time, first func(record.Question) step) (taken bool, dropped *flight) {
	f := q.flights[question]
	if f == nil {
		f = &flight{question: question, askers: map[Asker]struct{}{}, asked: now, step: first(question)}
		q.flights[question] = f
	}
	remembered := q.remember(f, asker)
	namespace := asker.Object.Namespace
	if slices.Contains(f.namespaces, namespace) {
		return remembered, nil
	}
	f.namespaces = append(f.namespaces, namespace)
	if f.underway {
		return remembered, nil
	}
	q.enter(namespace, f)
	if q.total <= q.most {
		return remembered, nil
	}
	if dropped = q.dropOne(namespace); dropped == f {
		return false, nil
	}
	return remembered, dropped
}

// remember adds an asker to a question, and says whether there was room for it.
func (q *queue) remember(f *flight, asker Asker) bool {
	if _, there := f.askers[asker]; there {
		return true
	}
	if q.askers >= maxAskers {
		return false
	}
	f.askers[asker] = struct{}{}
	q.askers++
	return true
}

// dropOne takes out the newest question of the namespace that has most: of several, of the one that asks, so that two do not
// drop each other's in turn. It returns it if no other namespace asks it.
func (q *queue) dropOne(asks string) *flight {
	most := asks
	for namespace, n := range q.waiting {
		if n > q.waiting[most] {
			most = namespace
		}
	}
	var longest []*flight
	for _, l := range q.lanes {
		if waits := l.waiting[most]; len(waits) > len(longest) {
			longest = waits
		}
	}
	f := longest[len(longest)-1]
	q.leave(most, f)
	f.namespaces = slices.DeleteFunc(f.namespaces, func(n string) bool { return n == most })
	if len(f.namespaces) > 0 {
		return nil
	}
	q.forget(f)
	return f
}

func (q *queue) enter(namespace string, f *flight) {
	l := q.lanes[f.step.lane]
	if l == nil {
		l = newLane()
		q.lanes[f.step.lane] = l
	}
	l.add(namespace, f)
	q.waiting[namespace]++
	q.total++
}

func (q *queue) leave(namespace string, f *flight) {
	if !q.lanes[f.step.lane].remove(namespace, f) {
		return
	}
	q.total--
	if q.waiting[namespace]--; q.waiting[namespace] == 0 {
		delete(q.waiting, namespace)
	}
}

// held takes out the questions that wait for a host that is left alone.
func (q *queue) held(now time.Time) []*flight {
	var held []*flight
	for _, l := range q.lanes {
		if !l.isHeld(now) {
			continue
		}
		for _, f := range l.all() {
			q.leaveAll(f)
			f.lane = l
			held = append(held, f)
		}
	}
	return held
}

func (q *queue) leaveAll(f *flight) {
	for _, namespace := range f.namespaces {
		q.leave(namespace, f)
	}
}

// begin returns the questions that begin now, and forgets lanes that are empty.
func (q *queue) begin(now time.Time) []begun {
	var all []begun
	for name, l := range q.lanes {
		for f, namespace := l.next(); f != nil; f, namespace = l.next() {
			q.leaveAll(f)
			f.underway = true
			all = append(all, begun{f, name, namespace})
		}
		if l.isIdle(now) {
			delete(q.lanes, name)
		}
	}
	return all
}

// end says that a step of a question is over.
func (q *queue) end(b begun) {
	b.flight.underway = false
	q.lanes[b.lane].end(b.namespace)
}

// goOn has a question wait for its next step. It was let in before, so that there is room for it.
func (q *queue) goOn(f *flight, next step) {
	f.step = next
	for _, namespace := range f.namespaces {
		q.enter(namespace, f)
	}
}

// hold leaves the host of a lane alone until a time. asked says that the host asks for that.
func (q *queue) hold(name laneName, why string, asked bool, until time.Time) {
	l := q.lanes[name]
	l.until, l.why, l.asked = until, why, asked
}

// forget says that a question waits no more: it has its answer, or was dropped.
func (q *queue) forget(f *flight) {
	delete(q.flights, f.question)
	q.askers -= len(f.askers)
}
