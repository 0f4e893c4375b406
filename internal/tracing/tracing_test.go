// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/util/uuid"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// place is where a span is.
type place struct{ Name, Trace, Parent string }

func placesOf(spans tracetest.SpanStubs) []place {
	var all []place
	for _, s := range spans {
		p := place{Name: s.Name, Trace: s.SpanContext.TraceID().String()}
		if s.Parent.HasSpanID() {
			p.Parent = s.Parent.SpanID().String()
		}
		all = append(all, p)
	}
	return all
}

// ownIDs are the ids that a record makes: docs/user-guide.md makes the first by sha256sum.
func ownIDs(uid string) (traceID, spanID string) {
	sum := sha256.Sum256([]byte(uid))
	return hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[16:24])
}

func TestARolloutIsOneTraceWhoeverDeliversIt(t *testing.T) {
	first, second := startManager(), startManager()
	record := makeRecord("web-1", "SHOP-1")
	first.create(record)
	first.deliver(t, failed(&jira.Error{Kind: jira.Throttled, StatusCode: 503}), record)
	second.deliver(t, taken, record) // after a restart, or a change of the leader
	second.deliver(t, taken, record.Becomes(v1alpha1.StateSuccessful))

	own, creation := ownIDs("uid-of-web-1")
	attempt := place{"deliver JiraDeployment", own, creation}
	want := []place{{"create JiraDeployment", own, ""}, attempt, attempt, attempt}
	spans := append(first.spans.GetSpans(), second.spans.GetSpans()...)
	if diff := cmp.Diff(want, placesOf(spans)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	ids := map[trace.SpanID]bool{}
	for _, s := range spans {
		ids[s.SpanContext.SpanID()] = true
	}
	if len(ids) != len(spans) || spans[0].SpanContext.SpanID().String() != creation {
		t.Errorf("the %d spans have %d ids, and that of the creation is %s, want %s", len(spans), len(ids), spans[0].SpanContext.SpanID(), creation)
	}
}

func TestTheTraceOfAPipelineIsContinued(t *testing.T) {
	_, creation := ownIDs("uid-of-web-1")
	own, _ := ownIDs("uid-of-by-hand")
	for name, tt := range map[string]struct {
		record *recordBuilder
		want   []place
	}{
		"by the record of a workload": {makeRecord("web-1").Of(pipeline),
			[]place{{"create JiraDeployment", pipelineTrace, pipelineSpan}, {"deliver JiraDeployment", pipelineTrace, creation}}},
		"by a record by hand": {makeRecord("by-hand").ByHand().Of(pipeline), []place{{"deliver JiraDeployment", pipelineTrace, pipelineSpan}}},
		"by none":             {makeRecord("by-hand").ByHand(), []place{{"deliver JiraDeployment", own, ""}}},
		"by one that is none": {makeRecord("by-hand").ByHand().Of("$TRACEPARENT"), []place{{"deliver JiraDeployment", own, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			m := startManager()
			if tt.record.d.Spec.Workload != nil {
				m.create(tt.record)
			}
			m.deliver(t, taken, tt.record)
			if diff := cmp.Diff(tt.want, placesOf(m.spans.GetSpans())); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever writes a record may name any span. It decides where his own spans are.
func TestATraceparentConcernsNoOtherNamespace(t *testing.T) {
	m := startManager()
	victim := makeRecord("web-1", "SHOP-1").Namespace("shop")
	theirs, span := ownIDs("uid-of-shop/web-1")
	mallory := makeRecord("web-2", "SHOP-1").Namespace("mallory").ByHand().Of("00-" + theirs + "-" + span + "-00") // and not sampled
	m.deliver(t, taken, victim, mallory)
	want := []place{{"deliver JiraDeployment", theirs, span}}
	if diff := cmp.Diff(want, placesOf(m.spans.GetSpans())); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func TestABuildIsATraceToo(t *testing.T) {
	m := startManager()
	build := &v1alpha1.JiraBuild{}
	build.UID, build.Name, build.Namespace = "uid-of-build", "shop-7", "ci"
	build.Annotations = map[string]string{v1alpha1.AnnotationTraceparent: pipeline}
	build.Spec = v1alpha1.JiraBuildSpec{Site: "acme", State: v1alpha1.BuildFailed, Run: &v1alpha1.WorkloadReference{Kind: "Job", Name: "shop-7"}}
	m.Created(build, now, now)
	if diff := cmp.Diff([]place{{"create JiraBuild", pipelineTrace, pipelineSpan}}, placesOf(m.spans.GetSpans())); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// What a namespace takes with it is told from memory.
func TestARecordThatIsGoneStaysInItsTrace(t *testing.T) {
	m := startManager()
	record := makeRecord("web-1", "SHOP-1").Of(pipeline)
	queue := outbox.NewQueue("acme", func(r outbox.Record) outbox.Message {
		return outbox.FromDeployment(r.(*v1alpha1.JiraDeployment), func(string) string { return "https://acme.example" })
	})
	queue.Bury(record.Obj(), now)
	m.send(t, queue, func() (*outbox.Reply, error) { return taken([]*recordBuilder{record}) })
	spans := m.spans.GetSpans()
	_, creation := ownIDs("uid-of-web-1")
	if diff := cmp.Diff([]place{{"deliver JiraDeployment", pipelineTrace, creation}}, placesOf(spans)); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if state := attributesOf(spans[0])["rollcall.state"]; state != "cancelled" {
		t.Errorf("rollcall.state = %v, want cancelled", state)
	}
}

// Who samples decides once for a trace: a half of one helps nobody.
func TestATraceIsSampledAsAWhole(t *testing.T) {
	const records, ratio = 2000, 0.1
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", fmt.Sprint(ratio))
	first, second := startManager(), startManager()
	for i := range records {
		record := makeRecord(fmt.Sprint("web-", i)).UID(string(uuid.NewUUID()))
		first.create(record)
		second.deliver(t, taken, record)
	}
	created, delivered := map[trace.TraceID]bool{}, map[trace.TraceID]bool{}
	for _, s := range first.spans.GetSpans() {
		created[s.SpanContext.TraceID()] = true
	}
	for _, s := range second.spans.GetSpans() {
		delivered[s.SpanContext.TraceID()] = true
	}
	if diff := cmp.Diff(created, delivered); diff != "" {
		t.Errorf("traces of records that were created, and of those that were delivered (-want +got):\n%s", diff)
	}
	if share := float64(len(created)) / records; share < ratio/2 || share > ratio*2 {
		t.Errorf("of %d records %d are sampled, want about %.0f", records, len(created), ratio*records)
	}

	for flags, want := range map[string]int{"00": 0, "01": 2} {
		m := startManager()
		record := makeRecord("of-a-pipeline").Of(pipeline[:len(pipeline)-2] + flags)
		m.create(record)
		m.deliver(t, taken, record)
		if got := len(m.spans.GetSpans()); got != want {
			t.Errorf("of a pipeline with the flags %s there are %d spans, want %d", flags, got, want)
		}
	}
}

func TestWithoutTracingNothingIsAllocated(t *testing.T) {
	var off *Tracer
	record := makeRecord("web-1", "SHOP-1").Obj()
	queue := outbox.NewQueue("acme", func(r outbox.Record) outbox.Message {
		return outbox.FromDeployment(r.(*v1alpha1.JiraDeployment), func(string) string { return "https://acme.example" })
	})
	queue.Sync([]outbox.Record{record}, now)
	batch, _ := queue.Next(now)
	var outcomes []outbox.Outcome
	var reply *outbox.Reply
	if allocations := testing.AllocsPerRun(100, func() {
		tracer := off.In("eu-1")
		tracer.Created(record, now, now.Add(time.Second))
		attempt := tracer.Attempt("JiraDeployment", batch, now)
		attempt.Answered(reply, nil, now)
		attempt.Settled(outcomes)
		attempt.End()
	}); allocations != 0 {
		t.Errorf("%v allocations for each record, want none", allocations)
	}
}

func BenchmarkAttempt(b *testing.B) {
	tracer, _ := newTracer()
	record := makeRecord("web-1", "SHOP-1").Obj()
	queue := outbox.NewQueue("acme", func(r outbox.Record) outbox.Message {
		return outbox.FromDeployment(r.(*v1alpha1.JiraDeployment), func(string) string { return "https://acme.example" })
	})
	queue.Sync([]outbox.Record{record}, now)
	batch, _ := queue.Next(now)
	b.ReportAllocs()
	for b.Loop() {
		attempt := tracer.Attempt("JiraDeployment", batch, now)
		attempt.Answered(&outbox.Reply{StatusCode: 202}, nil, now)
		attempt.End()
	}
}
