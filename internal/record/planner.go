// SPDX-License-Identifier: Apache-2.0

package record

import (
	"cmp"
	"slices"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// planner returns what plans for a workload, and the records that count, oldest first.
func (s *Site) planner(observation Observation) (planner, []*v1alpha1.JiraDeployment) {
	p := planner{site: s.forWorkload(observation), observation: observation, trace: observation.Explain}
	records := slices.Clone(observation.Records)
	slices.SortFunc(records, func(a, b *v1alpha1.JiraDeployment) int { return cmp.Compare(a.Spec.Sequence, b.Spec.Sequence) })
	records = p.atHome(records)
	return p, records
}

// planner collects a plan.
type planner struct {
	site        *Site
	observation Observation
	plan        Plan
	trace       tracer
	// known says that the workload had a record at the site before.
	known bool
	// originals are the records as they were given, by those that corrected changed.
	originals map[*v1alpha1.JiraDeployment]*v1alpha1.JiraDeployment
}

// emit plans an Event about a record.
func (p *planner) emit(d *v1alpha1.JiraDeployment, reason, note string) {
	p.plan.Events = append(p.plan.Events, Event{Record: d, Reason: reason, Note: note})
}
