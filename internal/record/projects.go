// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
)

// projects are the keys of projects whose issues count; nil where all do.
type projects map[string]bool

// split returns the issue keys of these projects, and the others, each in their order.
func (p projects) split(issueKeys []string) (counting, others []string) {
	if p == nil {
		return issueKeys, nil
	}
	for _, key := range issueKeys {
		if project, _, _ := strings.Cut(key, "-"); p[project] {
			counting = append(counting, key)
		} else {
			others = append(others, key)
		}
	}
	return counting, others
}

// and returns the projects that are in both.
func (p projects) and(other projects) projects {
	switch {
	case p == nil:
		return other
	case other == nil:
		return p
	}
	both := maps.Clone(p)
	maps.DeleteFunc(both, func(project string, _ bool) bool { return !other[project] })
	return both
}

// String returns the keys, comma-separated; empty where all projects count.
func (p projects) String() string { return strings.Join(slices.Sorted(maps.Keys(p)), ",") }

// reader returns what finds the keys of these projects.
func (p projects) reader() issuekey.Reader {
	if p != nil && len(p) == 0 {
		return issuekey.NewReader([]string{""}) // no project has an empty key, so that nothing is found
	}
	return issuekey.NewReader(slices.Collect(maps.Keys(p)))
}

// projectsOf returns the projects of a list; all where it is empty.
func projectsOf(keys []string) projects {
	if len(keys) == 0 {
		return nil
	}
	all := make(projects, len(keys))
	for _, key := range keys {
		all[key] = true
	}
	return all
}

// projectsIn returns the projects whose issues count for a workload of a namespace in an environment: those of the site
// that the namespace's rule ties it to, and the environment's rules as well. The former holds for a workload that names
// an environment of its own, too.
func (s *Site) projectsIn(ns environment.Namespace, environmentID string) projects {
	if !s.ties {
		return s.projects
	}
	var ofNamespace, ofEnvironment []v1alpha1.EnvironmentRule
	decided := false
	for i, rule := range s.rules {
		if !decided && rule.MatchesNamespace(ns) {
			ofNamespace = append(ofNamespace, s.spec.Environments[i]) // one of them, where rules select workloads
			decided = rule.WorkloadSelector == nil
		}
		if rule.ID == environmentID {
			ofEnvironment = append(ofEnvironment, s.spec.Environments[i])
		}
	}
	if !decided {
		ofNamespace = nil
	}
	return projectsOf(s.spec.Projects).and(tied(ofNamespace)).and(tied(ofEnvironment))
}

// tied returns the projects that one of the rules takes; all where one of them takes all, or there is none.
func tied(rules []v1alpha1.EnvironmentRule) projects {
	var some projects
	for _, rule := range rules {
		if len(rule.Projects) == 0 {
			return nil
		}
		if some == nil {
			some = projects{}
		}
		maps.Copy(some, projectsOf(rule.Projects))
	}
	return some
}

// forWorkload returns the site as the workload of an observation sees it.
func (s *Site) forWorkload(observation Observation) *Site {
	if !s.ties || observation.Rollout == nil {
		return s.in(observation.Namespace, "")
	}
	found, _ := s.environmentOf(observation.Namespace, observation.Rollout, observation.Cluster, v1alpha1.Environment{})
	return s.in(observation.Namespace, found.ID)
}

// in returns the site as workloads of a namespace in an environment see it: with the projects that count there.
func (s *Site) in(ns environment.Namespace, environmentID string) *Site {
	if !s.ties {
		return s
	}
	tied := *s
	tied.read(s.projectsIn(ns, environmentID))
	return &tied
}

// read makes the readers of the projects' keys.
func (s *Site) read(p projects) {
	s.projects, s.keys = p, p.reader()
	s.tags, s.versions = readerFor(s.spec.IssueKeys.ImageTags, s.keys), readerFor(s.spec.IssueKeys.VersionLabels, s.keys)
}
