// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Text is a text of a workload that issue keys are read from, or that has what looks like one.
type Text struct {
	// Place and Name say where it stands, and Value is the text.
	Place Place
	Name  string
	Value string
	// Rule says whether it is read, and why.
	Rule Rule
	// Findings are the pieces of it that are keys, or could be taken for keys. Of a text that is not read they are what would be.
	Findings []issuekey.Finding
}

// Read says whether the text's keys are those of the release.
func (t Text) Read() bool {
	switch t.Rule {
	case RuleListed, RuleListedAnew, RuleListedStill, RuleOwn, RuleChanged:
		return true
	}
	return false
}

// Texts explains where the issue keys of an observed revision are read from at the site, and what else in its texts looks like
// a key. d is the record of the revision; nil where it has none. The texts that are read come first, in their order.
func (s *Site) Texts(o Observation, d *v1alpha1.JiraDeployment) []Text {
	if o.Rollout == nil {
		return nil
	}
	p, records := s.planner(o)
	var before fingerprints
	var of shipped
	if d != nil {
		records = slices.DeleteFunc(records, func(other *v1alpha1.JiraDeployment) bool { return other.Spec.Sequence >= d.Spec.Sequence })
		of = p.site.shippedBy(d)
	}
	if former := newest(records); former != nil {
		before = fingerprintsOf(former)
	}
	var texts []Text
	p.site.evidence(o.Rollout.Sources, before, of, func(decision Decision) {
		if decision.Key == "" {
			texts = append(texts, Text{Place: decision.Place, Name: decision.Name, Rule: decision.Rule})
			return
		}
		last := &texts[len(texts)-1]
		last.Findings = append(last.Findings, issuekey.Finding{Key: decision.Key, Start: decision.Start, End: decision.End, Rule: issuekey.Rule(decision.Rule)})
	})
	return p.site.complete(texts, o.Rollout.Sources, d)
}

// complete gives the texts that were read their values, and adds those that were not.
func (s *Site) complete(texts []Text, sources rollout.Sources, d *v1alpha1.JiraDeployment) []Text {
	for i := range texts {
		t := &texts[i]
		switch t.Place {
		case PlaceImage:
			t.Value = imageTag(t.Name)
		case PlaceCommits:
			t.Findings = s.findingsOf(d)
		default:
			t.Value = valueOf(sources, t.Place, t.Name)
		}
		if t.Rule == RuleUnchanged {
			s.keys.Explain(t.Value, t.find)
		}
	}
	for _, unread := range s.unread(sources) {
		known := func(t Text) bool { return t.Place == unread.Place && t.Name == unread.Name }
		if !slices.ContainsFunc(texts, known) {
			texts = append(texts, unread)
		}
	}
	return texts
}

func (t *Text) find(f issuekey.Finding) { t.Findings = append(t.Findings, f) }

// findingsOf returns the keys that the commits of a record's release name, and those of other projects.
func (s *Site) findingsOf(d *v1alpha1.JiraDeployment) []issuekey.Finding {
	var found []issuekey.Finding
	counting, others := s.projects.split(d.Spec.Source.IssueKeys)
	for _, key := range counting {
		found = append(found, issuekey.Finding{Key: key, Rule: issuekey.RuleKey})
	}
	for _, key := range others {
		found = append(found, issuekey.Finding{Key: key, Rule: issuekey.RuleProject})
	}
	return found
}

func valueOf(sources rollout.Sources, place Place, name string) string {
	annotations, labels := sources.Annotations, sources.Labels
	if place == PlaceTemplate {
		annotations, labels = sources.TemplateAnnotations, sources.TemplateLabels
	}
	if text, ok := annotations[name]; ok {
		return text
	}
	return labels[name]
}

// unread returns all texts as they are where none of them is read. Those in other places count where they have a key.
func (s *Site) unread(sources rollout.Sources) []Text {
	var texts []Text
	add := func(place Place, name, value string, rule Rule, explain func(string, func(issuekey.Finding)) []string) {
		t := Text{Place: place, Name: name, Value: value, Rule: rule}
		explain(value, t.find)
		isKey := func(f issuekey.Finding) bool { return f.Rule == issuekey.RuleKey }
		if rule != RuleOtherPlace && rule != RuleOtherContainer || slices.ContainsFunc(t.Findings, isKey) {
			texts = append(texts, t)
		}
	}
	exact := s.keys.Exact()
	for _, of := range []struct {
		place               Place
		annotations, labels map[string]string
	}{{PlaceTemplate, sources.TemplateAnnotations, sources.TemplateLabels}, {PlaceWorkload, sources.Annotations, sources.Labels}} {
		if list, listed := of.annotations[v1alpha1.AnnotationIssueKeys]; listed {
			add(of.place, v1alpha1.AnnotationIssueKeys, list, RulePassedOver, s.keys.ExplainExplicit)
		}
		s.eachText(of.annotations, of.labels, func(t text) { add(of.place, t.name, t.value, RulePassedOver, t.keys.Explain) })
		if version := of.labels[v1alpha1.LabelVersion]; version != "" && s.versions == nil {
			add(of.place, v1alpha1.LabelVersion, version, RuleReadingOff, exact.Explain)
		}
		for _, texts := range []map[string]string{of.annotations, of.labels} {
			for _, name := range slices.Sorted(maps.Keys(texts)) {
				if !s.readsFrom(name) {
					add(of.place, name, texts[name], RuleOtherPlace, exact.Explain)
				}
			}
		}
	}
	for i, image := range sources.Images {
		switch {
		case i > 0:
			add(PlaceImage, image, imageTag(image), RuleOtherContainer, exact.Explain)
		case s.tags == nil:
			add(PlaceImage, image, imageTag(image), RuleReadingOff, exact.Explain)
		default:
			add(PlaceImage, image, imageTag(image), RulePassedOver, s.tags.Explain)
		}
	}
	return texts
}

// readsFrom says whether the site reads keys from an annotation or a label, or Rollcall writes it itself.
func (s *Site) readsFrom(name string) bool {
	if strings.HasPrefix(name, ownPrefix) || strings.Contains(name, "//") {
		return true // no API server takes the latter: rollout.Trim wrote it
	}
	for _, names := range [][]string{textAnnotations, commitLabels, s.spec.IssueKeys.Annotations, s.spec.IssueKeys.Labels} {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// EnvironmentOf returns the environment of an observed revision at the site, and what decided it. before is that of its record;
// empty where it has none.
func (s *Site) EnvironmentOf(o Observation, before v1alpha1.Environment) (v1alpha1.Environment, environment.Trace) {
	return s.environmentOf(o.Namespace, o.Rollout, o.Cluster, before)
}

// Host returns the site's host in Jira's cloud.
func (s *Site) Host() string { return s.host }

// ProjectsIn returns the projects whose issues count for an observed workload, comma-separated; empty where all do.
func (s *Site) ProjectsIn(o Observation) string { return s.forWorkload(o).projects.String() }
