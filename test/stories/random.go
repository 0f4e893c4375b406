// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// randomStories is how many stories are drawn, and randomEvents how much happens in each.
const (
	randomStories = 16
	randomEvents  = 14
)

// draw is a story that nobody thought of.
type draw struct {
	*stage
	rng       *rand.Rand
	manifests []manifest
	now       manifest
	there     bool
	paused    bool
}

// randomStory returns the story of a seed. Every fourth is one of a StatefulSet.
func randomStory(seed uint64) story {
	kind := kindDeployment
	if seed%4 == 3 {
		kind = kindStatefulSet
	}
	return story{fmt.Sprintf("random %s %02d", kind, seed), kind, func(p *stage) {
		d := &draw{stage: p, rng: rand.New(rand.NewPCG(seed, 1))}
		for range randomEvents {
			d.event()
			switch n := d.rng.IntN(10); {
			case n < 3:
				d.pass(time.Duration(d.rng.IntN(300)) * time.Millisecond)
			case n < 6:
				d.pass(time.Duration(d.rng.IntN(2500)) * time.Millisecond)
			default:
				d.rest()
			}
		}
	}}
}

// happening is an event that may be drawn, and how often; sets says that it may happen to a StatefulSet too.
type happening struct {
	weight int
	sets   bool
	do     func(*draw)
}

// happenings are what may happen to a workload that is there.
var happenings = []happening{
	{24, true, func(d *draw) { d.apply(d.manifest(), "kubectl apply: ") }},
	{8, true, func(d *draw) { d.apply(d.manifests[d.rng.IntN(len(d.manifests))], "an earlier state is applied: ") }},
	{10, false, (*draw).undo},
	{8, true, (*draw).restart},
	{6, true, func(d *draw) { d.scale(int32(d.rng.IntN(8))) }},
	{2, true, func(d *draw) { d.scale(0) }},
	{3, false, func(d *draw) { d.apply(d.manifest().pods(0), "kubectl apply, with replicas 0: ") }},
	{9, false, (*draw).pause},
	{8, true, (*draw).mend},
	{4, false, (*draw).sicken},
	{3, true, func(d *draw) { d.do("a node is drained", func() error { return d.drop(2) }) }},
	{3, true, func(d *draw) {
		d.do("a tool writes an annotation", func() error { return d.annotate("example.com/synced", fmt.Sprint(d.rng.IntN(100))) })
	}},
	{4, true, (*draw).correct},
	{5, true, (*draw).remove},
}

// event lets one thing happen.
func (d *draw) event() {
	if !d.there {
		d.pass(time.Second) // two lives of one second have one number in Jira
		d.create()
		return
	}
	total, possible := 0, []happening{}
	for _, h := range happenings {
		if d.kind == kindDeployment || h.sets {
			total, possible = total+h.weight, append(possible, h)
		}
	}
	n := d.rng.IntN(total)
	for _, h := range possible {
		if n -= h.weight; n < 0 {
			h.do(d)
			return
		}
	}
}

func (d *draw) chance(percent int) bool { return d.rng.IntN(100) < percent }

// create makes a workload, most often an ordinary one.
func (d *draw) create() {
	m := d.manifest()
	var options []func(client.Object)
	text := "kubectl create: " + m.String()
	option := func(percent int, words string, o func(client.Object)) {
		if d.chance(percent) && d.kind == kindDeployment {
			options, text = append(options, o), text+words
		}
	}
	option(20, ", strategy Recreate", recreating)
	option(15, ", without a deadline", withoutDeadline)
	option(10, ", with a history of 1", func(o client.Object) { o.(*appsv1.Deployment).Spec.RevisionHistoryLimit = new(int32(1)) })
	option(5, ", paused", paused)
	d.do(text, func() error { return d.stage.create(m, options...) })
	d.there, d.now, d.paused = true, m, false
}

// manifest makes a new version, most often one that is well and has a key.
func (d *draw) manifest() manifest {
	n := len(d.manifests) + 1
	m := version(fmt.Sprintf("%d.0", n), fmt.Sprintf("SHOP-%d", n)).on([]place{onTemplate, onTemplate, onWorkload, inTag}[d.rng.IntN(4)])
	switch {
	case d.chance(12):
		m.keys = nil
	case d.chance(15):
		m.keys = append(m.keys, fmt.Sprintf("SHOP-%d", n+100))
	}
	switch {
	case d.chance(25):
		m.ill = stuck
	case d.chance(5) && d.kind == kindDeployment:
		m.ill = forbidden
	}
	if d.chance(25) {
		m.replicas = int32(1 + d.rng.IntN(8))
	}
	d.manifests = append(d.manifests, m)
	return m
}

func (d *draw) apply(m manifest, how string) {
	d.now = m
	d.do(how+m.String(), func() error { return d.stage.apply(m) })
}

func (d *draw) undo() {
	revision := int64(d.rng.IntN(4))
	d.do(fmt.Sprintf("kubectl rollout undo --to-revision=%d", revision), func() error {
		if d.paused {
			return nil // kubectl refuses it
		}
		return d.stage.undo(revision)
	})
}

func (d *draw) restart() {
	if !d.paused {
		d.do("kubectl rollout restart", d.stage.restart)
	}
}

func (d *draw) scale(n int32) {
	d.do(fmt.Sprintf("kubectl scale --replicas=%d", n), func() error { return d.stage.scale(n) })
}

func (d *draw) pause() {
	d.paused = !d.paused
	d.do(map[bool]string{true: "kubectl rollout pause", false: "kubectl rollout resume"}[d.paused], func() error { return d.stage.pause(d.paused) })
}

func (d *draw) mend() {
	if m := d.now; m.ill == stuck {
		d.do("what is wrong with "+m.version+" is mended", func() error { return d.stage.mend(m) })
	}
}

func (d *draw) sicken() {
	d.do("pods fail for a while", func() error { return d.stage.sicken(2, corev1.ConditionFalse) })
	d.pass(time.Second)
	d.do("", func() error { return d.stage.sicken(2, corev1.ConditionTrue) })
}

// correct changes the keys on the workload, which count where the pod template has none.
func (d *draw) correct() {
	n := d.rng.IntN(900) + 100
	d.do(fmt.Sprintf("kubectl annotate rollcall.dev/issue-keys=SHOP-%d", n), func() error {
		return d.annotate(v1alpha1.AnnotationIssueKeys, fmt.Sprintf("SHOP-%d", n))
	})
}

func (d *draw) remove() {
	d.there = false
	d.do("kubectl delete", d.stage.remove)
}
