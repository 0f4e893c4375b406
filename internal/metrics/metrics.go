// SPDX-License-Identifier: Apache-2.0

// Package metrics holds what Rollcall measures of itself, beside controller-runtime's own metrics. Labels
// name sites and reasons, never workloads or records: their number must not grow with the cluster.
//
//	Metrics     what is counted as it happens
//	Collector   what is, read from the cache at a scrape
//	Families    the table of both, of which docs/metrics.md is made
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what is counted as it happens, in one manager.
type Metrics struct {
	families []Family
	vectors  []vector

	deliveries
	intake
	delivered
	sources
}

// deliveries are about what goes to Jira.
type deliveries struct {
	requests    *prometheus.CounterVec
	submissions *prometheus.CounterVec
	batches     *prometheus.HistogramVec
	answered    *prometheus.CounterVec
	latency     *prometheus.HistogramVec
	unknownKeys *prometheus.CounterVec
	pace        *prometheus.GaugeVec
	limited     *prometheus.CounterVec
	readBacks   *prometheus.CounterVec
	dropped     *prometheus.CounterVec

	auditErrors  *prometheus.CounterVec
	auditDropped *prometheus.CounterVec
}

// intake is about what becomes a record, and what does not.
type intake struct {
	skipped   *prometheus.CounterVec
	unbuilt   *prometheus.CounterVec
	vanished  *prometheus.CounterVec
	unmapped  *prometheus.CounterVec
	truncated *prometheus.CounterVec
	refused   *prometheus.CounterVec
	slowed    *prometheus.CounterVec
	merged    *prometheus.CounterVec
}

// delivered are the four measures of DORA, as far as a cluster knows them.
type delivered struct {
	deployments *prometheus.CounterVec
	durations   *prometheus.HistogramVec
	restores    *prometheus.HistogramVec
	builds      *prometheus.CounterVec
}

// sources are about which commits a release ships.
type sources struct {
	sourceRequests *prometheus.CounterVec
	sourceTime     *prometheus.HistogramVec
	sourceAnswers  *prometheus.GaugeVec
}

// New makes the metrics and registers them.
func New(registry prometheus.Registerer) *Metrics {
	m := &Metrics{}
	m.deliveries = m.newDeliveries()
	m.intake = m.newIntake()
	m.delivered = m.newDelivered()
	m.sources = m.newSources()
	for _, v := range m.vectors {
		registry.MustRegister(v)
	}
	return m
}

// long are the buckets of what may take a moment or a day, in seconds.
var long = []float64{.5, 1, 2, 3, 5, 10, 30, 60, 300, 900, 3600, 86400}

func (m *Metrics) newDeliveries() deliveries {
	return deliveries{
		requests: m.counter("jira_requests_total",
			"Requests to Jira, each try. api is token, cloudid, deployments or builds; code is the status of the answer, or error where there was none.", "site", "api", "code"),
		submissions: m.counter("jira_submissions_total",
			"Submissions of records to Jira. outcome is ok, or the kind of the error: Unauthorized, ScopeMissing, Forbidden, AddressNotAllowed, Blocked (by a proxy or a firewall), NotFound, Invalid, TooLarge, Throttled, Redirected or Unavailable.", "site", "kind", "outcome"),
		batches: m.histogram("batch_records",
			"Records in a submission.", []float64{1, 2, 5, 10, 20, 50, 100}, "site", "kind"),
		answered: m.counter("records_answered_total",
			"Records that need no further request. reason is that of their Delivered condition: Accepted, Rejected, UnknownIssueKeys, Superseded, Foreign, Existing, NoIssueKeys, PipelineNotAllowed or SequenceTooHigh.", "site", "kind", "reason"),
		latency: m.histogram("delivery_latency_seconds",
			"Time from the change of a rollout's, or a build's, state, which Kubernetes knows to the second, to Jira's answer. Corrections of keys and names do not count, nor does a lastUpdated in the future.", long, "site", "kind"),
		unknownKeys: m.counter("issue_keys_unknown_total",
			"Issue keys of records that Jira does not know.", "site"),
		pace: m.gauge("pace_requests_per_minute",
			"The pace of requests that is held at present. It is below spec.requestsPerMinute after Jira said that there are too many.", "site"),
		limited: m.counter("limited_seconds_total",
			"Time in which records waited because of the pace of requests.", "site"),
		readBacks: m.counter("readbacks_total",
			"Records that Jira had taken and that were read again. result is same, older (Jira shows an earlier state), newer (somebody else wrote a later one), missing, or error where it could not be read.", "site", "result"),
		dropped: m.counter("tombstones_dropped_total",
			"Records that were deleted with their namespaces and are not sent: the site is suspended or in a dry run, or there are too many.", "site"),
		auditErrors: m.counter("audit_write_errors_total",
			"Tries to write the audit file that failed."),
		auditDropped: m.counter("audit_lines_dropped_total",
			"Lines of the audit file that are lost: 4 MiB could not be written."),
	}
}

