// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Action is a kind of step.
type Action string

// The actions.
const (
	Create    Action = "create"
	Release   Action = "release"   // a new template that becomes ready
	Break     Action = "break"     // one that never does, and fails
	Supersede Action = "supersede" // one that never does, and is given up while it rolls out
	Undo      Action = "undo"      // an earlier template once more
	Restart   Action = "restart"   // by kubectl, or by another tool with a stamp of its own
	Retag     Action = "retag"     // other issue keys on the template that runs, as a mutable tag gets them
	Scale     Action = "scale"     // to zero and back, too
	Correct   Action = "correct"   // other issue keys on the metadata, under a finished release
	Keep      Action = "keep"      // a release that leaves the metadata as it is, be it corrected before or stale
	Delete    Action = "delete"
	Recreate  Action = "recreate" // delete, and create under the same name
	Orphan    Action = "orphan"   // delete without the pods, and create as it was
)

// choices are the actions that are drawn, and how often.
var choices = []struct {
	action Action
	weight int
}{
	{Release, 26}, {Break, 12}, {Supersede, 14}, {Undo, 16}, {Restart, 10}, {Retag, 6}, {Scale, 12}, {Correct, 12}, {Keep, 8},
	{Delete, 4}, {Recreate, 6}, {Orphan, 4},
}

// maxUndo is how many releases an undo goes back at most: what is past a site's retention is not recognised.
const maxUndo = 3

// lastIssue is the number of the last issue of project SHOP.
const lastIssue = 5000

// draft is a workload as the plan has made it so far.
type draft struct {
	kind        string
	keysOutside bool
	now         *Manifest
	// releases are those of this life, oldest first, each as it was rolled out last; one that came back stands twice.
	releases []Manifest
	// hurried says that a rollout is to be given up at once.
	hurried bool
}

// next draws a step and applies it to the draft.
func (d *draft) next(random *rand.Rand, number int) Step {
	step := Step{Number: number, Action: d.draw(random)}
	step.Anew = step.Action == Recreate || step.Action == Orphan
	step.Orphan = step.Action == Orphan
	step.Hasty = step.Action == Supersede
	d.apply(random, step)
	if d.now != nil {
		want := *d.now
		step.Want = &want
	}
	d.hurried = step.Hasty
	return step
}

func (d *draft) draw(random *rand.Rand) Action {
	if d.now == nil {
		return Create
	}
	total := 0
	for _, c := range choices {
		total += d.weight(c.action, c.weight)
	}
	n := random.IntN(total)
	for _, c := range choices {
		if n -= d.weight(c.action, c.weight); n < 0 {
			return c.action
		}
	}
	return Release
}

// weight is 0 for what cannot be done now.
func (d *draft) weight(action Action, weight int) int {
	possible := true
	switch action {
	case Break:
		possible = d.now.Replicas > 0 // without pods nothing fails
	case Undo:
		possible = len(d.undoable()) > 0
	case Restart:
		possible = !d.hurried
	case Scale:
		possible = !d.hurried && d.kind != kindDaemonSet
	case Retag:
		possible = !d.hurried && !d.keysOutside
	case Correct:
		possible = !d.hurried && d.keysOutside
	case Keep:
		possible = d.keysOutside
	case Orphan:
		possible = !d.hurried && d.now.Fate != Fails
	}
	if !possible {
		return 0
	}
	return weight
}

// undoable are the releases that an undo may go back to.
func (d *draft) undoable() []Manifest {
	last := len(d.releases) - 1
	return slices.DeleteFunc(slices.Clone(d.releases[max(0, last-maxUndo):max(0, last)]), func(m Manifest) bool {
		return m.Release == d.now.Release || d.now.Replicas == 0 && (m.Fate == Fails || m.Fate == Stalls)
	})
}

func (d *draft) apply(random *rand.Rand, step Step) {
	switch step.Action {
	case Delete:
		d.now, d.releases = nil, nil
		return
	case Create, Recreate:
		d.now, d.releases = &Manifest{Replicas: int32(1 + random.IntN(3)), Keys: drawKeys(random)}, nil
		d.release(random, step)
	case Release, Break, Supersede:
		d.now.Keys = drawKeys(random)
		d.release(random, step)
	case Keep:
		d.release(random, step)
	case Undo:
		earlier := d.undoable()
		d.undo(earlier[random.IntN(len(earlier))])
	case Restart:
		d.now.Restart, d.now.Stamp = step.Number, stamps[random.IntN(len(stamps))]
		d.releases[len(d.releases)-1] = *d.now
	case Scale:
		d.scale(random)
	case Retag:
		d.now.Keys, d.now.Restart = drawKeys(random), step.Number
		d.releases[len(d.releases)-1] = *d.now
	case Correct:
		d.now.Keys = drawKeys(random)
	case Orphan:
		d.releases = []Manifest{*d.now}
	}
}

func (d *draft) release(random *rand.Rand, step Step) {
	d.now.Release, d.now.Restart, d.now.Stamp = fmt.Sprintf("r%d", step.Number), 0, Stamp{}
	switch {
	case step.Action == Break:
		d.now.Fate = Fails
	case step.Action == Supersede:
		d.now.Fate = Stalls
	case random.IntN(4) == 0:
		d.now.Fate = Slow
	default:
		d.now.Fate = Ready
	}
	d.releases = append(d.releases, *d.now)
}

// undo brings an earlier template back, as kubectl patch would: what is on the workload itself stays.
func (d *draft) undo(earlier Manifest) {
	replicas, keys := d.now.Replicas, d.now.Keys
	*d.now = earlier
	d.now.Replicas = replicas
	if d.now.Fate == Stalls {
		d.now.Fate = Fails // nothing gives it up this time
	}
	if d.keysOutside {
		d.now.Keys = keys
	}
	d.releases = append(d.releases, *d.now)
}

// scale wants other pods than now, or none where they would become ready.
func (d *draft) scale(random *rand.Rand) {
	next := int32(random.IntN(4))
	if next == d.now.Replicas || next == 0 && d.now.Fate == Fails {
		next = 1 + d.now.Replicas%3
	}
	d.now.Replicas = next
}

// drawKeys returns one or two issue keys.
func drawKeys(random *rand.Rand) []string {
	first := 1 + random.IntN(lastIssue)
	keys := []string{fmt.Sprintf("SHOP-%d", first)}
	if random.IntN(3) == 0 {
		keys = append(keys, fmt.Sprintf("SHOP-%d", 1+(first+random.IntN(lastIssue-1))%lastIssue))
	}
	return keys
}
