// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// now is when everything happens.
var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// The span of a pipeline, as it writes it.
const (
	pipelineTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	pipelineSpan  = "00f067aa0ba902b7"
	pipeline      = "00-" + pipelineTrace + "-" + pipelineSpan + "-01"
)

// recordBuilder builds a record of a workload.
type recordBuilder struct {
	d v1alpha1.JiraDeployment
}

func makeRecord(name string, keys ...string) *recordBuilder {
	return &recordBuilder{v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID("uid-of-" + name), Generation: 1, CreationTimestamp: metav1.NewTime(now),
			Annotations: map[string]string{},
		},
		Spec: v1alpha1.JiraDeploymentSpec{
			Site:        "acme",
			Sequence:    1,
			Workload:    &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
			Pipeline:    v1alpha1.Pipeline{ID: "eu-1/shop/Deployment/" + name},
			Environment: v1alpha1.Environment{ID: "prod", Type: v1alpha1.EnvironmentProduction},
			State:       v1alpha1.StateInProgress,
			IssueKeys:   keys,
		},
	}}
}

// Of names the span of a pipeline.
func (b *recordBuilder) Of(traceparent string) *recordBuilder {
	b.d.Annotations[v1alpha1.AnnotationTraceparent] = traceparent
	return b
}

func (b *recordBuilder) ByHand() *recordBuilder {
	b.d.Spec.Workload = nil
	return b
}

func (b *recordBuilder) Namespace(name string) *recordBuilder {
	b.d.Namespace, b.d.UID = name, types.UID("uid-of-"+name+"/"+b.d.Name)
	return b
}

func (b *recordBuilder) UID(uid string) *recordBuilder {
	b.d.UID = types.UID(uid)
	return b
}

// Becomes makes it the next generation of the record, in another state.
func (b *recordBuilder) Becomes(state v1alpha1.DeploymentState) *recordBuilder {
	next := &recordBuilder{*b.d.DeepCopy()}
	next.d.Spec.State = state
	next.d.Generation++
	return next
}

func (b *recordBuilder) Obj() *v1alpha1.JiraDeployment { return b.d.DeepCopy() }

// manager is one that makes spans, from its start to its end.
type manager struct {
	*Tracer
	spans *tracetest.InMemoryExporter
}

func startManager() *manager {
	exporter := tracetest.NewInMemoryExporter()
	tracer, _ := newTracer(sdk.WithSyncer(exporter))
	return &manager{tracer.In("eu-1"), exporter}
}

// create makes the span of a record's creation.
func (m *manager) create(b *recordBuilder) {
	m.Created(b.Obj(), now, now.Add(5*time.Millisecond))
}

// deliver makes those of an attempt to deliver records, which Jira answers so.
func (m *manager) deliver(t *testing.T, answer func([]*recordBuilder) (*outbox.Reply, error), records ...*recordBuilder) {
	t.Helper()
	queue := outbox.NewQueue("acme", func(r outbox.Record) outbox.Message {
		return outbox.FromDeployment(r.(*v1alpha1.JiraDeployment), func(string) string { return "https://acme.example" })
	})
	var all []outbox.Record
	for _, r := range records {
		all = append(all, r.Obj())
	}
	queue.Sync(all, now)
	m.send(t, queue, func() (*outbox.Reply, error) { return answer(records) })
}

// send sends what a queue has next.
func (m *manager) send(t *testing.T, queue *outbox.Queue, answer func() (*outbox.Reply, error)) {
	t.Helper()
	batch, _ := queue.Next(now)
	if len(batch.Bodies) == 0 {
		t.Fatal("the queue has no batch")
	}
	attempt := m.Attempt("JiraDeployment", batch, now)
	defer attempt.End()
	reply, err := answer()
	attempt.Answered(reply, err, now.Add(80*time.Millisecond))
	attempt.Settled(queue.Settle(batch, reply, err, now))
}

// taken is the answer that takes all records.
func taken(records []*recordBuilder) (*outbox.Reply, error) {
	result := &jira.Result[jira.DeploymentKey]{StatusCode: 202}
	for _, r := range records {
		result.Accepted = append(result.Accepted, keyOf(r))
	}
	return outbox.ReplyOf(result), nil
}

func keyOf(r *recordBuilder) jira.DeploymentKey {
	return jira.DeploymentKey{
		PipelineID: r.d.Spec.Pipeline.ID, EnvironmentID: r.d.Spec.Environment.ID,
		DeploymentSequenceNumber: r.d.Spec.Sequence,
	}
}

// failed is the answer of a request that failed.
func failed(err *jira.Error) func([]*recordBuilder) (*outbox.Reply, error) {
	return func([]*recordBuilder) (*outbox.Reply, error) { return nil, err }
}
