// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// checkTruth asks the oracle whether Jira shows what is true of what the manager saw. How a rollout stands that fails by
// the clock alone is not certain before the site's deadline has passed.
func (m *manager) checkTruth() {
	if m.silent || m.seen == nil {
		return
	}
	m.checkDeadline(m.now)
	if n := len(m.lives); n > 0 {
		life := m.lives[n-1]
		asked := *life
		switch last := life.Last(); {
		case life.Gone:
		case life.ByTheClock():
			asked.Unsettled = m.now.Sub(m.shownAt) <= siteDeadline+time.Second || !m.sees(life)
		case last != nil && last.Phase == oracle.Failed:
			asked.Unsettled = m.now.Sub(m.shownAt) <= last.Needs
		}
		for _, d := range asked.Match("prod", m.mustKnow, m.shown()).Differences {
			m.fail("%s\nWhat it saw:\n%s", d.What, factsOf(asked))
		}
	}
	for key, updates := range m.told {
		var states []string
		for _, d := range updates {
			states = append(states, string(d.Spec.State))
		}
		if wrong := oracle.Backwards(states); len(wrong) > 0 && !m.lagged {
			m.fail("revision %d went backwards: %s", key.number, wrong[0])
		}
	}
}

// mustKnow says whether the manager knows a fact that it was shown: what fails by the clock alone, if it was there.
func (m *manager) mustKnow(f oracle.Fact) bool {
	return m.watching.Noticed(f, 0) || f.Needs == 0 && !f.Vague
}

func factsOf(life oracle.Life) string {
	var b strings.Builder
	if life.Former != nil {
		fmt.Fprintf(&b, "%sand then, made anew:\n", factsOf(*life.Former))
	}
	for _, f := range life.Facts {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// checkUpdate checks what an API server would refuse, and that a record's time does not go back.
func (m *manager) checkUpdate(old, next *v1alpha1.JiraDeployment) {
	identity := func(d *v1alpha1.JiraDeployment) []any {
		spec := d.Spec
		return []any{spec.Site, spec.Pipeline.ID, spec.Environment.ID, spec.TemplateHash, *spec.Workload, spec.Sequence, spec.Revision}
	}
	if diff := cmp.Diff(identity(old), identity(next)); diff != "" {
		m.fail("an update changes what cannot be changed (-old +new):\n%s", diff)
	}
	if next.Spec.LastUpdated.Before(&old.Spec.LastUpdated) {
		m.fail("revision %d was %s since %s, and is %s since %s", old.Spec.Revision, old.Spec.State, old.Spec.LastUpdated, next.Spec.State, next.Spec.LastUpdated)
	}
}

// checkRecords checks what holds after every observation: nothing is told of the future, and whatever is not the newest
// release of the live workload is over.
func (m *manager) checkRecords(s *sight) {
	for _, d := range m.records {
		newest := !slices.ContainsFunc(slices.Collect(maps.Values(m.records)), func(other *v1alpha1.JiraDeployment) bool { return other.Spec.Sequence > d.Spec.Sequence })
		if current := newest && (record.IsOf(d, s.uid) || s.rollout != nil); !current && !isOver(d.Spec.State) {
			m.fail("revision %d of %s is %s, though it is over", d.Spec.Revision, d.Spec.Workload.UID, d.Spec.State)
		}
		if d.Spec.LastUpdated.After(m.now) {
			m.fail("revision %d is %s since %s, which is yet to come", d.Spec.Revision, d.Spec.State, d.Spec.LastUpdated)
		}
	}
}

// checkTime checks that who sees every change of a Deployment at once tells of no other time. A release whose keys came
// late may have ended before. What a set tells since when it rolls out is when its revision got its number, also where
// it waited for a person in between.
func (m *manager) checkTime(before []*v1alpha1.JiraDeployment, d *v1alpha1.JiraDeployment) {
	known := !isOver(d.Spec.State)
	if n := len(before); n > 0 {
		known = before[n-1].Spec.State != d.Spec.State
	}
	if late := m.now.Sub(d.Spec.LastUpdated.Time); m.prompt && known && d.Spec.Workload.Kind == "Deployment" && late > 3*time.Second {
		m.fail("revision %d is %s since %s, told %s later", d.Spec.Revision, d.Spec.State, d.Spec.LastUpdated, late)
	}
}
