// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// maxReverts is the longest text, in characters, that a record says of what it reverts.
const maxReverts = 100

// readKeys ties a record to the issues and services that the workload's texts name. Where they name none, those that Jira
// has stay. former is the record of the revision before, or nil.
func (p *planner) readKeys(next, former *v1alpha1.JiraDeployment) evidence {
	var before fingerprints
	if former != nil {
		before = fingerprintsOf(former)
	}
	sources := p.observation.Rollout.Sources
	of := p.site.shippedBy(next)
	found := p.site.evidence(sources, before, of, p.trace)
	if services := p.site.serviceIDs(sources); len(found.keys)+len(services) > 0 {
		if keys := found.keys; len(keys) > 0 || !of.awaited {
			next.Spec.IssueKeys = keys
		}
		next.Spec.ServiceIDs = services
		limit(&next.Spec)
	}
	if found.reverts != "" {
		annotate(next, v1alpha1.AnnotationReverts, cut(found.reverts, maxReverts))
	} else {
		delete(next.Annotations, v1alpha1.AnnotationReverts)
	}
	return found
}

// ship ties a new record to what it ships, and returns false where that is nothing and stays so. A rollback has the keys of what it
// restores, whatever is written on the workload. A restart that is reported has those of the release if it names none.
func (p *planner) ship(next, restored, former *v1alpha1.JiraDeployment) bool {
	spec := &next.Spec
	found := p.readKeys(next, former)
	restart := former != nil && sameTemplate(former, p.observation.Rollout)
	switch {
	case restored != nil:
		p.trace.tell(RuleRestored, PlaceRecord, restored.Name)
		p.carry(spec, &restored.Spec)
	case restart && len(spec.IssueKeys)+len(spec.ServiceIDs) == 0:
		p.carry(spec, &former.Spec)
	case found.still && !restart && sameKeys(spec.IssueKeys, former.Spec.IssueKeys):
		p.emit(next, v1alpha1.EventSameIssueKeys, fmt.Sprintf(
			"Revision %d has the issue keys of revision %d (%s): %s in the workload's metadata did not change, and nothing else names an issue. Write the keys of a release on its pod template.",
			spec.Revision, former.Spec.Revision, strings.Join(spec.IssueKeys, ", "), v1alpha1.AnnotationIssueKeys))
	}
	return len(spec.IssueKeys)+len(spec.ServiceIDs) > 0 || spec.Source != nil
}

// carry gives a record what another one ships, as far as its projects still count.
func (p *planner) carry(to, from *v1alpha1.JiraDeploymentSpec) {
	keys, _ := p.site.projects.split(from.IssueKeys)
	to.IssueKeys, to.ServiceIDs = slices.Clone(keys), slices.Clone(from.ServiceIDs)
	to.DroppedAssociations = from.DroppedAssociations
}

// followKeys lets the record of the current revision take keys until its rollout is finished, or while it has none and nobody
// knows its commits. Then they stay.
func (p *planner) followKeys(current, next, former *v1alpha1.JiraDeployment) {
	finished := (len(current.Spec.IssueKeys) > 0 || current.Spec.Source.Resolved()) && !unfinished(current.Spec.State) && !unfinished(next.Spec.State)
	switch corrected := len(p.site.keys.FindExplicit(next.Annotations[v1alpha1.AnnotationIssueKeys])) > 0; {
	case corrected:
		p.trace.tell(RuleCorrected, PlaceRecord, next.Name)
	case next.Spec.RollbackToRevision > 0:
		p.trace.tell(RuleRestored, PlaceRecord, next.Name)
		if len(next.Spec.IssueKeys) == 0 { // nobody knew the commits of what it restores
			next.Spec.IssueKeys = p.site.shippedBy(next).keys
			limit(&next.Spec)
		}
		p.noteList(next, true)
		return
	case finished:
		p.trace.tell(RuleFinished, PlaceRecord, next.Name)
		p.followShipped(current, next, former)
		p.noteList(next, true)
		return
	default:
		p.readKeys(next, former)
	}
	p.noteList(next, false)
}

// noteList notes the list in the workload's metadata once it changed, so that it does not win over what the next revision
// says of itself: it came with this one. An Event says so where the record does not take it.
func (p *planner) noteList(next *v1alpha1.JiraDeployment, ignored bool) {
	const name = v1alpha1.AnnotationIssueKeys
	r := p.observation.Rollout
	list, listed := r.Annotations[name]
	this := textPrint(PlaceWorkload, name, list)
	if !listed || fingerprintsOf(next).has(this) {
		return
	}
	note(next, this)
	keys := p.site.keys.FindExplicit(list)
	if _, hidden := r.TemplateAnnotations[name]; !ignored || hidden || len(keys) == 0 || sameKeys(keys, next.Spec.IssueKeys) {
		return
	}
	p.emit(next, v1alpha1.EventIssueKeysIgnored, fmt.Sprintf(
		"%s in the workload's metadata names %s now. The record of revision %d keeps %s: its keys are fixed. To correct it: kubectl -n %s annotate jiradeployment %s %s=%s",
		name, strings.Join(keys, ", "), next.Spec.Revision, firstOf(strings.Join(next.Spec.IssueKeys, ", "), "none"), next.Namespace, next.Name, name, strings.Join(keys, ",")))
}

// limit leaves out what Jira or the API server does not take: services before keys.
func limit(spec *v1alpha1.JiraDeploymentSpec) {
	total := len(spec.IssueKeys) + len(spec.ServiceIDs)
	spec.IssueKeys = spec.IssueKeys[:min(len(spec.IssueKeys), v1alpha1.MaxAssociations)]
	spec.ServiceIDs = spec.ServiceIDs[:min(len(spec.ServiceIDs), v1alpha1.MaxAssociations-len(spec.IssueKeys))]
	spec.IssueKeys, spec.ServiceIDs = short(spec.IssueKeys, spec.ServiceIDs)
	spec.DroppedAssociations = int32(total - len(spec.IssueKeys) - len(spec.ServiceIDs))
}

// short returns as many of some keys, and then of some ids, as may be in a record for their length.
func short(keys, ids []string) ([]string, []string) {
	room := v1alpha1.MaxAssociationsSize
	fit := func(texts []string) []string {
		for i, text := range texts {
			if room -= len(text); room < 0 {
				return texts[:i]
			}
		}
		return texts
	}
	keys = fit(keys)
	return keys, fit(ids)
}

// sameKeys says whether two lists are the same, in any order.
func sameKeys(a, b []string) bool { return keysPrint(a) == keysPrint(b) }

// union collects keys in the order in which they come, each once.
type union struct {
	keys []string
	seen map[string]bool
}

func (u *union) add(keys []string) {
	for _, key := range keys {
		if u.seen[key] {
			continue
		}
		if u.seen == nil {
			u.seen = map[string]bool{}
		}
		u.seen[key] = true
		u.keys = append(u.keys, key)
	}
}

// both returns the keys of two lists, each once.
func both(first, second []string) []string {
	var u union
	u.add(first)
	u.add(second)
	return u.keys
}

// serviceIDs reads the list of service ids, each once; one that Jira would not take for its length is left out.
func (s *Site) serviceIDs(sources rollout.Sources) []string {
	list, _ := sources.Annotation(v1alpha1.AnnotationServiceIDs)
	var u union
	for _, id := range splitList(list) {
		if len(id) <= maxText {
			u.add([]string{id})
		}
	}
	return u.keys
}

// imageTag returns the tag of an image: registry:5000/shop/web:1.2@sha256:… has the tag 1.2.
func imageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}
