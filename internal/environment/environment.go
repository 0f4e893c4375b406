// SPDX-License-Identifier: Apache-2.0

// Package environment says which environment Jira shows for a workload: the one that the workload itself names, else
// that of a rule, else what its namespace's label says, else what the words of the namespace's name tell.
//
//	the workload's own -> rules (first match) -> label or annotation of the namespace -> words of its name -> unmapped
//
// It never guesses from a part of a word, and never takes the unknown for production: a wrong type is worse than none.
// Whatever decides leaves a Trace, which costs nothing until somebody reads it.
package environment

// Type is a kind of environment, in Jira's own words.
type Type string

// The types that Jira knows.
const (
	Unmapped    Type = "unmapped"
	Development Type = "development"
	Testing     Type = "testing"
	Staging     Type = "staging"
	Production  Type = "production"
)

// ParseType reads a type as a person writes it. The second result says whether Jira knows it.
func ParseType(text string) (Type, bool) {
	switch t := Type(text); t {
	case Unmapped, Development, Testing, Staging, Production:
		return t, true
	}
	return Unmapped, false
}

// Namespace is what is read of a namespace.
type Namespace struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
}

// Environment is where a workload's deployments go.
type Environment struct {
	// ID is the id of the rule that decided; empty where none did.
	ID string
	// Own is what tells the workload's own environment from its namespace's, such as "blue". It is empty where the
	// environment is a rule's or the namespace's.
	Own string
	// Name is what Jira shows.
	Name string
	// Type is the kind of environment.
	Type Type
	// PerWorkload says that the workload decided, or a rule that selects workloads: others of its namespace may have
	// another environment.
	PerWorkload bool
	// Trace says what decided the type.
	Trace Trace
}

// Keys are the names of the labels and annotations that are read.
type Keys struct {
	// Name names a workload's environment.
	Name string
	// Type gives the type of a workload's, or of a namespace's, environment.
	Type string
}

// Resolve finds the environment of a workload.
func Resolve(ns Namespace, w Workload, rules []Rule, keys Keys) Environment {
	if own, ok := w.named(rules, keys); ok {
		return own
	}
	return w.typed(ns, ofNamespace(ns, w, rules, keys), keys)
}

// ofNamespace finds the environment where the workload itself says nothing. A label that is no type makes the namespace
// unmapped, because the person who wrote it meant to decide, and a guess would hide the mistake.
func ofNamespace(ns Namespace, w Workload, rules []Rule, keys Keys) Environment {
	for i, rule := range rules {
		if rule.matches(ns, w) {
			return rule.environment(Trace{By: ByRule, Rule: i, Text: rule.ID})
		}
	}
	if text, at := lookup(keys.Type, ns.Labels, ns.Annotations); at >= 0 {
		return typedBy(Environment{Name: ns.Name}, Trace{By: [...]Source{ByNamespaceLabel, ByNamespaceAnnotation}[at], Key: keys.Type, Text: text})
	}
	t, trace := guess(ns.Name)
	return Environment{Name: ns.Name, Type: t, Trace: trace}
}

// typedBy gives an environment the type that a person wrote, the text of the trace.
func typedBy(e Environment, trace Trace) Environment {
	t, ok := ParseType(trace.Text)
	if !ok {
		trace.Doubt = NoType
	}
	e.Type, e.Trace = t, trace
	return e
}

// lookup returns the value of the first map that has the key, and which one that is; -1 where none has.
func lookup(key string, maps ...map[string]string) (string, int) {
	for i, m := range maps {
		if text, ok := m[key]; ok {
			return text, i
		}
	}
	return "", -1
}
