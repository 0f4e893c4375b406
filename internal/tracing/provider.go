// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// Config says who makes the spans. Where they go, and all else, the OTEL_* variables of the environment say.
type Config struct {
	// Version is Rollcall's, and Instance the name of this manager: that of its pod.
	Version, Instance string
	// Log is told of spans that cannot be exported.
	Log logr.Logger
}

// scope is who makes the spans.
const scope = "github.com/rollcall-dev/rollcall"

// exporters are the ways to a collector, by their names in OTEL_EXPORTER_OTLP_PROTOCOL.
var exporters = map[string]func(context.Context) (sdk.SpanExporter, error){
	"http/protobuf": func(ctx context.Context) (sdk.SpanExporter, error) { return otlptracehttp.New(ctx) },
	"grpc":          func(ctx context.Context) (sdk.SpanExporter, error) { return otlptracegrpc.New(ctx) },
}

// Start returns the tracer that the environment describes, and what exports the rest of its spans at the end. The tracer is
// nil where the environment switches it off. A collector that does not answer holds up nothing: spans are dropped.
func Start(ctx context.Context, c Config) (*Tracer, func(context.Context) error, error) {
	if off, err := switchedOff(); off || err != nil {
		return nil, func(context.Context) error { return nil }, err
	}
	otel.SetLogger(logr.New(variablesLog{c.Log}))
	otel.SetErrorHandler(newErrorLog(c.Log))
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	exporterOf, known := exporters[protocol]
	if !known {
		return nil, nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not supported: write http/protobuf or grpc", protocol)
	}
	exporter, err := exporterOf(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("make exporter of spans: %w", err)
	}
	described, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "rollcall"),
		attribute.String("service.version", c.Version),
		attribute.String("service.instance.id", c.Instance),
	), resource.WithFromEnv())
	if err != nil {
		return nil, nil, errors.New("OTEL_RESOURCE_ATTRIBUTES is not understood: write it as name=value,name=value")
	}
	tracer, provider := newTracer(sdk.WithBatcher(exporter), sdk.WithResource(described))
	return tracer, provider.Shutdown, nil
}

func newTracer(options ...sdk.TracerProviderOption) (*Tracer, *sdk.TracerProvider) {
	provider := sdk.NewTracerProvider(append(options, sdk.WithIDGenerator(ids{}))...)
	return &Tracer{tracer: provider.Tracer(scope)}, provider
}

// switchedOff reads the variables that OpenTelemetry's SDK for Go leaves to whoever uses it.
func switchedOff() (bool, error) {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return true, nil
	}
	exporter := os.Getenv("OTEL_TRACES_EXPORTER")
	if !slices.Contains([]string{"", "otlp", "none"}, exporter) {
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is not supported: write otlp or none", exporter)
	}
	return exporter == "none", nil
}
