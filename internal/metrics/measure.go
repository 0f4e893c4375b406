// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// Requested counts a request to Jira, of whatever purpose. code is the status of the answer.
func (m *Metrics) Requested(site, api, code string) {
	m.requests.WithLabelValues(site, api, code).Inc()
}

// Submitted counts a request that carried records of a kind, such as JiraDeployment.
func (m *Metrics) Submitted(site, kind string, records int, err error) {
	outcome := "ok"
	if err != nil {
		outcome = jira.KindOf(err).String()
	}
	m.submissions.WithLabelValues(site, kind, outcome).Inc()
	m.batches.WithLabelValues(site, kind).Observe(float64(records))
}

// Answered counts a record that Jira answered.
func (m *Metrics) Answered(site, kind, reason string) {
	m.answered.WithLabelValues(site, kind, reason).Inc()
}

// Delivered measures how long after a change of state Jira answered.
func (m *Metrics) Delivered(site, kind string, after time.Duration) {
	observe(m.latency.WithLabelValues(site, kind), after)
}

// UnknownIssueKeys counts issue keys that Jira does not know.
func (m *Metrics) UnknownIssueKeys(site string, keys int) {
	m.unknownKeys.WithLabelValues(site).Add(float64(keys))
}

// Pace says how many requests a minute are sent at most now.
func (m *Metrics) Pace(site string, perMinute float64) {
	m.pace.WithLabelValues(site).Set(perMinute)
}

// Limited counts time in which records waited for the pace.
func (m *Metrics) Limited(site string, waited time.Duration) {
	m.limited.WithLabelValues(site).Add(waited.Seconds())
}

// ReadBack counts a record that was read again.
func (m *Metrics) ReadBack(site, result string) {
	m.readBacks.WithLabelValues(site, result).Inc()
}

// Dropped counts records that are gone from the cluster, and that Jira is not told the end of.
func (m *Metrics) Dropped(site string, records int) {
	m.dropped.WithLabelValues(site).Add(float64(records))
}

// AuditFailed counts a try to write the audit file that failed.
func (m *Metrics) AuditFailed() { m.auditErrors.WithLabelValues().Inc() }

// AuditDropped counts a line of the audit file that is lost.
func (m *Metrics) AuditDropped() { m.auditDropped.WithLabelValues().Inc() }

// Skipped counts a rollout that got no record.
func (m *Metrics) Skipped(site, reason string) {
	m.skipped.WithLabelValues(site, reason).Inc()
}

// SkippedBuild counts a run that a site selects and that got no record.
func (m *Metrics) SkippedBuild(site, reason string) {
	m.unbuilt.WithLabelValues(site, reason).Inc()
}

// DroppedRuns counts runs that went away before they were recorded, and that no memory was left for.
func (m *Metrics) DroppedRuns(runs int) {
	m.vanished.WithLabelValues().Add(float64(runs))
}

// Unmapped counts a record whose environment has no type, when it is made or when the type is lost.
func (m *Metrics) Unmapped(site string) {
	m.unmapped.WithLabelValues(site).Inc()
}

// Truncated counts a record that is made with more keys than Jira takes.
func (m *Metrics) Truncated(site, kind string) {
	m.truncated.WithLabelValues(site, kind).Inc()
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

// DeploymentFinished counts a rollout that came to an end. took is how long it went on, and restored how long the workload
// had failed before it; negative where that is not known.
func (m *Metrics) DeploymentFinished(site, environmentType, state string, took, restored time.Duration) {
	m.deployments.WithLabelValues(site, environmentType, state).Inc()
	observe(m.durations.WithLabelValues(site, environmentType), took)
	observe(m.restores.WithLabelValues(site, environmentType), restored)
}

// BuildFinished counts a build that came to an end.
func (m *Metrics) BuildFinished(site, state string) {
	m.builds.WithLabelValues(site, state).Inc()
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
