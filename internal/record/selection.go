// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// Selects says whether a workload is reported to the site. operatorNamespace is the namespace that Rollcall
// itself runs in.
func (s *Site) Selects(ns environment.Namespace, r *rollout.Rollout, operatorNamespace string) bool {
	return s.WhyNotSelected(ns, r, operatorNamespace) == ""
}

// WhyNotSelected says why a workload is not reported to the site; nothing where it is. Of one of which nothing is known, a nil
// rollout, its namespace decides.
func (s *Site) WhyNotSelected(ns environment.Namespace, r *rollout.Rollout, operatorNamespace string) string {
	if why := s.whyUnselected(ns, operatorNamespace); why != "" || r == nil {
		return why
	}
	if narrowed, ok := r.Annotation(v1alpha1.AnnotationSites); ok && !slices.Contains(splitList(narrowed), s.name) {
		return "its annotation rollcall.dev/sites does not name the site"
	}
	if !s.loads.Matches(labels.Set(r.Labels)) {
		return "its labels do not match the site's spec.workloadSelector"
	}
	return ""
}

// SelectsNamespace says whether workloads of a namespace are reported to the site.
func (s *Site) SelectsNamespace(ns environment.Namespace, operatorNamespace string) bool {
	return s.whyUnselected(ns, operatorNamespace) == ""
}

// whyUnselected says why the site does not select a namespace; nothing where it does. The operator's own is like kube-*:
// it is selected only by name. It holds for workloads, and for all records when they are sent.
func (s *Site) whyUnselected(ns environment.Namespace, operatorNamespace string) string {
	switch {
	case s.unusable:
		return "the site has an error, and what it selects cannot be known"
	case rollout.WhyRefused(ns.Annotations) != "":
		return "of the namespace " + rollout.WhyRefused(ns.Annotations)
	case environment.Globs(s.spec.ExcludeNamespaces).Match(ns.Name):
		return "its spec.excludeNamespaces leaves it out"
	case (strings.HasPrefix(ns.Name, "kube-") || ns.Name == operatorNamespace) && !s.selectsByName(ns.Name):
		return "a namespace of the system has to be selected by name"
	case !s.spaces.Matches(labels.Set(ns.Labels)):
		return "the namespace's labels do not match its spec.namespaceSelector"
	}
	return ""
}

// reportsPerRevision says whether the site wants a workload that is one of its owner's many.
func (s *Site) reportsPerRevision(r *rollout.Rollout) bool {
	return s.perRevision.Matches(labels.Set(r.Labels))
}

func (s *Site) selectsByName(namespace string) bool {
	if slices.ContainsFunc(s.rules, func(rule environment.Rule) bool { return rule.Names(namespace) }) {
		return true
	}
	requirements, _ := s.spaces.Requirements()
	return slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
		return r.Key() == "kubernetes.io/metadata.name" && r.Values().Has(namespace)
	})
}
