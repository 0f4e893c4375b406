package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// checkPlan checks what holds for every plan. A finished rollout is silent: what its pods do, how many they are, a
// restart, and what is written around it are no news. And a record's own state comes from a observation at its own template,
// but for the failure that stands beside its successor.
func (m *manager) checkPlan(s sight, plan Plan) {
	live, _ := m.ofLive(s.uid)
	news := append(m.news(s, plan.Update), plan.Create...)
	if n := len(live); n > 0 && s.rollout != nil && m.isSettledStory(live[n-1], s) && len(news) > 0 {
		m.fail("a finished rollout is not silent: %s", cmp.Diff(live[n-1:], news))
	}
	for _, next := range plan.Update {
		old := m.records[max(0, m.index(next.Name))]
		failed := next.Spec.State == v1alpha1.StateFailed && (s.fact.phase == phaseFailed || s.fact.phase == phaseStalled)
		foreign := next.Spec.TemplateHash != s.hash && !failed
		if old.Spec.State != next.Spec.State && !closed(next.Spec.State) && foreign {
			m.fail("revision %d becomes %s by a observation at another template", next.Spec.Revision, next.Spec.State)
		}
	}
	for _, next := range slices.Concat(plan.Create, plan.Update) {
		if next.Spec.LastUpdated.After(m.clock.now) {
			m.fail("revision %d is %s since %s, which is yet to come", next.Spec.Revision, next.Spec.State, next.Spec.LastUpdated)
		}
	}
}

// isSettledStory says whether a sight shows nothing that a record of a success does not tell already.
func (m *manager) isSettledStory(newest *v1alpha1.JiraDeployment, s sight) bool {
	spec := newest.Spec
	if m.truth.restarts && spec.Revision != s.rollout.Revision {
		return false
	}
	return spec.State == v1alpha1.StateSuccessful && spec.TemplateHash == s.hash && (len(s.keys) == 0 || slices.Equal(spec.IssueKeys, s.keys))
}

// news returns those of the changed records of the live workload that Jira is told of.
func (m *manager) news(s sight, changed []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	return slices.DeleteFunc(slices.Clone(changed), func(d *v1alpha1.JiraDeployment) bool {
		i := m.index(d.Name)
		return d.Spec.Workload.UID != s.uid || i < 0 || equality.Semantic.DeepEqual(m.records[i].Spec, d.Spec)
	})
}

// closed says whether a state is one that a record gets from outside, by what came after it.
func closed(state v1alpha1.DeploymentState) bool {
	return state == v1alpha1.StateCancelled || state == v1alpha1.StateRolledBack
}

// checkUpdate checks what an API server would refuse, and that a record's time does not go back.
func (m *manager) checkUpdate(old, next *v1alpha1.JiraDeployment) {
	type identity struct {
		Site, Pipeline, Environment, Hash string
		Workload                          v1alpha1.WorkloadReference
		Sequence, Revision                int64
	}
	of := func(d *v1alpha1.JiraDeployment) identity {
		s := d.Spec
		return identity{s.Site, s.Pipeline.ID, s.Environment.ID, s.TemplateHash, *s.Workload, s.Sequence, s.Revision}
	}
	if diff := cmp.Diff(of(old), of(next)); diff != "" {
		m.fail("an update changes what cannot be changed (-old +new):\n%s", diff)
	}
	if next.Spec.LastUpdated.Before(&old.Spec.LastUpdated) {
		m.fail("revision %d was %s since %s, and is %s since %s", old.Spec.Revision, old.Spec.State, old.Spec.LastUpdated, next.Spec.State, next.Spec.LastUpdated)
	}
}

// checkRecords checks what holds after every observation: whatever is not the newest release of the live workload is over,
// and each key belongs to its template.
func (m *manager) checkRecords(s sight) {
	live, gone := m.ofLive(s.uid)
	over := gone
	if n := len(live); n > 0 {
		over = append(over, live[:n-1]...)
	}
	for _, d := range over {
		if unfinished(d.Spec.State) {
			m.fail("revision %d of %s is %s, though it is over", d.Spec.Revision, d.Spec.Workload.UID, d.Spec.State)
		}
	}
	for _, d := range m.records {
		if strange := m.carried.strange(d.Spec.TemplateHash, d.Spec.IssueKeys); strange != "" {
			m.fail("revision %d: %s", d.Spec.Revision, strange)
		}
	}
}

// checkTruth compares what Jira shows with what is true, when everything that happens by itself has happened and
// the manager has seen it.
func (m *manager) checkTruth() {
	if err := m.untruth(); err != nil {
		m.fail("%s", err)
	}
}

