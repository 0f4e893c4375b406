// SPDX-License-Identifier: Apache-2.0

// Package recording keeps what a real control plane made of a workload: every version of the object, and of its
// ControllerRevisions, in the order in which a watch showed them, and between them what somebody did.
//
//	test/stories --Write--> test/replay/testdata/recordings/*.jsonl --Read--> replays
//
// A file has a line for each moment. A change is a JSON merge patch (RFC 7386) on the state before it, so that a file
// stays small and a person can read it.
package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Moment is one thing that happened.
type Moment struct {
	At time.Time `json:"at"`
	// Title is the story's, on its first moment.
	Title string `json:"title,omitempty"`
	// Do is what somebody did, in words.
	Do string `json:"do,omitempty"`
	// Manager is what happens to the manager of the story, if anything; a replay plays it.
	Manager string `json:"manager,omitempty"`
	// Rest says that whatever happens by itself has happened.
	Rest bool `json:"rest,omitempty"`
	// Change is the merge patch that leads to the state that was seen now.
	Change map[string]any `json:"change,omitempty"`
}

// What may happen to the manager of a story.
const (
	Down     = "down"     // it is not there
	Up       = "up"       // it starts
	Restart  = "restart"  // it starts anew
	Silent   = "silent"   // Jira does not answer it
	Answered = "answered" // Jira does
	First    = "first"    // it starts anew, and is shown the very first state
	Previous = "previous" // it starts anew, and is shown the state before the present one
	CatchUp  = "catch up" // it is shown the present state
)

// State is a workload, and the ControllerRevisions of its namespace.
type State struct {
	// Object is a Deployment, a StatefulSet or a DaemonSet; nil where there is none.
	Object metav1.Object
	// Revisions are ControllerRevisions.
	Revisions []appsv1.ControllerRevision
}

// Recording is a story as it was recorded.
type Recording struct {
	Moments []Moment
	// States are those after the changes of the moments; that of a moment without a change is nil.
	States []*State
}

// Read reads the recording of a file.
func Read(path string) (*Recording, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	recording, state := &Recording{}, map[string]any{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var moment Moment
		if err := json.Unmarshal(lines.Bytes(), &moment); err != nil {
			return nil, fmt.Errorf("decode %s: %w", path, err)
		}
		var seen *State
		if moment.Change != nil {
			state = merge(state, moment.Change)
			if seen, err = stateOf(state); err != nil {
				return nil, fmt.Errorf("decode %s: %w", path, err)
			}
		}
		recording.Moments, recording.States = append(recording.Moments, moment), append(recording.States, seen)
	}
	return recording, lines.Err()
}

// Write writes moments into a file.
func Write(path string, moments []Moment) error {
	var text bytes.Buffer
	for _, m := range moments {
		line, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("encode recording: %w", err)
		}
		text.Write(append(line, '\n'))
	}
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// stateOf decodes what an API server would have shown.
func stateOf(state map[string]any) (*State, error) {
	s := &State{}
	if object, ok := state["object"].(map[string]any); ok {
		typed := map[any]metav1.Object{"Deployment": &appsv1.Deployment{}, "StatefulSet": &appsv1.StatefulSet{}, "DaemonSet": &appsv1.DaemonSet{}}[object["kind"]]
		if typed == nil {
			return nil, fmt.Errorf("kind %v is unknown", object["kind"])
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, typed); err != nil {
			return nil, err
		}
		s.Object = typed
	}
	revisions, _ := state["revisions"].(map[string]any)
	for _, content := range revisions {
		var typed appsv1.ControllerRevision
		text, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &typed); err != nil {
			return nil, err
		}
		s.Revisions = append(s.Revisions, typed)
	}
	return s, nil
}

// Change returns the merge patch that makes one state of another; nil where they are the same.
func Change(before, after map[string]any) map[string]any {
	patch := map[string]any{}
	for name := range before {
		if _, stays := after[name]; !stays {
			patch[name] = nil
		}
	}
	for name, value := range after {
		from, ok := before[name]
		inner, isMap := value.(map[string]any)
		fromMap, wasMap := from.(map[string]any)
		switch {
		case ok && reflect.DeepEqual(from, value):
		case isMap && wasMap:
			patch[name] = Change(fromMap, inner)
		default:
			patch[name] = value
		}
	}
	if len(patch) == 0 {
		return nil
	}
	return patch
}

// merge applies a merge patch. It does not change the state that it is given.
func merge(state, patch map[string]any) map[string]any {
	merged := map[string]any{}
	for name, value := range state {
		merged[name] = value
	}
	for name, value := range patch {
		inner, isMap := value.(map[string]any)
		switch before, _ := merged[name].(map[string]any); {
		case value == nil:
			delete(merged, name)
		case isMap:
			merged[name] = merge(before, inner)
		default:
			merged[name] = value
		}
	}
	return merged
}
