// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"errors"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// Attempt is one request to Jira: a span for each record in it, in the record's own trace.
type Attempt struct {
	spans map[types.UID]trace.Span
	ended time.Time
}

// Attempt begins the attempt to deliver a batch of records of one kind.
func (t *Tracer) Attempt(kind string, batch outbox.Batch, now time.Time) *Attempt {
	if t == nil {
		return nil
	}
	a := &Attempt{spans: make(map[types.UID]trace.Span, len(batch.Bodies))}
	for m := range batch.Messages() {
		_, span := t.tracer.Start(t.above(kind, m, now), "deliver "+kind, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(now))
		t.describe(span, kind, m)
		span.SetAttributes(keyBatch.Int(len(batch.Bodies)))
		a.spans[m.Source.UID] = span
	}
	return a
}

// Answered takes the answer to the request, or its error.
func (a *Attempt) Answered(reply *outbox.Reply, err error, now time.Time) {
	if a == nil {
		return
	}
	a.ended = now
	for _, span := range a.spans {
		var failure *jira.Error
		switch {
		case err == nil:
			span.SetAttributes(keyStatus.Int(reply.StatusCode))
			continue
		case errors.As(err, &failure) && failure.StatusCode != 0:
			span.SetAttributes(keyStatus.Int(failure.StatusCode))
		}
		span.SetAttributes(keyError.String(jira.KindOf(err).String()))
		span.SetStatus(codes.Error, err.Error())
	}
}

// Settled takes what the records have to say.
func (a *Attempt) Settled(outcomes []outbox.Outcome) {
	if a == nil {
		return
	}
	for _, o := range outcomes {
		span := a.spans[o.Source.UID]
		if span == nil {
			continue // it was not in the request: Jira took a newer record
		}
		span.SetAttributes(keyOutcome.String(o.Condition.Reason))
		if !o.Accepted() {
			span.SetStatus(codes.Error, o.Condition.Message)
		}
	}
}

// End ends the attempt at the time of the answer.
func (a *Attempt) End() {
	if a == nil {
		return
	}
	for _, span := range a.spans {
		span.End(trace.WithTimestamp(a.ended))
	}
}
