// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// manager stands in for the workload controller and for Jira: a Plan in, a map of records out.
type manager struct {
	name    string
	site    *record.Site
	rules   oracle.Rules
	records map[string]*v1alpha1.JiraDeployment // by name
	silent  bool                                // Jira does not answer
	prompt  bool                                // it sees every change at once
	lagged  bool                                // it was shown states of the past: what is over may seem to go on

	mark     rollout.Remaining // of the rollout that is under way
	progress record.Progress
	marked   revision
	// unavailable is how many pods of it were.
	unavailable int32
	now         time.Time
	shownAt     time.Time // when it was shown what it sees now
	wakeAt      time.Time

	seen *sight
	// watching is when it was there, and saw something that it could say of the rollout.
	watching oracle.Attention
	lives    []*oracle.Life // of the workloads that had the name, oldest first
	uids     []types.UID
	told     map[revision][]*v1alpha1.JiraDeployment
	tell     func(news string)
	problem  string
}

// revision is what the replays tell deployments apart by.
type revision struct {
	uid    types.UID
	number int64
}

func newManager(name string, site *v1alpha1.JiraSite, rules oracle.Rules) *manager {
	compiled, problems := record.Compile(site)
	if len(problems) > 0 {
		panic(problems)
	}
	rules.Deadline, rules.Retained = siteDeadline, int(site.Spec.Retention.Revisions)
	return &manager{
		name: name, site: compiled, rules: rules, records: map[string]*v1alpha1.JiraDeployment{},
		told: map[revision][]*v1alpha1.JiraDeployment{}, tell: func(string) {},
	}
}

func (m *manager) fail(format string, args ...any) {
	if m.problem == "" {
		m.problem = fmt.Sprintf(format, args...)
	}
}

// stop ends the manager, which forgets what it remembers beside its records.
func (m *manager) stop(now time.Time) {
	m.checkDeadline(now)
	m.watching.End(now)
	m.marked, m.wakeAt, m.seen = revision{}, time.Time{}, nil
}

// wake lets the manager do what it asked to be woken for, until a time.
func (m *manager) wake(until time.Time) {
	for !m.wakeAt.IsZero() && !m.wakeAt.After(until) {
		m.observe(m.seen, m.wakeAt)
	}
}

// observe is a pass of the workload controller, and those that its own writes and Jira's answers cause.
func (m *manager) observe(s *sight, now time.Time) {
	m.now, m.wakeAt = now, time.Time{}
	m.noteLife(s)
	for range 5 {
		observation := record.Observation{
			Now: now, Cluster: "eu-1", Namespace: environment.Namespace{Name: "shop-prod"},
			LiveUID: s.uid, Rollout: s.rollout, Progress: m.noteProgress(s.rollout), Records: slices.Collect(maps.Values(m.records)),
		}
		plan := m.site.Plan(observation)
		if plan.RequeueAfter > 0 {
			m.wakeAt = now.Add(plan.RequeueAfter)
		}
		if len(plan.Create)+len(plan.Update)+len(plan.Delete)+len(plan.Merge) == 0 {
			m.checkRecords(s)
			return
		}
		m.carryOut(plan)
		m.deliver()
	}
	m.fail("plans that were carried out leave more to do, again and again")
}

// carryOut does to the records what the API server would: what has a new spec has a new generation.
func (m *manager) carryOut(plan record.Plan) {
	for _, next := range plan.Update {
		old := m.records[next.Name]
		if old == nil {
			m.fail("a plan updates %s, which is not there", next.Name)
			return
		}
		m.checkUpdate(old, next)
		next = next.DeepCopy()
		if !equality.Semantic.DeepEqual(old.Spec, next.Spec) {
			next.Generation++
		}
		m.records[next.Name] = next
	}
	for _, next := range plan.Create {
		if m.records[next.Name] != nil {
			m.fail("a plan creates %s, which is there", next.Name)
			return
		}
		next = next.DeepCopy()
		next.Generation, next.CreationTimestamp = 1, metav1.NewTime(m.now.Truncate(time.Second))
		m.records[next.Name] = next
	}
	for _, old := range plan.Delete {
		if !old.Settled() {
			m.fail("a plan deletes revision %d, which Jira has not answered", old.Spec.Revision)
		}
		delete(m.records, old.Name)
	}
	for _, old := range plan.Merge {
		m.fail("a plan deletes revision %d, which Jira was never told of, though there are few such", old.Spec.Revision)
	}
}

