// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

func attributesOf(s tracetest.SpanStub) map[string]any {
	all := map[string]any{}
	for _, a := range s.Attributes {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

// saysOf are the attributes of a record of the tests, and others.
func saysOf(others map[string]any) map[string]any {
	all := map[string]any{
		"k8s.cluster.name": "eu-1", "k8s.namespace.name": "shop", "rollcall.site": "acme",
		"rollcall.record.kind": "JiraDeployment", "rollcall.record.name": "web-1", "rollcall.record.generation": int64(1),
		"rollcall.workload.kind": "Deployment", "rollcall.workload.name": "web",
		"rollcall.state": "in_progress", "rollcall.environment.type": "production", "rollcall.issue_keys": []string{"SHOP-1", "SHOP-2"},
	}
	for name, value := range others {
		all[name] = value
	}
	return all
}

func TestWhatASpanSays(t *testing.T) {
	rejected := func(records []*recordBuilder) (*outbox.Reply, error) {
		return outbox.ReplyOf(&jira.Result[jira.DeploymentKey]{StatusCode: 202, Rejected: []jira.Rejection[jira.DeploymentKey]{
			{Key: keyOf(records[0]), Messages: []string{"no"}}}}), nil
	}
	for name, tt := range map[string]struct {
		answer func([]*recordBuilder) (*outbox.Reply, error)
		want   map[string]any
		status sdk.Status
	}{
		"Jira took it": {taken, map[string]any{"http.response.status_code": int64(202), "rollcall.outcome": "Accepted"}, sdk.Status{}},
		"Jira refuses it": {rejected, map[string]any{"http.response.status_code": int64(202), "rollcall.outcome": "Rejected"},
			sdk.Status{Code: codes.Error, Description: "Jira refuses the record: no. It is sent again once its spec changes."}},
		"an error of the server": {failed(&jira.Error{Op: "submit deployments", Host: "api.example", Kind: jira.Unavailable, StatusCode: 500}),
			map[string]any{"http.response.status_code": int64(500), "error.type": "Unavailable"},
			sdk.Status{Code: codes.Error, Description: "submit deployments at api.example: Unavailable (HTTP 500)"}},
		"no answer": {failed(&jira.Error{Op: "submit deployments", Host: "api.example", Kind: jira.Unavailable}),
			map[string]any{"error.type": "Unavailable"},
			sdk.Status{Code: codes.Error, Description: "submit deployments at api.example: Unavailable"}},
		"an answer that leaves it out": {func([]*recordBuilder) (*outbox.Reply, error) { return taken(nil) },
			map[string]any{"http.response.status_code": int64(202), "rollcall.outcome": "Pending"},
			sdk.Status{Code: codes.Error, Description: "Jira answered, but left the record out. It is sent again by itself, after waits that grow to five minutes."}},
	} {
		t.Run(name, func(t *testing.T) {
			m := startManager()
			m.deliver(t, tt.answer, makeRecord("web-1", "SHOP-1", "SHOP-2"))
			span := m.spans.GetSpans()[0]
			tt.want["rollcall.batch.size"] = int64(1)
			if diff := cmp.Diff(saysOf(tt.want), attributesOf(span)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.status, span.Status); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
			if took := span.EndTime.Sub(span.StartTime); span.SpanKind != trace.SpanKindClient || took != 80*time.Millisecond {
				t.Errorf("it is of kind %s and takes %s, want a client's, and the time of the request", span.SpanKind, took)
			}
		})
	}

	m := startManager()
	m.create(makeRecord("web-1", "SHOP-1", "SHOP-2"))
	span := m.spans.GetSpans()[0]
	if diff := cmp.Diff(saysOf(nil), attributesOf(span)); diff != "" {
		t.Errorf("attributes of the creation (-want +got):\n%s", diff)
	}
	if took := span.EndTime.Sub(span.StartTime); took != 5*time.Millisecond {
		t.Errorf("the creation takes %s, want the time of the write", took)
	}
}

func TestEachRecordOfABatchHasASpan(t *testing.T) {
	m := startManager()
	var records []*recordBuilder
	for i := range 100 {
		records = append(records, makeRecord(fmt.Sprint("web-", i), "SHOP-1"))
	}
	m.deliver(t, taken, records...)
	traces := map[trace.TraceID]bool{}
	for _, s := range m.spans.GetSpans() {
		traces[s.SpanContext.TraceID()] = true
		if size := attributesOf(s)["rollcall.batch.size"]; size != int64(100) {
			t.Fatalf("rollcall.batch.size = %v, want 100", size)
		}
	}
	if len(traces) != 100 {
		t.Errorf("100 records are in %d traces, want one each", len(traces))
	}
}

// Jira took a newer record of the same deployment: the older one was in no request.
func TestWhatIsNotSentHasNoSpan(t *testing.T) {
	m := startManager()
	older, newer := makeRecord("web-1", "SHOP-1"), makeRecord("web-2", "SHOP-1")
	older.d.Spec.Pipeline, newer.d.CreationTimestamp.Time = newer.d.Spec.Pipeline, now.Add(time.Hour)
	m.deliver(t, func([]*recordBuilder) (*outbox.Reply, error) { return taken([]*recordBuilder{newer}) }, older, newer)
	spans := m.spans.GetSpans()
	if len(spans) != 1 || attributesOf(spans[0])["rollcall.record.name"] != "web-2" {
		t.Errorf("spans = %v, want that of web-2 alone", placesOf(spans))
	}
}

func TestASpanIsBounded(t *testing.T) {
	m := startManager()
	keys := make([]string, 500)
	for i := range keys {
		keys[i] = fmt.Sprint("SHOP-", i+1)
	}
	m.deliver(t, failed(&jira.Error{Kind: jira.Unavailable, Messages: []string{strings.Repeat("x", 1<<20)}}), makeRecord("web-1", keys...))
	span := m.spans.GetSpans()[0]
	if got := attributesOf(span)["rollcall.issue_keys"].([]string); len(got) != maxIssueKeys || got[0] != "SHOP-1" {
		t.Errorf("it names %d issue keys from %s on, want %d from SHOP-1 on", len(got), got[0], maxIssueKeys)
	}
	if got := len(span.Status.Description); got > 1024 {
		t.Errorf("it says in %d bytes what went wrong, want at most 1024", got)
	}
}
