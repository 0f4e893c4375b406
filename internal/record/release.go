// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"slices"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// classify says what the observed revision is beside the records, oldest first, and which of them it restores, if any.
//
// The records of all workloads that had this name are one history: to Jira they are one pipeline. A workload that is made
// anew with the template that was told last (kubectl delete --cascade=orphan, a sync that replaces, a namespace that is
// restored) goes on with the newest record.
func (p *planner) classify(records []*v1alpha1.JiraDeployment) (Rule, *v1alpha1.JiraDeployment) {
	if len(records) == 0 {
		return RuleFirst, nil
	}
	r, newest := p.observation.Rollout, records[len(records)-1]
	made := newest.Spec.Workload.UID != r.UID // anew
	switch {
	case !made && r.Revision < newest.Spec.Revision:
		return RuleOutdated, nil
	case !made && r.Revision == newest.Spec.Revision:
		return RuleCurrent, nil
	case !sameTemplate(newest, r):
		if restored := latest(records, func(d *v1alpha1.JiraDeployment) bool { return sameTemplate(d, r) }); restored >= 0 {
			return RuleRollback, records[restored]
		}
		return RuleTemplate, nil
	case p.hasOtherKeys(newest):
		return RuleOtherKeys, nil
	case !made && p.site.reportsRestarts():
		return RuleReportedRestart, nil
	case superseded(newest):
		return RuleAgain, newest
	case made:
		return RuleRecreated, nil
	}
	return RuleRestart, nil
}

// superseded says whether a revision without keys, and so without a record, came after the record's. What was cancelled
// because its workload was gone was not.
func superseded(d *v1alpha1.JiraDeployment) bool {
	_, gone := goneSince(d)
	return !gone && d.Spec.State == v1alpha1.StateCancelled || d.Spec.State == v1alpha1.StateRolledBack
}

// hasOtherKeys says whether the template of the newest record came once more with other keys of its own: an image was
// pushed under the same tag. Both have to be new, the text and what it names: a site that lists more projects than before
// finds more keys in the same text.
func (p *planner) hasOtherKeys(newest *v1alpha1.JiraDeployment) bool {
	prints, sources := fingerprintsOf(newest), p.observation.Rollout.Sources
	own := p.site.ownKeys(sources, nil)
	// The very same template has no other keys: where it has, the site reads more places than before.
	if !prints.known() || len(own) == 0 || prints.has(keysPrint(own)) || prints.has(p.observation.Rollout.ExactHash) {
		return false
	}
	if list, ok := sources.TemplateAnnotations[v1alpha1.AnnotationIssueKeys]; ok {
		return !prints.has(textPrint(PlaceTemplate, v1alpha1.AnnotationIssueKeys, list))
	}
	changed := false
	p.site.eachText(sources.TemplateAnnotations, sources.TemplateLabels, func(t text) {
		changed = changed || !prints.has(textPrint(PlaceTemplate, t.name, t.value))
	})
	return changed
}

// history finds what the records of a workload, oldest first, restored.
type history struct {
	records []*v1alpha1.JiraDeployment
	// byRevision are the records of each revision, and origins those that were found. Both are made when they are needed:
	// most workloads have no rollback.
	byRevision map[int64][]*v1alpha1.JiraDeployment
	origins    map[*v1alpha1.JiraDeployment]origin
}

// origin is the record that brought a template for the first time.
type origin struct {
	sequence int64
	// kept says that it is one of the records. Where it is none, its number is taken to be before all that are.
	kept bool
}

// origin returns where the template of a record comes from, as far as the rollbacks tell.
//
//	1 A, 2 B, 3 restores 1, 4 restores 2      the origin of 3 is 1, that of 4 is 2
func (h *history) origin(d *v1alpha1.JiraDeployment) origin {
	spec := &d.Spec
	if spec.RollbackToRevision == 0 {
		return origin{spec.Sequence, true}
	}
	found, known := h.origins[d]
	if known {
		return found
	}
	if old := h.restored(d); old != nil {
		found = h.origin(old)
	} else if found.sequence = spec.Sequence - spec.Revision + spec.RollbackToRevision; len(h.records) > 0 {
		found.sequence = min(found.sequence, h.records[0].Spec.Sequence-1)
	}
	h.origins[d] = found
	return found
}

// undone says of each record whether a later one brought back what was before it. current is a record that is restored
// now, or the one that restores it; nil where nothing is. An earlier rollback whose origin is no longer kept tells nothing:
// somebody may have deleted that from between the others, and what was undone was closed, as a rule, while the rollback
// was the newest.
//
//	1 A, 2 B, 3 restores 1, 4 C      2 is undone, by 3
func (h *history) undone(current *v1alpha1.JiraDeployment) []bool {
	undone, beyond := make([]bool, len(h.records)), int64(math.MaxInt64)
	if current != nil {
		beyond = h.origin(current).sequence
	}
	for i, d := range slices.Backward(h.records) {
		from := h.origin(d)
		undone[i] = from.sequence > beyond
		if d.Spec.RollbackToRevision > 0 && from.kept {
			beyond = min(beyond, from.sequence)
		}
	}
	return undone
}

// restored returns the record that a rollback restored; nil where it is no longer kept.
func (h *history) restored(d *v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	if h.byRevision == nil {
		h.byRevision, h.origins = map[int64][]*v1alpha1.JiraDeployment{}, map[*v1alpha1.JiraDeployment]origin{}
		for _, old := range h.records {
			h.byRevision[old.Spec.Revision] = append(h.byRevision[old.Spec.Revision], old)
		}
	}
	for _, old := range slices.Backward(h.byRevision[d.Spec.RollbackToRevision]) {
		// Two workloads that had the name one after the other may have had the same number: the template tells them apart.
		if old.Spec.Sequence < d.Spec.Sequence && sameTemplates(old, d) {
			return old
		}
	}
	return nil
}

// newest returns the last of some records, or nil.
func newest(records []*v1alpha1.JiraDeployment) *v1alpha1.JiraDeployment {
	if len(records) == 0 {
		return nil
	}
	return records[len(records)-1]
}

// latest returns the index of the newest record that holds; -1 where none does.
func latest(records []*v1alpha1.JiraDeployment, holds func(*v1alpha1.JiraDeployment) bool) int {
	for i, d := range slices.Backward(records) {
		if holds(d) {
			return i
		}
	}
	return -1
}

// knows says whether one of the records is that of the rollout.
func knows(records []*v1alpha1.JiraDeployment, r *rollout.Rollout) bool {
	return slices.ContainsFunc(records, func(d *v1alpha1.JiraDeployment) bool {
		return d.Spec.Revision == r.Revision && sameTemplate(d, r)
	})
}
