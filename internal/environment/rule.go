// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"fmt"
	"path"
	"slices"
)

// Globs are names of namespaces, or globs in the notation of path.Match.
type Globs []string

// Validate returns an error that names the first glob that does not parse.
func (g Globs) Validate() error {
	for _, glob := range g {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("namespace pattern %q does not parse: a '[' needs its ']', a '\\' a character after it", glob)
		}
	}
	return nil
}

// Match says whether one of the globs is or matches the name. One that does not parse matches nothing.
func (g Globs) Match(name string) bool {
	return slices.ContainsFunc(g, func(glob string) bool {
		ok, err := path.Match(glob, name)
		return err == nil && ok
	})
}

// Rule maps namespaces, workloads, or workloads of certain namespaces to an environment. What it leaves out matches
// everything.
type Rule struct {
	// ID is what Jira knows the environment by.
	ID string
	// Name is what Jira shows.
	Name string
	// Type is the kind of environment.
	Type Type
	// Globs are of namespaces; one of them has to match.
	Globs Globs
	// Selector says whether a namespace's labels match.
	Selector func(labels map[string]string) bool
	// WorkloadSelector says whether a workload's labels match.
	WorkloadSelector func(labels map[string]string) bool
}

// Names says whether the rule names the namespace literally, not by a glob.
func (r Rule) Names(namespace string) bool {
	return slices.Contains(r.Globs, namespace)
}

// MatchesNamespace says whether the rule matches a namespace, and with it all of its workloads or those that it selects.
func (r Rule) MatchesNamespace(ns Namespace) bool {
	return (len(r.Globs) == 0 || r.Globs.Match(ns.Name)) && (r.Selector == nil || r.Selector(ns.Labels))
}

func (r Rule) matches(ns Namespace, w Workload) bool {
	return r.MatchesNamespace(ns) && (r.WorkloadSelector == nil || r.WorkloadSelector(w.Labels))
}

func (r Rule) environment(trace Trace) Environment {
	return Environment{ID: r.ID, Name: r.Name, Type: r.Type, PerWorkload: r.WorkloadSelector != nil, Trace: trace}
}
