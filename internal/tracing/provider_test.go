// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// collector takes spans, and answers as it is told to.
type collector struct {
	coltrace.UnimplementedTraceServiceServer
	answer http.HandlerFunc

	mutex sync.Mutex
	// names are those of the spans that came, and resource what the last of them say of who made them.
	names    []string
	resource map[string]string
}

func (c *collector) Export(_ context.Context, request *coltrace.ExportTraceServiceRequest) (*coltrace.ExportTraceServiceResponse, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, of := range request.ResourceSpans {
		c.resource = map[string]string{}
		for _, a := range of.Resource.Attributes {
			c.resource[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range of.ScopeSpans {
			for _, span := range scope.Spans {
				c.names = append(c.names, span.Name)
			}
		}
	}
	return &coltrace.ExportTraceServiceResponse{}, nil
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.answer != nil {
		c.answer(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	var request coltrace.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		http.Error(w, "no spans", http.StatusBadRequest)
		return
	}
	_, _ = c.Export(r.Context(), &request)
}

func startHTTP(t *testing.T, c *collector) string {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return server.URL
}

func startGRPC(t *testing.T, c *collector) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	coltrace.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return "http://" + listener.Addr().String()
}

// logOf returns a log, and what stands in it.
func logOf() (logr.Logger, func() string) {
	var mutex sync.Mutex
	var lines []string
	log := funcr.New(func(_, line string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, line)
	}, funcr.Options{Verbosity: 127})
	return log, func() string {
		mutex.Lock()
		defer mutex.Unlock()
		return strings.Join(lines, "\n")
	}
}

func TestTheEnvironmentSaysWhereSpansGo(t *testing.T) {
	for name, tt := range map[string]struct {
		start func(*testing.T, *collector) string
		env   map[string]string
	}{
		"by HTTP, unless it says otherwise": {startHTTP, nil},
		"by HTTP":                           {startHTTP, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}},
		"by gRPC":                           {startGRPC, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}},
		"by what it says of traces alone":   {startGRPC, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := &collector{}
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", tt.start(t, c))
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod")
			for variable, value := range tt.env {
				t.Setenv(variable, value)
			}
			tracer, stop, err := Start(t.Context(), Config{Version: "1.2.3", Instance: "rollcall-0", Log: logr.Discard()})
			if err != nil {
				t.Fatal(err)
			}
			tracer.In("eu-1").Created(makeRecord("web-1", "SHOP-1").Obj(), now, now)
			if err := stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
			if len(c.names) != 1 || c.names[0] != "create JiraDeployment" {
				t.Errorf("spans %q came, want that of the creation", c.names)
			}
			for attribute, want := range map[string]string{
				"service.name": "rollcall", "service.version": "1.2.3", "service.instance.id": "rollcall-0", "deployment.environment.name": "prod",
			} {
				if got := c.resource[attribute]; got != want {
					t.Errorf("%s = %q, want %q", attribute, got, want)
				}
			}
		})
	}
}

func TestTheEnvironmentSwitchesTracingOff(t *testing.T) {
	for variable, value := range map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "none"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			tracer, stop, err := Start(t.Context(), Config{Log: logr.Discard()})
			if tracer != nil || err != nil {
				t.Errorf("Start() = %v, %v; want no tracer and no error", tracer, err)
			}
			if err := stop(t.Context()); err != nil {
				t.Errorf("stop: %v", err)
			}
		})
	}
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	for name, tt := range map[string]struct{ variable, value, says string }{
		"another exporter":      {"OTEL_TRACES_EXPORTER", "zipkin", `OTEL_TRACES_EXPORTER: "zipkin" is not supported: write otlp or none`},
		"another protocol":      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", `OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is not supported: write http/protobuf or grpc`},
		"attributes of no kind": {"OTEL_RESOURCE_ATTRIBUTES", "prod", "OTEL_RESOURCE_ATTRIBUTES is not understood: write it as name=value,name=value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			if _, _, err := Start(t.Context(), Config{Log: logr.Discard()}); err == nil || err.Error() != tt.says {
				t.Errorf("Start() error = %v, want %q", err, tt.says)
			}
		})
	}
}

// A collector that takes the connection, and says nothing.
func TestACollectorThatDoesNotAnswerHoldsUpNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+listener.Addr().String())
	tracer, stop, err := Start(t.Context(), Config{Log: logr.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	const records = 20_000 // ten times what the queue of spans takes
	record := makeRecord("web-1", "SHOP-1").Obj()
	began := time.Now()
	for range records {
		tracer.Created(record, now, now)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("%d spans took %s, want no wait for the collector", records, took)
	}
	end, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began = time.Now()
	if err := stop(end); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("stop() = %v after %s, want an error in time", err, time.Since(began))
	}
}

// What stands in the headers is a token, and a collector may quote what it was sent.
func TestNoTokenStandsInTheLog(t *testing.T) {
	const canary, other = "canary-3f9a77c1d2", "canary-b81e5502aa"
	c := &collector{answer: func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the connection may be reset
		http.Error(w, "who is "+r.Header.Get("Authorization")+" with "+r.Header.Get("X-Key"), http.StatusUnauthorized)
	}}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", startHTTP(t, c))
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20"+canary+",X-Key="+other)
	log, text := logOf()
	exporter, err := exporters["http/protobuf"](t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := startManager()
	m.create(makeRecord("web-1", "SHOP-1"))
	newErrorLog(log).Handle(exporter.ExportSpans(t.Context(), m.spans.GetSpans().Snapshots()))
	for _, want := range []string{"Could not export spans", "401 Unauthorized", "who is [redacted] with [redacted]"} {
		if !strings.Contains(text(), want) {
			t.Errorf("the log does not say %q:\n%s", want, text())
		}
	}

	for _, broken := range []string{canary, "Authorization=%zz" + canary, "bad name=" + canary} {
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", broken)
		_, stop, err := Start(t.Context(), Config{Log: log})
		if err != nil {
			t.Fatal(err)
		}
		_ = stop(t.Context()) // nothing was to be exported
	}
	if got := strings.Count(text(), "An OTEL_* variable is not understood"); got == 0 {
		t.Errorf("the log does not say that a variable is wrong:\n%s", text())
	}
	for _, secret := range []string{canary, other} {
		if strings.Contains(text(), secret) {
			t.Error("a token stands in the log")
		}
	}
}

func TestAFailureIsSaidOnceAMinute(t *testing.T) {
	log, text := logOf()
	handler := newErrorLog(log)
	for range 1000 {
		handler.Handle(context.DeadlineExceeded)
	}
	if got := strings.Count(text(), "Could not export spans"); got != 1 {
		t.Errorf("1000 failures are said %d times, want once", got)
	}

}
