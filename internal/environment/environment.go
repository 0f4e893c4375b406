// Package environment maps a namespace to the environment that Jira shows: by a rule that a person
// wrote, else by the namespace's own label, else by the words of its name.
//
//	rules (first match) -> label or annotation -> words of the name -> unmapped
//
// It never guesses from a part of a word, and never takes the unknown for production: a wrong type is
// worse than none.
package environment

import (
	"fmt"
	"path"
)

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

// ParseType reads a type as a person writes it on a namespace. The second result says whether Jira knows it.
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

// Rule maps namespaces to an environment.
type Rule struct {
	// ID is what Jira knows the environment by.
	ID string
	// Name is what Jira shows.
	Name string
	// Type is the kind of environment.
	Type Type
	// Globs are namespace names or globs in the notation of path.Match; one of them has to match. None
	// matches everything.
	Globs []string
	// Selector says whether a namespace's labels match; nil matches everything.
	Selector func(labels map[string]string) bool
}

// Validate returns an error that names the first glob that does not parse.
func (r Rule) Validate() error {
	for _, glob := range r.Globs {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("namespace pattern %q does not parse: a '[' needs its ']', a '\\' a character after it", glob)
		}
	}
	return nil
}

// Names says whether the rule names the namespace literally, not by a glob.
func (r Rule) Names(namespace string) bool {
	for _, glob := range r.Globs {
		if glob == namespace {
			return true
		}
	}
	return false
}

func (r Rule) matches(ns Namespace) bool {
	return r.matchesName(ns.Name) && (r.Selector == nil || r.Selector(ns.Labels))
}

func (r Rule) matchesName(name string) bool {
	if len(r.Globs) == 0 {
		return true
	}
	for _, glob := range r.Globs {
		if ok, err := path.Match(glob, name); err == nil && ok {
			return true
		}
	}
	return false
}

// Environment is where a namespace's deployments go.
type Environment struct {
	// ID is the id of the rule that matched; empty where none did.
	ID string
	// Name is what Jira shows.
	Name string
	// Type is the kind of environment.
	Type Type
}

// Resolve finds the environment of a namespace. typeKey is the label or annotation of a namespace that
// gives its type where no rule matches; a value that is no type makes the namespace unmapped, because the
// person who wrote it meant to decide.
func Resolve(ns Namespace, rules []Rule, typeKey string) Environment {
	for _, rule := range rules {
		if rule.matches(ns) {
			return Environment{ID: rule.ID, Name: rule.Name, Type: rule.Type}
		}
	}
	if text, ok := lookup(ns, typeKey); ok {
		t, _ := ParseType(text)
		return Environment{Name: ns.Name, Type: t}
	}
	return Environment{Name: ns.Name, Type: Guess(ns.Name)}
}

func lookup(ns Namespace, key string) (string, bool) {
	if text, ok := ns.Labels[key]; ok {
		return text, true
	}
	text, ok := ns.Annotations[key]
	return text, ok
}
