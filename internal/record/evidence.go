// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Well-known places of issue keys, in their order; a site may add to both.
var (
	textAnnotations = []string{v1alpha1.AnnotationCommitMessage, v1alpha1.AnnotationBranch, v1alpha1.AnnotationChangeCause}
	commitLabels    = []string{v1alpha1.LabelCommit, v1alpha1.LabelVersion}
)

// evidence is what the texts of a workload say of a revision.
type evidence struct {
	keys []string
	// own says that the keys are of the revision's own evidence, and of nothing that may speak of another one.
	own bool
	// still says that the keys are an explicit list that was there when the former record was made.
	still bool
	// reverts is what the texts say is reverted; empty where they say it of nothing.
	reverts string
}

// evidence reads the texts of a workload in the order of docs/design/0005. former are the fingerprints of the record
// before this revision; where there is none, every text is new. of is what the commits of the revision say.
//
//	a list on the pod template                                           nothing else is read
//	a list on the metadata that was not there before                     nothing else is read
//	texts of the pod template, the tag of the main image, the commits    the revision's own
//	texts on the metadata that were not there before
//	a list on the metadata that was there before
func (s *Site) evidence(sources rollout.Sources, former fingerprints, of shipped, trace tracer) evidence {
	if _, listed := sources.TemplateAnnotations[v1alpha1.AnnotationIssueKeys]; listed {
		return evidence{keys: s.ownKeys(sources, trace)}
	}
	list, listed := sources.Annotations[v1alpha1.AnnotationIssueKeys]
	// An empty list says that there is nothing to tell of the workload, of whichever revision.
	if listed && (strings.TrimSpace(list) == "" || !former.has(textPrint(PlaceWorkload, v1alpha1.AnnotationIssueKeys, list))) {
		trace.tell(RuleListedAnew, PlaceWorkload, v1alpha1.AnnotationIssueKeys)
		return evidence{keys: trace.findListed(s.keys, PlaceWorkload, list)}
	}
	var reverts string
	keys := s.ownKeys(sources, trace)
	if len(of.keys) > 0 {
		trace.tell(RuleOwn, PlaceCommits, "")
		keys = both(keys, of.keys)
	}
	if len(keys) > 0 || of.awaited {
		return evidence{keys: keys, own: true, reverts: s.reverted(sources.TemplateAnnotations)}
	}
	var u union
	s.eachText(sources.Annotations, sources.Labels, func(t text) {
		if former.has(textPrint(PlaceWorkload, t.name, t.value)) {
			trace.tell(RuleUnchanged, PlaceWorkload, t.name)
			return
		}
		trace.tell(RuleChanged, PlaceWorkload, t.name)
		u.add(trace.find(t.keys, PlaceWorkload, t.name, t.value))
		reverts = firstOf(reverts, issuekey.Reverted(t.value))
	})
	reverts = firstOf(s.reverted(sources.TemplateAnnotations), reverts)
	if len(u.keys) > 0 || !listed {
		return evidence{keys: u.keys, reverts: reverts}
	}
	trace.tell(RuleListedStill, PlaceWorkload, v1alpha1.AnnotationIssueKeys)
	return evidence{keys: trace.findListed(s.keys, PlaceWorkload, list), still: true, reverts: reverts}
}

// ownKeys returns the keys of the revision's own evidence: what is on the pod template, and in the tag of its main image.
// The tags of other containers are not read, because others release those.
func (s *Site) ownKeys(sources rollout.Sources, trace tracer) []string {
	if list, ok := sources.TemplateAnnotations[v1alpha1.AnnotationIssueKeys]; ok {
		trace.tell(RuleListed, PlaceTemplate, v1alpha1.AnnotationIssueKeys)
		return trace.findListed(s.keys, PlaceTemplate, list)
	}
	var u union
	s.eachText(sources.TemplateAnnotations, sources.TemplateLabels, func(t text) {
		trace.tell(RuleOwn, PlaceTemplate, t.name)
		u.add(trace.find(t.keys, PlaceTemplate, t.name, t.value))
	})
	if len(sources.Images) > 0 && s.tags != nil {
		trace.tell(RuleOwn, PlaceImage, sources.Images[0])
		u.add(trace.find(*s.tags, PlaceImage, sources.Images[0], imageTag(sources.Images[0])))
	}
	return u.keys
}

// text is a text that keys are read from, and the reader that reads it.
type text struct {
	name, value string
	keys        issuekey.Reader
}

// eachText goes through the texts of a place that are there, in the order in which they are read.
func (s *Site) eachText(annotations, labels map[string]string, do func(text)) {
	for _, of := range []struct {
		texts map[string]string
		names [2][]string
	}{
		{annotations, [2][]string{textAnnotations, s.spec.IssueKeys.Annotations}},
		{labels, [2][]string{commitLabels, s.spec.IssueKeys.Labels}},
	} {
		if len(of.texts) == 0 {
			continue
		}
		for _, names := range of.names {
			for _, name := range names {
				reader := &s.keys
				if name == v1alpha1.LabelVersion {
					reader = s.versions
				}
				if value := of.texts[name]; value != "" && reader != nil {
					do(text{name, value, *reader})
				}
			}
		}
	}
}

// reads returns those of some annotations that the site reads keys from.
func (s *Site) reads(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return name != v1alpha1.AnnotationIssueKeys && !slices.Contains(textAnnotations, name) && !slices.Contains(s.spec.IssueKeys.Annotations, name)
	})
}

// reverted returns what the annotations of a pod template say is reverted.
func (s *Site) reverted(annotations map[string]string) string {
	for _, names := range [][]string{textAnnotations, s.spec.IssueKeys.Annotations} {
		for _, name := range names {
			if subject := issuekey.Reverted(annotations[name]); subject != "" {
				return subject
			}
		}
	}
	return ""
}

// readerFor returns the reader of texts that machines write, such as tags; nil where they are not read.
func readerFor(reading v1alpha1.KeyReading, keys issuekey.Reader) *issuekey.Reader {
	switch reading {
	case v1alpha1.KeysOff:
		return nil
	case v1alpha1.KeysAnyCase:
		return &keys
	}
	exact := keys.Exact()
	return &exact
}
