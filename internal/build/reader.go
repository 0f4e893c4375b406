// SPDX-License-Identifier: Apache-2.0

package build

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// reader reads fields of a run that has no Go type, each in its bounds. A field that is not written as its kind is written
// is not there. It keeps a copy of what it read: that is what Trim leaves of the run.
type reader struct {
	meta        metav1.ObjectMeta
	from, keeps map[string]any
}

// condition is what is read of a condition.
type condition struct {
	status, reason, message string
	since                   time.Time
}

// readFunc reads a run of one kind: its fields into the build, and what it is built of. It returns the run's results.
type readFunc func(*reader, *Build) (evidence, []result)

// observe returns how a run stands, and what was read of it.
func observe(o *unstructured.Unstructured, kind schema.GroupVersionKind, read readFunc) (Build, map[string]any) {
	r := reader{meta: boundedMetadata(metadataOf(o)), from: o.Object}
	b := newBuild(kind, &r.meta)
	kept := &metav1.PartialObjectMetadata{ObjectMeta: r.meta}
	kept.SetGroupVersionKind(kind)
	r.keeps, _ = runtime.DefaultUnstructuredConverter.ToUnstructured(kept) // metadata is plain data
	if b.NotUnderstood == "" {
		said, results := read(&r, &b)
		b.finish(&r.meta, said, results)
	}
	return b, r.keeps
}

// metadataOf returns what is read of a run's metadata.
func metadataOf(o *unstructured.Unstructured) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: o.GetName(), GenerateName: o.GetGenerateName(), Namespace: o.GetNamespace(), UID: o.GetUID(),
		ResourceVersion: o.GetResourceVersion(), Generation: o.GetGeneration(),
		CreationTimestamp: o.GetCreationTimestamp(), DeletionTimestamp: o.GetDeletionTimestamp(),
		Labels: o.GetLabels(), Annotations: o.GetAnnotations(), OwnerReferences: o.GetOwnerReferences(),
	}
}

// field returns a field by its path: spec.status.
func (r *reader) field(path string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(r.from, strings.Split(path, ".")...)
	return value
}

func (r *reader) keep(path string, value any) {
	_ = unstructured.SetNestedField(r.keeps, value, strings.Split(path, ".")...) // no path leads through a text
}

// text returns a text; empty where it is too long, or none.
func (r *reader) text(path string) string {
	found, _ := r.field(path).(string)
	found = whole(found, maxURL)
	if found != "" {
		r.keep(path, found)
	}
	return found
}

// sentence returns the beginning of a text, as one line.
func (r *reader) sentence(path string) string {
	found, _ := r.field(path).(string)
	found = oneLine(found)
	if found != "" {
		r.keep(path, found)
	}
	return found
}

func (r *reader) flag(path string) bool {
	found, _ := r.field(path).(bool)
	if found {
		r.keep(path, found)
	}
	return found
}

func (r *reader) time(path string) time.Time {
	return parseTime(r.text(path))
}

// succeeded returns the condition Succeeded, which is empty where there is none.
func (r *reader) succeeded() condition {
	for _, found := range r.list("status.conditions") {
		if found["type"] != "Succeeded" {
			continue
		}
		status, reason, since := textIn(found, "status", maxName), textIn(found, "reason", maxName), textIn(found, "lastTransitionTime", maxTime)
		message, _ := found["message"].(string)
		message = oneLine(message)
		r.keep("status.conditions", []any{map[string]any{
			"type": "Succeeded", "status": status, "reason": reason, "message": message, "lastTransitionTime": since,
		}})
		return condition{status: status, reason: reason, message: message, since: parseTime(since)}
	}
	return condition{}
}

// results returns the texts in a list that are read of it, each name once.
func (r *reader) results(path string) []result {
	var results []result
	var kept []any
	for _, found := range r.list(path) {
		name := textIn(found, "name", maxName)
		value := textIn(found, "value", longest(name))
		if value == "" || valueOf(results, name) != "" || len(results) == maxResults {
			continue
		}
		results = append(results, result{name, value})
		kept = append(kept, map[string]any{"name": name, "value": value})
	}
	if kept != nil {
		r.keep(path, kept)
	}
	return results
}

// list returns the objects in a list.
func (r *reader) list(path string) []map[string]any {
	items, _ := r.field(path).([]any)
	var objects []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}

func textIn(object map[string]any, field string, most int) string {
	text, _ := object[field].(string)
	return whole(text, most)
}

// parseTime returns a time; zero where it is none.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