// deliver tells Jira of every record that it has not answered yet, oldest deployment first.
func (m *manager) deliver() {
	if m.silent {
		return
	}
	bySequence := func(a, b *v1alpha1.JiraDeployment) int { return int(a.Spec.Sequence - b.Spec.Sequence) }
	for _, d := range slices.SortedFunc(maps.Values(m.records), bySequence) {
		if d.Settled() {
			continue
		}
		d = d.DeepCopy()
		d.Status.DeliveredGeneration = d.Generation
		m.records[d.Name] = d
		key := revision{d.Spec.Workload.UID, d.Spec.Revision}
		m.checkTime(m.told[key], d)
		m.told[key] = append(m.told[key], d)
		m.tell(entry(d))
	}
}

// shown returns what Jira shows of all workloads that had the name.
func (m *manager) shown() []oracle.Shown {
	var all []oracle.Shown
	for key, updates := range m.told {
		spec := updates[len(updates)-1].Spec
		all = append(all, oracle.Shown{
			Created: m.lifeOf(key.uid).Created.Unix(), Revision: spec.Revision,
			State: string(spec.State), Keys: spec.IssueKeys, Environment: spec.Environment.ID,
		})
	}
	return all
}

// lifeOf returns the life of a workload; nil where nothing was seen of it.
func (m *manager) lifeOf(uid types.UID) *oracle.Life {
	if i := slices.Index(m.uids, uid); i >= 0 {
		return m.lives[i]
	}
	return nil
}

// entry writes a record as a reader of an issue sees it.
func entry(d *v1alpha1.JiraDeployment) string {
	return fmt.Sprintf("%-15s %s #%-2d %s", strings.Join(d.Spec.IssueKeys, " "), d.Spec.Environment.Name, d.Spec.Revision, d.Spec.State)
}

// noteLife lets the oracle see what the manager sees.
func (m *manager) noteLife(s *sight) {
	if m.seen == s {
		return
	}
	m.checkDeadline(m.now)
	if s.ok {
		m.watching.Begin(m.now)
	} else {
		m.watching.End(m.now)
	}
	m.seen, m.shownAt = s, m.now
	for i, life := range m.lives {
		life.Gone = m.uids[i] != s.uid
	}
	if s.uid == "" || !s.ok || m.lagged && s.status.Unproven { // who does not know a number yet takes an earlier one for the present
		return
	}
	if m.lifeOf(s.uid) == nil {
		next := &oracle.Life{Created: s.created, IsSet: s.isSet, Rules: m.rules}
		if n := len(m.lives); n > 0 {
			next.Former = m.lives[n-1]
		}
		m.lives, m.uids = append(m.lives, next), append(m.uids, s.uid)
	}
	life := m.lifeOf(s.uid)
	if m.lagged && s.status.Revision >= m.newestRecord(s.uid) { // of later ones it knows nothing, so this one is news
		life.Facts = slices.DeleteFunc(life.Facts, func(f oracle.Fact) bool { return f.Revision > s.status.Revision })
	}
	life.Note(m.now, s.status, s.template)
}

// newestRecord returns the highest number of a workload's records.
func (m *manager) newestRecord(uid types.UID) int64 {
	newest := int64(0)
	for _, d := range m.records {
		if d.Spec.Workload.UID == uid {
			newest = max(newest, d.Spec.Revision)
		}
	}
	return newest
}
