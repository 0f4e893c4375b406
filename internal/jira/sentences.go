// SPDX-License-Identifier: Apache-2.0

package jira

import (
	"encoding/json"
	"maps"
	"slices"
)

// sentenceKeys are the fields that hold what a person should read, in the order in which it is shown.
var sentenceKeys = []string{
	"message", "messages", "errorMessage", "errorMessages", "error", "error_description", "title", "detail", "errors",
}

// sentences collects the texts of a JSON value, at most maxMessages, each once.
type sentences []string

// sentencesOf reads a value by its fields, in all the shapes that were seen:
//
//	[{"message": "no"}]                          no
//	{"errorMessages": ["no"], "errors": {}}      no
//	{"errors": [{"title": "no", "detail": "x"}]} no; x
//	{"errors": {"url": "no", "label": ["x"]}}    label: x; url: no
//	{"code": 401, "message": "no"}               no
//	{"error": "e", "error_description": "no"}    e; no
//
// An object with none of the fields that are known is read as a whole, as errors are: by the names of its fields.
func sentencesOf(value any) []string {
	var s sentences
	s.add("", value, false)
	return s
}

// textsOf reads the errors of one item of an answer.
func textsOf(raw json.RawMessage) []string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	var s sentences
	s.add("", value, true)
	return s
}

// add reads a value. A text gets the name of its field before it, where the name is not one that is known. Of an object of
// errors, each field is read.
func (s *sentences) add(name string, value any, errors bool) {
	switch v := value.(type) {
	case string:
		if name != "" && v != "" {
			v = name + ": " + v
		}
		if v != "" && len(*s) < maxMessages && !slices.Contains(*s, v) {
			*s = append(*s, v)
		}
	case []any:
		for _, item := range v {
			s.add(name, item, false)
		}
	case map[string]any:
		s.addObject(name, v, errors)
	}
}

func (s *sentences) addObject(name string, object map[string]any, errors bool) {
	before := len(*s)
	for _, key := range sentenceKeys {
		s.add(name, object[key], key == "errors")
	}
	if len(*s) > before && !errors {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(sentenceKeys, key) {
			s.add(key, object[key], false)
		}
	}
}
