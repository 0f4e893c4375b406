// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/http"

	"github.com/felixge/httpsnoop"
	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/client-go/rest"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rollcall-dev/rollcall/internal/options"
)

// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// metricsOptions lets the API server decide who may read the metrics.
func metricsOptions(o options.Options) metricsserver.Options {
	m := metricsserver.Options{BindAddress: o.MetricsAddress}
	if !o.MetricsInsecure {
		m.SecureServing, m.CertDir, m.FilterProvider = true, o.MetricsCertDir, reviewed
		// One connection of HTTP/2 carries as many requests as its sender likes, and takes them back before they are answered.
		m.TLSOpts = []func(*tls.Config){func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }}
	}
	return m
}

const (
	// requestsPerSecond and requestsAtOnce bound the requests of all strangers in sum, and those of each reader. Each may
	// cost the API server a TokenReview and a SubjectAccessReview.
	requestsPerSecond = 5
	requestsAtOnce    = 20
	// maxReaders is how many readers are known. The one that was not seen for longest becomes a stranger again.
	maxReaders = 16
)

// reviewed asks the API server about a request, unless there are too many. controller-runtime's filter remembers for a
// minute who may read. It does not remember a token that the API server does not know, so that each request with one
// would be a review.
func reviewed(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	filter, err := filters.WithAuthenticationAndAuthorization(config, client)
	if err != nil {
		return nil, fmt.Errorf("make filter of metrics: %w", err)
	}
	l := &reviewLimit{strangers: newRequestLimit(), readers: lru.New(maxReaders)}
	return func(log logr.Logger, handler http.Handler) (http.Handler, error) {
		filtered, err := filter(log, handler)
		if err != nil {
			return nil, fmt.Errorf("filter metrics: %w", err)
		}
		return l.around(filtered), nil
	}, nil
}

func newRequestLimit() *rate.Limiter { return rate.NewLimiter(requestsPerSecond, requestsAtOnce) }

// reviewLimit bounds the requests that are reviewed. Strangers share one limit. Who was let in once has a limit alone,
// which no stranger uses up.
type reviewLimit struct {
	strangers *rate.Limiter
	readers   *lru.Cache // of limits, by the hash of what the reader shows
}

func (l *reviewLimit) around(filtered http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := r.Header.Get("Authorization") // the filter takes it away
		reader := sha256.Sum256([]byte(shown))
		limit, known := l.limit(reader)
		if !limit.Allow() {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "Too many requests", http.StatusTooManyRequests)
			return
		}
		answer := httpsnoop.CaptureMetrics(filtered, w, r)
		if answer.Code == http.StatusOK && !known && shown != "" {
			l.readers.Add(reader, newRequestLimit())
		}
	})
}

// limit returns the limit that holds for a reader, and whether it is its own.
func (l *reviewLimit) limit(reader [sha256.Size]byte) (*rate.Limiter, bool) {
	if own, known := l.readers.Get(reader); known {
		return own.(*rate.Limiter), true
	}
	return l.strangers, false
}
