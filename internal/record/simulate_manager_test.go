package record

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// manager observations at the workload for one site, and has records and a Jira of its own. Between two observations it remembers
// nothing but its records, and how far a rollout is that has no deadline of its own.
type manager struct {
	name  string
	site  *Site
	clock *clock
	// up says that it runs, and that its site exists.
	up bool
	// silenced says that Jira does not answer.
	silenced bool
	// attentive says that it sees every change at once.
	attentive bool

	records []*v1alpha1.JiraDeployment
	made    int
	watch   vigil
	jira    memoryJira
	wakeAt  time.Time

	truth   truth
	carried carried
	tell    func(text string)
	problem string
}

func newManager(name string, c *clock, site *siteBuilder) *manager {
	rule := v1alpha1.EnvironmentRule{ID: "prod", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}}
	compiled, problems := Compile(site.Rules(rule).Obj())
	if len(problems) > 0 {
		panic(problems)
	}
	return &manager{
		name: name, site: compiled, clock: c, up: true, attentive: true, jira: memoryJira{}, tell: func(string) {},
		truth: truth{restarts: compiled.reportsRestarts(), keeps: compiled.retainedRevisions()},
	}
}

func (m *manager) fail(format string, args ...any) {
	if m.problem == "" {
		m.problem = fmt.Sprintf(format, args...)
	}
}

// vigil is what a manager remembers of the progress of a rollout that nobody else watches over.
type vigil struct {
	uid      types.UID
	revision int64
	mark     rollout.Remaining
	progress Progress
}

// note takes down how near to its end a rollout is.
func (m *manager) note(r *rollout.Rollout) {
	if r == nil || r.Remaining == nil || r.State != rollout.InProgress {
		m.watch = vigil{}
		return
	}
	if m.watch.uid != r.UID || m.watch.revision != r.Revision {
		m.watch = vigil{uid: r.UID, revision: r.Revision, mark: *r.Remaining, progress: Progress{Since: m.clock.now}}
	}
	mark, nearer := m.watch.mark.Progressed(*r.Remaining)
	if m.watch.mark = mark; nearer {
		m.watch.progress = Progress{Since: m.clock.now, Seen: true}
	}
}

// restart lets the manager forget what it remembers.
func (m *manager) restart() {
	m.watch, m.wakeAt = vigil{}, time.Time{}
}

// observation is a pass of the workload controller.
func (m *manager) observation(s sight) {
	m.note(s.rollout)
	plan := m.site.Plan(m.observe(s))
	m.checkPlan(s, plan)
	m.carryOut(plan)
	m.wakeAt = time.Time{}
	if plan.RequeueAfter > 0 {
		m.wakeAt = m.clock.now.Add(plan.RequeueAfter)
	}
	if again := m.site.Plan(m.observe(s)); len(again.Create)+len(again.Update)+len(again.Delete) > 0 {
		m.fail("a plan that was carried out leaves more to do: %+v", again)
	}
	m.checkRecords(s)
	m.deliver()
}

func (m *manager) observe(s sight) Observation {
	return Observation{
		Now: m.clock.now, Cluster: "eu-1", Namespace: environment.Namespace{Name: "shop-prod"},
		LiveUID: s.uid, Rollout: s.rollout, Progress: m.watch.progress, Records: m.records,
	}
}

// carryOut does to the records what the API server would: what has a new spec has a new generation.
func (m *manager) carryOut(plan Plan) {
	for _, next := range plan.Update {
		i := m.index(next.Name)
		if i < 0 {
			m.fail("a plan updates %s, which is not there", next.Name)
			return
		}
		next = next.DeepCopy()
		if !equality.Semantic.DeepEqual(m.records[i].Spec, next.Spec) {
			next.Generation++
		}
		m.checkUpdate(m.records[i], next)
		m.records[i] = next
	}
	for _, next := range plan.Create {
		if m.index(next.Name) >= 0 {
			m.fail("a plan creates %s, which is there", next.Name)
			return
		}
		m.made++
		next = next.DeepCopy()
		next.UID = types.UID(fmt.Sprintf("record-%d", m.made))
		next.Generation, next.CreationTimestamp = 1, stamp(m.clock.now)
		m.records = append(m.records, next)
	}
	for _, old := range plan.Delete {
		if !old.Settled() {
			m.fail("a plan deletes revision %d, which Jira has not answered", old.Spec.Revision)
		}
		m.records = slices.DeleteFunc(m.records, func(d *v1alpha1.JiraDeployment) bool { return d.Name == old.Name })
	}
}

func (m *manager) index(name string) int {
	return slices.IndexFunc(m.records, func(d *v1alpha1.JiraDeployment) bool { return d.Name == name })
}

// deliver sends what Jira has not answered yet, oldest deployment first.
func (m *manager) deliver() {
	if m.silenced {
		return
	}
	for i, d := range m.records {
		if d.Settled() {
			continue
		}
		news, err := m.jira.take(d)
		if err != nil {
			m.fail("%s", err)
		}
		if news != "" {
			m.tell(news)
		}
		m.records[i] = d.DeepCopy()
		m.records[i].Status.DeliveredGeneration = d.Generation
	}
}

// ofLive returns the records of the workload that is there, oldest first, and those of others.
func (m *manager) ofLive(uid types.UID) (live, gone []*v1alpha1.JiraDeployment) {
	for _, d := range m.records {
		if d.Spec.Workload.UID == uid {
			live = append(live, d)
		} else {
			gone = append(gone, d)
		}
	}
	slices.SortFunc(live, func(a, b *v1alpha1.JiraDeployment) int { return int(a.Spec.Sequence - b.Spec.Sequence) })
	return live, gone
}
