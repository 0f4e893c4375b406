// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
)

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAChangeLeadsFromOneStateToTheNext(t *testing.T) {
	for name, tc := range map[string]struct{ before, after, want string }{
		"nothing":         {`{"a":{"b":1}}`, `{"a":{"b":1}}`, `null`},
		"another value":   {`{"a":{"b":1,"c":2}}`, `{"a":{"b":3,"c":2}}`, `{"a":{"b":3}}`},
		"a value less":    {`{"a":{"b":1,"c":2}}`, `{"a":{"c":2}}`, `{"a":{"b":null}}`},
		"a list is whole": {`{"a":[1,2]}`, `{"a":[1,3]}`, `{"a":[1,3]}`},
		"an object":       {`{}`, `{"a":{"b":{}}}`, `{"a":{"b":{}}}`},
		"no object":       {`{"a":{"b":1}}`, `{}`, `{"a":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := decoded(t, tc.before), decoded(t, tc.after)
			change := Change(before, after)
			if diff := cmp.Diff(decoded(t, tc.want), change); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(after, merge(before, change)); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	moments := []Moment{
		{At: at, Do: "kubectl create"},
		{At: at, Change: decoded(t, `{"object":{"kind":"StatefulSet","metadata":{"name":"db","uid":"1"}},"revisions":{"db-1":{"metadata":{"name":"db-1"},"revision":1}}}`)},
		{At: at, Rest: true, Manager: Down},
		{At: at, Change: decoded(t, `{"object":null}`)},
	}
	path := filepath.Join(t.TempDir(), "story.jsonl")
	if err := Write(path, moments); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(moments, got.Moments); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	if got.States[0] != nil || got.States[2] != nil {
		t.Error("a moment without a change has a state")
	}
	if set, ok := got.States[1].Object.(*appsv1.StatefulSet); !ok || set.Name != "db" || len(got.States[1].Revisions) != 1 {
		t.Errorf("the second moment shows %+v", got.States[1])
	}
	if got.States[3].Object != nil || len(got.States[3].Revisions) != 1 {
		t.Errorf("the last moment shows %+v", got.States[3])
	}
}
