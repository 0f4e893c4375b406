// SPDX-License-Identifier: Apache-2.0

package jiratest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// submission is a body with one deployment, and fields beside it.
func submission(t *testing.T, fields map[string]any) string {
	t.Helper()
	fields["deployments"] = []item{deployment()}
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestASubmissionSaysWhetherItTellsOfThePast(t *testing.T) {
	for name, tc := range map[string]struct {
		fields     map[string]any
		wantStatus int
		wantType   string
		wantStill  bool
	}{
		"nothing is said":                  {map[string]any{}, http.StatusAccepted, "NORMAL", false},
		"something that just happened":     {map[string]any{"operationType": "NORMAL", "preventTransitions": false}, http.StatusAccepted, "NORMAL", false},
		"something past":                   {map[string]any{"operationType": "BACKFILL", "preventTransitions": true}, http.StatusAccepted, "BACKFILL", true},
		"an operation that there is not":   {map[string]any{"operationType": "Backfill"}, http.StatusBadRequest, "", false},
		"an operation that is no text":     {map[string]any{"operationType": 1}, http.StatusBadRequest, "", false},
		"transitions that are text":        {map[string]any{"preventTransitions": "true"}, http.StatusBadRequest, "", false},
		"no transitions, and no operation": {map[string]any{"preventTransitions": true}, http.StatusAccepted, "NORMAL", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			status, body := c.call(http.MethodPost, "/bulk", submission(t, tc.fields))
			if status != tc.wantStatus {
				t.Fatalf("status %d, want %d: %s", status, tc.wantStatus, body)
			}
			all := c.site.Requests()
			last := all[len(all)-1]
			if last.OperationType != tc.wantType || last.PreventTransitions != tc.wantStill {
				t.Errorf("the request shows %q, %v; want %q, %v", last.OperationType, last.PreventTransitions, tc.wantType, tc.wantStill)
			}
			if status != http.StatusAccepted {
				return
			}
			got := c.site.Updates(key)
			for i := range got {
				got[i].Received = time.Time{}
			}
			want := []jiratest.Update{{State: "successful", UpdateSequenceNumber: 10, PreventTransitions: tc.wantStill}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("updates (-want +got):\n%s", diff)
			}
		})
	}
}
