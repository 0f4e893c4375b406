package record

import (
	"fmt"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// happening is an event that may be generated, and how often.
type happening struct {
	weight int
	do     func(*sequence)
}

// happenings are what may happen to a Deployment that is there.
var happenings = []happening{
	{24, func(g *sequence) { g.apply(g.manifest(), "kubectl apply: ") }},
	{8, func(g *sequence) { g.apply(g.manifests[g.rng.IntN(len(g.manifests))], "an earlier state is applied: ") }},
	{8, (*sequence).undo},
	{8, (*sequence).restart},
	{6, func(g *sequence) { g.scale(int32(g.rng.IntN(8))) }},
	{2, func(g *sequence) { g.scale(0) }},
	{3, func(g *sequence) { g.applyAtZero() }},
	{8, (*sequence).pause},
	{6, (*sequence).heal},
	{4, func(g *sequence) { g.do("a pod fails for a while", func() { g.d.sicken(1, healthy) }) }},
	{2, func(g *sequence) { g.do("all pods fail, and stay so", func() { g.d.sicken(8, stuck) }) }},
	{3, func(g *sequence) { g.do("a node is drained", func() { g.d.drain(2) }) }},
	{4, func(g *sequence) { g.do("a tool writes a label and an annotation", g.scribble) }},
	{4, (*sequence).correct},
	{4, (*sequence).remove},
	{3, func(g *sequence) { g.do("a day passes", func() { g.pass(25 * time.Hour) }) }},
}

// event lets one thing happen.
func (g *sequence) event() {
	if g.d.object == nil {
		g.pass(time.Duration(1+g.rng.IntN(100)) * time.Second)
		g.create()
		return
	}
	total := 0
	for _, h := range happenings {
		total += h.weight
	}
	n := g.rng.IntN(total)
	for _, h := range happenings {
		if n -= h.weight; n < 0 {
			h.do(g)
			return
		}
	}
}

func (g *sequence) apply(m manifest, how string) {
	m.ill = g.mended(m)
	g.do(how+m.String(), func() { g.d.apply(m) })
}

// applyAtZero is a new version of an application that is switched off in the same moment.
func (g *sequence) applyAtZero() {
	m := g.manifest()
	g.do("kubectl apply, with replicas: 0: "+m.String(), func() {
		m.replicas = 0
		g.d.apply(m)
		g.d.scale(0)
	})
}

// mended returns what is wrong with a version by now: what was healed stays so.
func (g *sequence) mended(m manifest) illness {
	if ill, known := g.d.ill[m.version]; known {
		return ill
	}
	return m.ill
}

func (g *sequence) undo() {
	revision := int64(0)
	if n := len(g.d.sets); n > 1 && g.chance(40) {
		revision = g.d.sets[g.rng.IntN(n)].revision
	}
	g.do(fmt.Sprintf("kubectl rollout undo --to-revision=%d", revision), func() { g.d.undo(revision) })
}

// restart may mend what is wrong.
func (g *sequence) restart() {
	if g.d.object.Spec.Paused {
		return
	}
	version := versionIn(&g.d.object.Spec.Template)
	if g.chance(40) {
		g.d.ill[version] = healthy
	}
	g.do("kubectl rollout restart", g.d.restart)
}

func (g *sequence) scale(n int32) {
	g.do(fmt.Sprintf("kubectl scale --replicas=%d", n), func() { g.d.scale(n) })
}

func (g *sequence) pause() {
	paused := !g.d.object.Spec.Paused
	g.do(map[bool]string{true: "kubectl rollout pause", false: "kubectl rollout resume"}[paused], func() { g.d.pause(paused) })
}

func (g *sequence) heal() {
	version := versionIn(&g.d.object.Spec.Template)
	if g.d.ill[version] != healthy {
		g.do("what is wrong with "+version+" is mended", func() { g.d.heal(version) })
	}
}

func (g *sequence) scribble() {
	g.d.label("argocd.argoproj.io/instance", "shop")
	g.d.annotate("example.com/synced", fmt.Sprint(g.rng.IntN(100)))
}

// correct changes the keys on the workload, which count where the pod template has none.
func (g *sequence) correct() {
	n := g.rng.IntN(900) + 100
	g.do(fmt.Sprintf("kubectl annotate rollcall.dev/issue-keys=SHOP-%d", n), func() {
		g.d.annotate(v1alpha1.AnnotationIssueKeys, fmt.Sprintf("SHOP-%d", n))
	})
}

func (g *sequence) remove() {
	g.do("kubectl delete", g.d.remove)
}