func (m *manager) untruth() error {
	current := m.truth.current()
	live, _ := m.ofLive(m.truth.uid)
	all := m.jira.shows()
	if current == nil {
		return m.nothingIsUnderWay(len(all))
	}
	if !current.seen || m.truth.between && !m.attentive {
		return nil // nobody could see it before it was given up; or now, when another template waits
	}
	n := len(live)
	known := n > 0 && live[n-1].Spec.TemplateHash == current.hash && (!m.truth.restarts || live[n-1].Spec.Revision >= current.first)
	if !known && !current.keyed {
		return m.nothingIsUnderWay(len(all)) // a release without keys: Jira has no place for it
	}
	if !known {
		if len(current.keys) == 0 {
			return nil // its keys were taken away before anybody looked
		}
		return fmt.Errorf("revision %d has no deployment in Jira", current.last)
	}
	newest, shown := live[n-1], all[len(all)-1]
	if shown.DeploymentSequenceNumber != newest.Spec.Sequence {
		return fmt.Errorf("the newest deployment in Jira is not that of revision %d", newest.Spec.Revision)
	}
	r, blurred := newest.Spec.Revision, current.blurred || m.truth.blurred
	if (r < current.first && m.attentive || r > current.last) && !blurred {
		return fmt.Errorf("revision %d of template %s is told as revision %d", current.first, current.template, r)
	}
	if err := m.falseKeys(newest, keysIn(shown), current); err != nil {
		return err
	}
	if err := m.falseState(newest, v1alpha1.DeploymentState(shown.State), current); err != nil {
		return err
	}
	return m.falseTime(newest, current)
}

// nothingIsUnderWay is what holds where nothing can be told of the workload that is there.
func (m *manager) nothingIsUnderWay(n int) error {
	for _, d := range m.jira.shows()[:n] {
		if unfinished(v1alpha1.DeploymentState(d.State)) {
			return fmt.Errorf("#%d is %s, though it is over", d.DeploymentSequenceNumber%perSecond, d.State)
		}
	}
	return nil
}

// falseKeys: a release has the keys that it has now; where they were taken away, those that it had; and a rollback
// has those of what it restores.
func (m *manager) falseKeys(newest *v1alpha1.JiraDeployment, got []string, current *release) error {
	if newest.Spec.RollbackToRevision > 0 || len(current.keys) == 0 || slices.Equal(got, current.keys) {
		return nil
	}
	if current.emptied && newest.Spec.State == v1alpha1.StateFailed {
		return nil // it was given up with its pods: nothing corrects it
	}
	return fmt.Errorf("Jira shows %v for revision %d, which has %v", got, current.last, current.keys)
}

// falseState: whoever missed what was between a success and the same template once more takes it for a restart,
// which is silent. So does whoever cannot tell two numbers apart.
func (m *manager) falseState(newest *v1alpha1.JiraDeployment, got v1alpha1.DeploymentState, current *release) error {
	want := m.truth.states(m.attentive)
	if slices.Contains(want, got) {
		return nil
	}
	if got == v1alpha1.StateSuccessful && newest.Spec.Revision < current.first && (!m.attentive || current.blurred) {
		return nil
	}
	return fmt.Errorf("Jira shows revision %d as %s, which is %s", current.last, got, want[0])
}

// falseTime: who saw all of a release tells nothing of it since before it began, and its end since when it ended.
func (m *manager) falseTime(newest *v1alpha1.JiraDeployment, current *release) error {
	told, ended := newest.Spec.LastUpdated.Time, newest.Spec.State == v1alpha1.StateSuccessful || newest.Spec.State == v1alpha1.StateFailed
	if !m.attentive || current.timeless || current.blurred || m.truth.blurred || newest.Spec.Revision < current.first {
		return nil
	}
	if told.Before(current.began.Add(-startTime)) {
		return fmt.Errorf("Jira shows revision %d as %s since %s, but it began at %s", current.last, newest.Spec.State, storyTime(told), storyTime(current.began))
	}
	allowed := startTime
	if newest.Spec.State == v1alpha1.StateFailed {
		allowed += 10 * time.Minute // that a failure is not the one before shows only when the site's deadline has passed
	}
	if ended && !current.since.IsZero() && told.Sub(current.since).Abs() > allowed {
		return fmt.Errorf("Jira shows revision %d as %s since %s, which it is since %s", current.last, newest.Spec.State, storyTime(told), storyTime(current.since))
	}
	return nil
}
