// SPDX-License-Identifier: Apache-2.0

package environment

import "fmt"

// Source is where an environment's type comes from.
type Source int

// The sources of a type.
const (
	ByRule Source = iota
	ByTemplateLabel
	ByTemplateAnnotation
	ByWorkloadLabel
	ByWorkloadAnnotation
	ByNamespaceLabel
	ByNamespaceAnnotation
	ByNamespaceName
)

// sourceNames are the sources in words.
var sourceNames = [...]string{
	ByTemplateLabel: "the pod template's label", ByTemplateAnnotation: "the pod template's annotation",
	ByWorkloadLabel: "the workload's label", ByWorkloadAnnotation: "the workload's annotation",
	ByNamespaceLabel: "the namespace's label", ByNamespaceAnnotation: "the namespace's annotation",
	ByNamespaceName: "the namespace's name",
}

// Doubt is why a type is not known though somebody or something was read for it.
type Doubt int

// The doubts.
const (
	// Sure: there is none.
	Sure Doubt = iota
	// NoType: a person wrote what is none of Jira's types.
	NoType
	// NoWord: the name has no word that tells a type.
	NoWord
	// Contradiction: the name has words of two types.
	Contradiction
	// Negation: the name says what the environment is not, such as non-prod.
	Negation
)

// Trace says what decided a type: a rule, a label or annotation, or a word of a name.
type Trace struct {
	// By is where the type comes from.
	By Source
	// Rule is the place of the rule in its list, where a rule decided or was named.
	Rule int
	// Key is the label or annotation, where one was read.
	Key string
	// Text is what was read: the rule's id, the value of the label or annotation, or the name.
	Text string
	// Words are the words of a name that decided: one, or two that contradict each other.
	Words [2]string
	// Doubt is why the type is not known.
	Doubt Doubt
}

// Meant says that somebody decided, and did so in words that are understood.
func (t Trace) Meant() bool {
	return t.Doubt == Sure && t.Words[0] == ""
}

// String tells the trace to a person.
func (t Trace) String() string {
	if t.By == ByRule {
		return fmt.Sprintf("spec.environments[%d] (id %s) matches", t.Rule, t.Text)
	}
	read := fmt.Sprintf("%s %s", sourceNames[t.By], t.Text)
	if t.Key != "" {
		read = fmt.Sprintf("%s %s is %q", sourceNames[t.By], t.Key, t.Text)
	}
	switch t.Doubt {
	case NoType:
		return read + ", which is none of unmapped, development, testing, staging and production"
	case NoWord:
		return read + ", and has no word that tells a type"
	case Contradiction:
		return fmt.Sprintf("%s, and its words %q and %q tell two types", read, t.Words[0], t.Words[1])
	case Negation:
		return fmt.Sprintf("%s, and %q says only what it is not", read, t.Words[0])
	}
	if t.Words[0] != "" {
		return fmt.Sprintf("%s, and has the word %q", read, t.Words[0])
	}
	return read
}
