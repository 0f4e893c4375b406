// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// corrected returns the records as people corrected them: the keys that somebody wrote on a record itself replace those
// that it has, in whatever state it is. A list that names nothing changes nothing, because Jira shows a deployment nowhere
// else. The plan is made with these, and finish writes those that nothing else is written of.
func (p *planner) corrected(records []*v1alpha1.JiraDeployment) []*v1alpha1.JiraDeployment {
	all := make([]*v1alpha1.JiraDeployment, len(records))
	for i, old := range records {
		all[i] = old
		keys := p.site.in(p.observation.Namespace, old.Spec.Environment.ID).keys.FindExplicit(old.Annotations[v1alpha1.AnnotationIssueKeys])
		if len(keys) == 0 || sameKeys(keys, old.Spec.IssueKeys) {
			continue
		}
		next := old.DeepCopy()
		p.site.correct(&next.Spec, keys)
		if p.originals == nil {
			p.originals = map[*v1alpha1.JiraDeployment]*v1alpha1.JiraDeployment{}
		}
		all[i], p.originals[next] = next, old
	}
	return all
}

// correct replaces the keys, and the links that lead to the first of them.
func (s *Site) correct(spec *v1alpha1.JiraDeploymentSpec, keys []string) {
	first := func(spec *v1alpha1.JiraDeploymentSpec) string { return BrowseURL(s.host, firstOf(spec.IssueKeys...)) }
	before := first(spec)
	spec.IssueKeys = keys
	limit(spec)
	for _, link := range []*string{&spec.URL, &spec.Pipeline.URL} {
		if *link == before {
			*link = first(spec)
		}
	}
}

// finish plans to write the corrected records that nothing else is planned for.
func (p *planner) finish(records []*v1alpha1.JiraDeployment) {
	if len(p.originals) == 0 {
		return
	}
	planned := names(slices.Concat(p.plan.Update, p.plan.Delete, p.plan.Merge))
	for _, d := range records {
		if p.originals[d] != nil && !planned.Has(d.Name) {
			p.update(d, d.DeepCopy())
		}
	}
}
