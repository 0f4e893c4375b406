// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/manager"
)

// The span of a pipeline.
const pipelineTrace, pipelineSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

var _ = Describe("Tracing", func() {
	It("puts a rollout into the trace of its pipeline, and goes on with it after a restart", func(ctx SpecContext) {
		c := startCollector()
		DeferCleanup(stopTracing)
		traceManager("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_BSP_SCHEDULE_DELAY=100")
		namespace, other := makeNamespace(ctx, "prod"), makeNamespace(ctx, "other-prod")
		jiraNow.Inject(jiratest.Fault{Match: jiratest.Bulk, Status: http.StatusBadRequest, Body: `{"errorMessages":["not with ` + canary + `"]}`, Times: 1})
		DeferCleanup(jiraNow.ClearFaults)
		create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-930").NeverReady(600).
			Annotation(v1alpha1.AnnotationTraceparent, "00-"+pipelineTrace+"-"+pipelineSpan+"-01").Obj())
		awaitJira(namespace, shown{1, "in_progress", "production", "SHOP-930"})
		create(ctx, makeDeployment(other, "web").IssueKeys("SHOP-931").Obj())
		awaitJira(other, shown{1, "successful", "production", "SHOP-931"})

		traceManager("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_BSP_SCHEDULE_DELAY=100")
		healPods(ctx, namespace)
		awaitJira(namespace, shown{1, "successful", "production", "SHOP-930"})

		Eventually(func() []told { return c.toldOf(namespace) }).Should(HaveExactElements(
			told{"create JiraDeployment", "in_progress", ""},
			told{"deliver JiraDeployment", "in_progress", v1alpha1.ReasonPending},
			told{"deliver JiraDeployment", "in_progress", v1alpha1.ReasonAccepted},
			told{"deliver JiraDeployment", "successful", v1alpha1.ReasonAccepted},
		))
		spans := c.of(namespace)
		for i, span := range spans {
			Expect(hex.EncodeToString(span.TraceId)).To(Equal(pipelineTrace), span.Name)
			if i > 0 {
				Expect(hex.EncodeToString(span.ParentSpanId)).To(Equal(hex.EncodeToString(spans[0].SpanId)), span.Name)
			}
		}
		Expect(hex.EncodeToString(spans[0].ParentSpanId)).To(Equal(pipelineSpan))
		Expect(spans[1].Status.Message).To(ContainSubstring("not with [redacted]"))

		own := c.of(other)
		Expect(own).To(HaveLen(len(c.toldOf(other))))
		Expect(own[0].ParentSpanId).To(BeEmpty())
		for _, span := range own {
			Expect(span.TraceId).To(Equal(own[0].TraceId), "one rollout, one trace")
			Expect(hex.EncodeToString(span.TraceId)).NotTo(Equal(pipelineTrace))
		}
		expectNoSecret("the spans", c.all())
	})

	It("holds up nothing where the collector does not answer, and says so once", func(ctx SpecContext) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(silent.Close)
		before := logSize()
		DeferCleanup(stopTracing)
		traceManager("OTEL_EXPORTER_OTLP_ENDPOINT=http://"+silent.Addr().String(), "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BSP_EXPORT_TIMEOUT=200")
		for range 3 {
			namespace := makeNamespace(ctx, "prod")
			create(ctx, makeDeployment(namespace, "web").IssueKeys("SHOP-932").Obj())
			awaitJira(namespace, shown{1, "successful", "production", "SHOP-932"})
			time.Sleep(time.Second) // an export that is given up
		}
		said := func() int {
			log, err := os.ReadFile(managerLog)
			Expect(err).NotTo(HaveOccurred())
			return strings.Count(string(log[before:]), "Could not export spans")
		}
		Eventually(said).Should(Equal(1))
		Consistently(said).WithTimeout(2 * time.Second).Should(Equal(1))
	})
})

// traceManager starts the manager anew, with tracing.
func traceManager(env ...string) {
	GinkgoHelper()
	Expect(running.Stop()).To(Succeed())
	var err error
	running, err = manager.StartWith(env, managerBinary, managerLog, append(slices.Clone(managerFlags), "--tracing")...)
	Expect(err).NotTo(HaveOccurred())
}

// stopTracing starts the manager anew, as the other tests have it, and waits until it leads: before that it may not be able
// to end well.
func stopTracing(ctx SpecContext) {
	restartManager()
	Eventually(leader).WithArguments(ctx).ShouldNot(BeEmpty())
}

func logSize() int64 {
	GinkgoHelper()
	info, err := os.Stat(managerLog)
	Expect(err).NotTo(HaveOccurred())
	return info.Size()
}

// collector takes spans by OTLP.
type collector struct {
	url string

	mutex sync.Mutex
	spans []*otlp.Span
	raw   []byte
}

func startCollector() *collector {
	GinkgoHelper()
	c := &collector{}
	server := httptest.NewServer(c)
	DeferCleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request coltrace.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		http.Error(w, "no spans", http.StatusBadRequest)
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.raw = append(c.raw, body...)
	for _, of := range request.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// all returns everything that came, as it came.
func (c *collector) all() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return string(c.raw)
}

// of returns the spans of a namespace by their beginnings.
func (c *collector) of(namespace string) []*otlp.Span {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var found []*otlp.Span
	for _, span := range c.spans {
		if attribute(span, "k8s.namespace.name") == namespace {
			found = append(found, span)
		}
	}
	slices.SortFunc(found, func(a, b *otlp.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
	return found
}

// told is what a span says happened.
type told struct{ Name, State, Outcome string }

func (c *collector) toldOf(namespace string) []told {
	var all []told
	for _, span := range c.of(namespace) {
		all = append(all, told{span.Name, attribute(span, "rollcall.state"), attribute(span, "rollcall.outcome")})
	}
	return all
}

func attribute(span *otlp.Span, name string) string {
	for _, a := range span.Attributes {
		if a.Key == name {
			return a.Value.GetStringValue()
		}
	}
	return ""
}
