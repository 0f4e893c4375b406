// SPDX-License-Identifier: Apache-2.0

package environment

import "strings"

// Workload is what is read of a workload.
type Workload struct {
	// Labels and Annotations are the workload's own. A rule's selector looks at these labels.
	Labels, Annotations map[string]string
	// TemplateLabels and TemplateAnnotations are those of its pod template.
	TemplateLabels, TemplateAnnotations map[string]string
}

// say returns what the workload says under a key. The pod template goes first, as everywhere: many charts let a person
// write there and nowhere else. A label goes before an annotation, as on a namespace.
func (w Workload) say(key string) (string, Source, bool) {
	text, at := lookup(key, w.TemplateLabels, w.TemplateAnnotations, w.Labels, w.Annotations)
	if at < 0 {
		return "", 0, false
	}
	return text, [...]Source{ByTemplateLabel, ByTemplateAnnotation, ByWorkloadLabel, ByWorkloadAnnotation}[at], true
}

// named returns the environment that the workload names, if it names one. The id of a rule means that rule's
// environment, unless the workload gives it another type: to Jira an id has one type. Any other name is an environment
// of its own in the namespace. Without a type its name is read as a namespace's is. Example: "blue" in shop-prod is
// unmapped, and not production, because nobody said so.
func (w Workload) named(rules []Rule, keys Keys) (Environment, bool) {
	name, namedBy, _ := w.say(keys.Name)
	if name = strings.TrimSpace(name); name == "" {
		return Environment{}, false
	}
	text, typedBySource, typed := w.say(keys.Type)
	for i, rule := range rules {
		if rule.ID == name && (!typed || Type(text) == rule.Type) {
			own := rule.environment(Trace{By: namedBy, Rule: i, Key: keys.Name, Text: name})
			own.PerWorkload = true
			return own, true
		}
	}
	own := Environment{Own: name, Name: name, PerWorkload: true}
	if typed {
		return typedBy(own, Trace{By: typedBySource, Key: keys.Type, Text: text}), true
	}
	own.Type, own.Trace = guess(name)
	own.Trace.By, own.Trace.Key = namedBy, keys.Name
	return own, true
}

// typed returns the environment of a workload that may give its type and does not name it. The type that the namespace
// has anyway changes nothing. Another one is an environment of its own: to Jira the namespace's id has one type.
// Example: "staging" in shop is "shop staging".
func (w Workload) typed(ns Namespace, told Environment, keys Keys) Environment {
	text, by, ok := w.say(keys.Type)
	if !ok {
		return told
	}
	said := typedBy(told, Trace{By: by, Key: keys.Type, Text: text})
	if said.Type != told.Type {
		said.ID, said.Own, said.Name, said.PerWorkload = "", string(said.Type), ns.Name+" "+string(said.Type), true
	}
	return said
}
