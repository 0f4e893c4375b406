package record

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

var sequences = flag.Uint64("sequences", 500, "how many sequences of events to generate")

// toldSequences is how many of them are kept as stories too.
const toldSequences = 10

// TestGeneratedSequences plays sequences of events that nobody thought of, and checks after every observation what always
// holds, and whenever the cluster is at rest that Jira shows what is true. A failure names its seed, and tells the
// story of the manager that went wrong.
func TestGeneratedSequences(t *testing.T) {
	for seed := range *sequences {
		title := fmt.Sprintf("generated sequence %d", seed)
		g := generate(seed)
		if err := g.problem(title); err != nil {
			t.Fatal(err)
		}
		if seed < toldSequences {
			golden(t, fmt.Sprintf("generated-%02d", seed), g.script.text(title, g.managers[len(g.managers)-1]))
		}
	}
}

// sequence is one that is generated: a cluster, and managers that miss some of it.
type sequence struct {
	*world
	d         *deployment
	rng       *rand.Rand
	moods     []mood // of the managers
	manifests []manifest
}

// mood is how often something happens to a manager between two events, in percent. What happens to one changes
// nothing for the cluster and the others.
type mood struct {
	rng          *rand.Rand
	falls, wakes int // it goes down, it comes up
	strays       int // it sees the past when it comes up
	silences     int // Jira stops to answer, or answers again
	repeats      int // it observations again where nothing changed
}

// generate plays the sequence of a seed. Its last manager is the one with most to tell.
func generate(seed uint64) *sequence {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := &clock{now: created}
	d := newDeployment(c)
	d.shuffle = rand.New(rand.NewPCG(seed, 2))
	g := &sequence{d: d, rng: rng}
	add := func(name string, site *siteBuilder, has mood) *manager {
		m := newManager(name, c, site)
		m.attentive = has.falls == 0
		has.rng = rand.New(rand.NewPCG(seed, uint64(len(g.moods)+3)))
		g.moods = append(g.moods, has)
		return m
	}
	g.world = newWorld(c, d,
		add("the attentive", makeSite("acme"), mood{repeats: 10}),
		add("a restart-reporting", makeSite("acme").ReportsRestarts(), mood{}),
		add("a thrifty", makeSite("acme").Keeps(2, time.Hour), mood{silences: 20}),
		add("a late", makeSite("acme"), mood{falls: 1, wakes: 10}),
		add("a sleepy", makeSite("acme"), mood{falls: 20, wakes: 40, silences: 10}),
		add("a confused", makeSite("acme"), mood{falls: 25, wakes: 50, strays: 60, silences: 10, repeats: 20}),
	)
	g.managers[3].up = false
	g.play(5 + rng.IntN(21))
	return g
}

// play lets so many events happen, and after each of them a moment, a while, or all that happens by itself.
func (g *sequence) play(events int) {
	g.create()
	for range events {
		g.event()
		switch n := g.rng.IntN(10); {
		case n < 3:
			g.steps(g.rng.IntN(8))
		case n < 6:
			g.pass(time.Duration(g.rng.IntN(15000)) * time.Millisecond)
		case n < 7:
			g.pass(time.Duration(g.rng.IntN(2000)) * time.Second)
		default:
			g.settle()
			g.rest()
		}
		g.stir()
		if g.problem("") != nil {
			return
		}
	}
	g.settle()
	g.do("Rollcall and Jira are up to the end", nil)
	for _, m := range g.managers {
		m.up, m.silenced = true, false
		g.observeAgain(m)
	}
	g.pass(time.Minute)
	for _, m := range g.managers {
		m.checkTruth()
	}
}

// rest lets a minute pass, and checks what those managers tell that have seen everything.
func (g *sequence) rest() {
	g.pass(time.Minute)
	for _, m := range g.managers {
		if m.attentive && !m.silenced {
			m.checkTruth()
		}
	}
}

// stir lets happen to the managers what their mood is.
func (g *sequence) stir() {
	for i, m := range g.managers {
		has := g.moods[i]
		if has.chance(has.silences) {
			m.silenced = !m.silenced
			g.tell(m, map[bool]string{true: "(Jira does not answer)", false: "(Jira answers again)"}[m.silenced])
			m.deliver()
		}
		switch {
		case m.up && has.chance(has.falls):
			m.up = false
			g.tell(m, "(Rollcall is down)")
		case !m.up && has.chance(has.wakes):
			g.requeueAfter(m, has)
		case m.up && has.chance(has.repeats):
			g.observeAgain(m)
		}
	}
}

func (g *sequence) requeueAfter(m *manager, has mood) {
	m.up = true
	g.tell(m, "(Rollcall is up)")
	if has.chance(has.strays) {
		g.tell(m, "(and its API server lags behind)")
		g.observeBehind(m, 1+has.rng.IntN(12), has.rng)
	}
	g.observeAgain(m)
}

func (m mood) chance(percent int) bool {
	return percent > 0 && m.rng.IntN(100) < percent
}

func (g *sequence) tell(m *manager, text string) {
	g.script.told(g.clock.now, m, text)
}

func (g *sequence) chance(percent int) bool {
	return g.rng.IntN(100) < percent
}

// create makes a Deployment, most often an ordinary one.
func (g *sequence) create() {
	m := g.manifest()
	var options []func(*appsv1.DeploymentSpec)
	text := "kubectl create: " + m.String()
	option := func(percent int, words string, o func(*appsv1.DeploymentSpec)) {
		if g.chance(percent) {
			options, text = append(options, o), text+words
		}
	}
	option(20, ", strategy Recreate", recreating)
	option(15, ", without a deadline", deadline(noDeadline))
	option(10, ", with a deadline of 10 s", deadline(10))
	option(10, ", with a history of 1", history(1))
	option(5, ", paused", paused)
	g.do(text, func() { g.d.create(m, options...) })
}

// manifest makes a new version, most often one that is well and has a key.
func (g *sequence) manifest() manifest {
	n := len(g.manifests) + 1
	m := version(fmt.Sprintf("%d.0", n), fmt.Sprintf("SHOP-%d", n))
	m.place = []place{onTemplate, onTemplate, onWorkload, inTag}[g.rng.IntN(4)]
	switch {
	case g.chance(12):
		m.keys = nil
	case g.chance(15):
		m.keys = append(m.keys, fmt.Sprintf("SHOP-%d", n+100))
	}
	switch {
	case g.chance(25):
		m.ill = stuck
	case g.chance(5):
		m.ill = forbidden
	}
	if g.chance(25) {
		m.replicas = int32(1 + g.rng.IntN(8))
	}
	g.manifests = append(g.manifests, m)
	return m
}
