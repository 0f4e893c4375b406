// SPDX-License-Identifier: Apache-2.0

// Package tracing makes spans of OpenTelemetry: a trace for each record, and in it a span for its creation and one for each
// attempt to deliver it, whichever manager makes it.
//
//	[ deploy ................................ ]       the pipeline's own, where it wrote rollcall.dev/traceparent
//	    [ create JiraDeployment ]                     state=in_progress
//	          [ deliver JiraDeployment ]              state=in_progress  503  error.type=Throttled
//	                [ deliver JiraDeployment ]        state=in_progress  202  outcome=Accepted
//	                           ...  [ deliver ... ]   state=successful   202  outcome=Accepted
//
// Nobody keeps a span from one attempt to the next. What they have in common is made of the record: the trace is the one that
// the record names, or else its id is made of the record's UID, and so is that of the span of its creation. Who makes an
// attempt after a restart, or after a change of the leader, makes the same ids.
package tracing

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// Tracer makes spans. Nil makes none, and costs nothing.
type Tracer struct {
	tracer trace.Tracer
	// cluster is what all spans say.
	cluster attribute.KeyValue
}

// In returns the tracer of a cluster.
func (t *Tracer) In(cluster string) *Tracer {
	if t == nil {
		return nil
	}
	return &Tracer{tracer: t.tracer, cluster: keyCluster.String(cluster)}
}

// Created makes the span of a record that Rollcall has just created.
func (t *Tracer) Created(r v1alpha1.Record, began, ended time.Time) {
	if t == nil {
		return
	}
	kind, message := messageOf(r)
	span := t.create(kind, message, began)
	t.describe(span, kind, message)
	span.End(trace.WithTimestamp(ended))
}

func messageOf(r v1alpha1.Record) (kind string, m outbox.Message) {
	if b, isBuild := r.(*v1alpha1.JiraBuild); isBuild {
		return "JiraBuild", outbox.FromBuild(b, nil)
	}
	return "JiraDeployment", outbox.FromDeployment(r.(*v1alpha1.JiraDeployment), nil)
}

// create starts the span of a record's creation. It has the same ids whenever it is started.
func (t *Tracer) create(kind string, m outbox.Message, began time.Time) trace.Span {
	_, id := idsOf(m.Source.UID)
	_, span := t.tracer.Start(context.WithValue(pipelineOf(m), spanID{}, id), "create "+kind, trace.WithTimestamp(began))
	return span
}

// above returns what the attempts to deliver a record are under: its creation. The span of that is started anew for its ids
// and for whether it is sampled, and never ends here: nothing is exported of it. A record by hand is created by somebody
// else, whose span is the one that the record names, if there is one.
func (t *Tracer) above(kind string, m outbox.Message, now time.Time) context.Context {
	if m.Details.Reference == nil {
		return pipelineOf(m)
	}
	return trace.ContextWithSpan(context.Background(), t.create(kind, m, now))
}

// pipelineOf returns what the first span of a record is under: the span that the record names; else none, in the trace of
// the record itself.
func pipelineOf(m outbox.Message) context.Context {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": m.Details.Traceparent})
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	id, _ := idsOf(m.Source.UID)
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: id}))
}

// idsOf returns the ids of a record's own trace and of the span of its creation. They are hashed, because samplers take the
// end of a trace's id for a random number, and a part of each UID is the same in all.
func idsOf(uid types.UID) (trace.TraceID, trace.SpanID) {
	sum := sha256.Sum256([]byte(uid))
	return trace.TraceID(sum[:16]), trace.SpanID(sum[16:24])
}

// spanID is the key of the id that the next span gets.
type spanID struct{}

// ids makes the ids of spans: the one that the context has, else random ones.
type ids struct{}

var _ sdk.IDGenerator = ids{}

func (i ids) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	if id, chosen := ctx.Value(spanID{}).(trace.SpanID); chosen {
		return id
	}
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

// NewIDs is for spans that are in no trace yet. Rollcall makes none.
func (i ids) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id, i.NewSpanID(ctx, id)
}
