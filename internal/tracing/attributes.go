// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/rollcall-dev/rollcall/internal/outbox"
)

// What spans say. The names without a prefix of our own are those of OpenTelemetry's semantic conventions.
const (
	keyCluster   = attribute.Key("k8s.cluster.name")
	keyNamespace = attribute.Key("k8s.namespace.name")
	keyStatus    = attribute.Key("http.response.status_code")
	keyError     = attribute.Key("error.type")

	keySite            = attribute.Key("rollcall.site")
	keyRecordKind      = attribute.Key("rollcall.record.kind")
	keyRecordName      = attribute.Key("rollcall.record.name")
	keyGeneration      = attribute.Key("rollcall.record.generation")
	keyWorkloadKind    = attribute.Key("rollcall.workload.kind")
	keyWorkloadName    = attribute.Key("rollcall.workload.name")
	keyState           = attribute.Key("rollcall.state")
	keyEnvironmentType = attribute.Key("rollcall.environment.type")
	keyIssueKeys       = attribute.Key("rollcall.issue_keys")
	keyBatch           = attribute.Key("rollcall.batch.size")
	keyOutcome         = attribute.Key("rollcall.outcome")
)

// maxIssueKeys is how many issue keys a span names: a record may have 500.
const maxIssueKeys = 20

// describe says which record a span is about, and what Jira is told of it. No text that a person wrote is among that, and
// no link.
func (t *Tracer) describe(span trace.Span, kind string, m outbox.Message) {
	if !span.IsRecording() {
		return
	}
	d := m.Details
	span.SetAttributes(
		t.cluster, keyNamespace.String(m.Source.Namespace), keySite.String(d.Site),
		keyRecordKind.String(kind), keyRecordName.String(m.Source.Name), keyGeneration.Int64(m.Source.Generation),
		keyState.String(d.State), keyIssueKeys.StringSlice(m.IssueKeys[:min(len(m.IssueKeys), maxIssueKeys)]),
	)
	if d.Environment.Type != "" {
		span.SetAttributes(keyEnvironmentType.String(string(d.Environment.Type)))
	}
	if w := d.Reference; w != nil {
		span.SetAttributes(keyWorkloadKind.String(w.Kind), keyWorkloadName.String(w.Name))
	}
}