func (m *Metrics) newIntake() intake {
	return intake{
		skipped: m.counter("rollouts_skipped_total",
			"Rollouts that got no record. reason is NoIssueKey, RevisionRegressed, MadePerRevision or NotUnderstood. Each is counted once by a manager.", "site", "reason"),
		unbuilt: m.counter("builds_skipped_total",
			"Runs that a site selects and that got no record. reason is NoIssueKey or NotUnderstood. Each is counted once by a manager.", "site", "reason"),
		vanished: m.counter("runs_dropped_total",
			"Runs that went away and were not recorded: more than 20,000 of a kind, or 64 MiB, waited."),
		unmapped: m.counter("rollouts_unmapped_total",
			"Records whose environment has no type, when they are made or when the type is lost.", "site"),
		truncated: m.counter("issue_keys_truncated_total",
			"Records that have more issue keys and services than Jira takes, when they are made.", "site", "kind"),
		refused: m.counter("records_refused_total",
			"Writes of records that the API server refused, each try. reason is its own: Forbidden (a quota, most policies, a missing permission), Invalid, BadRequest, RequestEntityTooLarge or AlreadyExists; or Crowded, where 10,000 records of the namespace wait.", "site", "reason"),
		slowed: m.counter("records_throttled_total",
			"Writes of records that had to wait because there were too many. reason is that of their Event: ReleasesThrottled or CorrectionsThrottled.", "site", "reason"),
		merged: m.counter("records_merged_total",
			"Records that were superseded before Jira was told of them, and were deleted because there were too many.", "site"),
	}
}

func (m *Metrics) newDelivered() delivered {
	return delivered{
		deployments: m.counter("deployments_finished_total",
			"Rollouts with a record that came to an end. state is successful, failed, cancelled or rolled_back; one that is rolled back after it succeeded counts under both.", "site", "environment_type", "state"),
		durations: m.histogram("deployment_duration_seconds",
			"Time from the beginning of a rollout to its success or failure.", []float64{5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400}, "site", "environment_type"),
		restores: m.histogram("deployment_restore_seconds",
			"Time from the failure of a rollout, or from when a release began to be rolled back, to the next success of the same workload.", []float64{60, 300, 900, 1800, 3600, 14400, 43200, 86400, 604800}, "site", "environment_type"),
		builds: m.counter("builds_finished_total",
			"Builds with a record that came to an end. state is successful, failed, cancelled or unknown.", "site", "state"),
	}
}

func (m *Metrics) newSources() sources {
	return sources{
		sourceRequests: m.counter("source_requests_total",
			"Requests to Git servers and registries. host is other where no site lists it, such as where a registry keeps its blobs; outcome is the class of the status, such as 2xx, or error.", "host", "outcome"),
		sourceTime: m.histogram("source_resolve_seconds",
			"Time from the question which commits a release ships to its answer. reason is that of the SourceResolved condition.",
			[]float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 180, 600}, "reason"),
		// Without a label, and yet a vector: where nobody asks, it is not shown.
		sourceAnswers: m.gauge("source_answers",
			"Answers to that question that are kept in memory."),
	}
}

// Forget drops what was measured of a site that is gone.
func (m *Metrics) Forget(site string) {
	for _, v := range m.vectors {
		v.DeletePartialMatch(prometheus.Labels{"site": site})
	}
}

// observe measures a time, unless it is negative: somebody wrote a time in the future into a record.
func observe(to prometheus.Observer, took time.Duration) {
	if took >= 0 {
		to.Observe(took.Seconds())
	}
}
