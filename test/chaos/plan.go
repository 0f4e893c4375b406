// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

// Plan is everything that will be done, in its order. The same options give the same plan.
type Plan struct {
	Workloads []Workload
	Items     []Item
}

// Workload is a name at which workloads come and go.
type Workload struct {
	Kind      string
	Namespace string
	Name      string
	// KeysOutside says that the issue keys are on the workload, where they change by themselves, and not on the pod
	// template.
	KeysOutside bool
}

func (w Workload) String() string {
	return fmt.Sprintf("%s %s/%s", w.Kind, w.Namespace, w.Name)
}

// Item is one thing to do: a step of a workload, or a disturbance.
type Item struct {
	Step        *Step
	Disturbance *Disturbance
}

// Step is a change of one workload.
type Step struct {
	// Number is the step's, from 1 on; the workload carries it in an annotation.
	Number   int
	Workload int // index in Plan.Workloads
	Action   Action
	// Want is what is to be there; nil: nothing.
	Want *Manifest
	// Anew says that what is there is deleted first, and Orphan that its pods stay.
	Anew, Orphan bool
	// Hasty says that the next step comes as soon as the rollout has begun, and does not wait for its end.
	Hasty bool
}

// Manifest is what matters of a workload's spec.
type Manifest struct {
	// Release names the pod template but for its restarts. Restart is the step that restarted it last, and Stamp what
	// that left on the template.
	Release string
	Restart int
	Stamp   Stamp
	// Fate is what becomes of the pods.
	Fate     Fate
	Replicas int32
	Keys     []string
}

// template is what the oracle has to know of it.
func (m *Manifest) template(w Workload) oracle.Template {
	t := oracle.Template{Release: m.Release, Restart: m.Restart, Keys: m.Keys, Explicit: true}
	if w.KeysOutside {
		t.Keys, t.Explicit, t.Listed = nil, false, m.Keys
	}
	return t
}

// Fate is what becomes of a release's pods.
type Fate string

// The fates. A release that fails has a short progress deadline, one that stalls a long one.
const (
	Ready  Fate = "ready"
	Slow   Fate = "slow"
	Fails  Fate = "fails"
	Stalls Fate = "stalls"
)

// Disturbance is a blow against the managers or the API server.
type Disturbance struct {
	Blow Blow
	// Stored says that it comes just after the next request that Jira processed, whose answer is hardly written yet.
	Stored bool
}

// Blow is a kind of disturbance.
type Blow string

// The blows. A kill is kill -9.
const (
	KillLeader       Blow = "kill the leader"
	KillFollower     Blow = "kill a follower"
	KillAll          Blow = "kill all managers"
	RestartAPIServer Blow = "restart the API server"
)

// PlanOptions say how much there is to do.
type PlanOptions struct {
	Seed      int64
	Workloads int
	Actions   int // at least 2 a workload, so that each is created and most are changed
	Kills     int
	Restarts  int // of the API server
}

// NewPlan returns the plan of a seed.
func NewPlan(o PlanOptions) Plan {
	p := planner{random: rand.New(rand.NewPCG(uint64(o.Seed), 0))}
	for i := range o.Workloads {
		p.addWorkload(i)
	}
	p.takeSteps(o.Actions)
	p.disturb(o.Kills, 0.9, KillLeader, KillLeader, KillLeader, KillFollower, KillAll)
	p.disturb(o.Restarts, 0.2, RestartAPIServer)
	return p.plan
}

// planner draws a plan.
type planner struct {
	random *rand.Rand
	plan   Plan
	drafts []draft // of the workloads
	steps  int
}

func (p *planner) addWorkload(i int) {
	kind, name := kindDeployment, "web"
	switch n := p.random.IntN(100); {
	case n < 12:
		kind, name = kindStatefulSet, "db"
	case n < 20:
		kind, name = kindDaemonSet, "agent"
	}
	p.plan.Workloads = append(p.plan.Workloads, Workload{
		Kind:        kind,
		Namespace:   environments[p.random.IntN(len(environments))].namespace,
		Name:        fmt.Sprintf("%s-%03d", name, i),
		KeysOutside: p.random.IntN(3) == 0,
	})
	p.drafts = append(p.drafts, draft{kind: kind, keysOutside: p.plan.Workloads[i].KeysOutside})
}

// takeSteps lets the workloads appear in a random order, among the first changes of the others.
func (p *planner) takeSteps(actions int) {
	unborn := p.random.Perm(len(p.drafts))
	var born []int
	for p.steps < actions {
		if len(unborn) > 0 && (len(born) == 0 || p.random.IntN(2) == 0 || actions-p.steps <= len(unborn)) {
			born, unborn = append(born, unborn[0]), unborn[1:]
			p.takeStep(born[len(born)-1])
			continue
		}
		p.takeStep(born[p.random.IntN(len(born))])
	}
}

// takeStep adds a step of a workload, and those that must follow it at once.
func (p *planner) takeStep(workload int) {
	for {
		p.steps++
		step := p.drafts[workload].next(p.random, p.steps)
		step.Workload = workload
		p.plan.Items = append(p.plan.Items, Item{Step: &step})
		if !step.Hasty {
			return
		}
	}
}

// disturb spreads blows over the plan, and draws each from a list. From even distances each may move by half of the
// given share of a distance, to either side.
func (p *planner) disturb(n int, move float64, blows ...Blow) {
	type placed struct {
		at int
		Item
	}
	var all []placed
	length := len(p.plan.Items)
	for i := range n {
		at := (float64(i) + 0.5 + move*(p.random.Float64()-0.5)) / float64(n) * float64(length)
		all = append(all, placed{int(at), Item{Disturbance: &Disturbance{
			Blow: blows[p.random.IntN(len(blows))], Stored: p.random.IntN(2) == 0,
		}}})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(b.at, a.at) })
	for _, d := range all {
		p.plan.Items = slices.Insert(p.plan.Items, d.at, d.Item)
	}
}
