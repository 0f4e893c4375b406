// SPDX-License-Identifier: Apache-2.0

package tracing

import (
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"golang.org/x/time/rate"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// saidEvery is how often it is said at most that spans cannot be exported: each batch of them would say it, every five
// seconds.
const saidEvery = time.Minute

// newErrorLog returns what OpenTelemetry tells its errors to. The answer of a collector may quote the token that it was
// sent.
func newErrorLog(log logr.Logger) otel.ErrorHandler {
	sometimes := rate.Sometimes{Interval: saidEvery}
	return otel.ErrorHandlerFunc(func(err error) {
		sometimes.Do(func() {
			log.Info("Could not export spans; they are dropped", "error", jira.Scrub(err.Error(), secrets()...))
		})
	})
}

// secrets are the values of the headers that go with the spans.
func secrets() []string {
	var all []string
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for header := range strings.SplitSeq(os.Getenv(variable), ",") {
			_, value, _ := strings.Cut(header, "=")
			if decoded, err := url.PathUnescape(value); err == nil {
				value = decoded
			}
			words := strings.Fields(value) // Bearer, and a token
			if len(words) > 0 {
				all = append(all, strings.TrimSpace(value), words[len(words)-1])
			}
		}
	}
	return all
}

// variablesLog is what OpenTelemetry logs to: variables that it does not understand, and their values. A header is among
// them, and may be a token: the values stay away.
type variablesLog struct{ log logr.Logger }

var _ logr.LogSink = variablesLog{}

// Error says that a variable is not understood. The problem is a constant text of OpenTelemetry's.
func (l variablesLog) Error(_ error, problem string, _ ...any) {
	l.log.Info("An OTEL_* variable is not understood, and ignored", "problem", problem)
}

// Init implements logr.LogSink.
func (l variablesLog) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (l variablesLog) Enabled(int) bool { return false }

// Info implements logr.LogSink.
func (l variablesLog) Info(int, string, ...any) {}

// WithValues implements logr.LogSink.
func (l variablesLog) WithValues(...any) logr.LogSink { return l }

// WithName implements logr.LogSink.
func (l variablesLog) WithName(string) logr.LogSink { return l }
