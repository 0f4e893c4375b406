// Package metrics holds what Rollcall measures of itself, beside controller-runtime's own metrics. Labels
// name sites and reasons, never workloads or records: their number must not grow with the cluster.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Metrics are the metrics of one manager.
type Metrics struct {
	requests *prometheus.CounterVec
	records  *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	dropped  *prometheus.CounterVec
	skipped  *prometheus.CounterVec
	unmapped *prometheus.CounterVec
	refused  *prometheus.CounterVec
	slowed   *prometheus.CounterVec
	merged   *prometheus.CounterVec

	sourceRequests *prometheus.CounterVec
	sourceTime     *prometheus.HistogramVec
	sourceAnswers  *prometheus.GaugeVec
}

// New makes the metrics and registers them.
func New(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: counter("jira_requests_total", "Requests that carried records to Jira, by outcome: ok, or the kind of error.", "site", "outcome"),
		records:  counter("records_answered_total", "Records that Jira answered, by the reason of their Delivered condition.", "site", "reason"),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "rollcall", Name: "delivery_latency_seconds",
			Help:    "Time from the change of a rollout's state, which Kubernetes knows to the second, to Jira's answer.",
			Buckets: []float64{.5, 1, 2, 3, 5, 10, 30, 60, 300, 900, 3600, 86400},
		}, []string{"site"}),
		dropped:  counter("tombstones_dropped_total", "Records that were deleted with their namespaces and are not sent: the site is suspended or in a dry run, or there are too many.", "site"),
		skipped:  counter("rollouts_skipped_total", "Rollouts that got no record, by reason.", "site", "reason"),
		unmapped: counter("rollouts_unmapped_total", "Rollouts whose environment has no type.", "site"),
		refused:  counter("records_refused_total", "Writes of records that the API server refused, by reason.", "site", "reason"),
		slowed:   counter("records_throttled_total", "Writes of records that had to wait because there were too many, by the reason of their Event.", "site", "reason"),
		merged:   counter("records_merged_total", "Records that were superseded before Jira was told of them, and were deleted because there were too many.", "site"),

		sourceRequests: counter("source_requests_total", "Requests to Git servers and registries, by host (other: none that a site lists) and by outcome: the class of the status, such as 2xx, or error.", "host", "outcome"),
		sourceTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "rollcall", Name: "source_resolve_seconds",
			Help:    "Time from the question which commits a release ships to its answer, by the reason of the SourceResolved condition.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 180, 600},
		}, []string{"reason"}),
		// Without a label, and yet a vector: where nobody asks, it is not shown.
		sourceAnswers: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "rollcall", Name: "source_answers", Help: "Answers to that question that are kept in memory.",
		}, nil),
	}
	registry.MustRegister(m.requests, m.records, m.latency, m.dropped, m.skipped, m.unmapped, m.refused, m.slowed, m.merged,
		m.sourceRequests, m.sourceTime, m.sourceAnswers)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "rollcall", Name: name, Help: help}, labels)
}

// Requested counts a request that carried records.
func (m *Metrics) Requested(site string, err error) {
	outcome := "ok"
	if err != nil {
		outcome = jira.KindOf(err).String()
	}
	m.requests.WithLabelValues(site, outcome).Inc()
}

// Answered counts a record that Jira answered.
func (m *Metrics) Answered(site, reason string) {
	m.records.WithLabelValues(site, reason).Inc()
}

// Delivered measures how long after a change of state Jira answered. A change that is yet to come is none: somebody wrote
// a time in the future into a record.
func (m *Metrics) Delivered(site string, after time.Duration) {
	if after < 0 {
		return
	}
	m.latency.WithLabelValues(site).Observe(after.Seconds())
}

// Dropped counts records that are gone from the cluster, and that Jira is not told the end of.
func (m *Metrics) Dropped(site string, records int) {
	m.dropped.WithLabelValues(site).Add(float64(records))
}

// Skipped counts a rollout that got no record.
func (m *Metrics) Skipped(site, reason string) {
	m.skipped.WithLabelValues(site, reason).Inc()
}

// Unmapped counts a record whose environment has no type, when it is made or when the type is lost.
func (m *Metrics) Unmapped(site string) {
	m.unmapped.WithLabelValues(site).Inc()
}

// Refused counts a write of a record that the API server refused.
func (m *Metrics) Refused(site, reason string) {
	m.refused.WithLabelValues(site, reason).Inc()
}

// Throttled counts a write of a record that has to wait because there were too many.
func (m *Metrics) Throttled(site, reason string) {
	m.slowed.WithLabelValues(site, reason).Inc()
}

// Merged counts a record that was deleted before Jira was told of it.
func (m *Metrics) Merged(site string) {
	m.merged.WithLabelValues(site).Inc()
}

// SourceRequested counts a request to a Git server or a registry.
func (m *Metrics) SourceRequested(host, outcome string) {
	m.sourceRequests.WithLabelValues(host, outcome).Inc()
}

// SourceResolved measures how long it took to find out which commits a release ships, or why that is not known.
func (m *Metrics) SourceResolved(reason string, after time.Duration) {
	m.sourceTime.WithLabelValues(reason).Observe(after.Seconds())
}

// SourceAnswers says how many answers are kept.
func (m *Metrics) SourceAnswers(kept int) {
	m.sourceAnswers.WithLabelValues().Set(float64(kept))
}

// Forget drops what was measured of a site that is gone.
func (m *Metrics) Forget(site string) {
	labels := prometheus.Labels{"site": site}
	for _, vec := range []interface {
		DeletePartialMatch(prometheus.Labels) int
	}{m.requests, m.records, m.latency, m.dropped, m.skipped, m.unmapped, m.refused, m.slowed, m.merged} {
		vec.DeletePartialMatch(labels)
	}
}
