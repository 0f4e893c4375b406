// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// scrape returns what Prometheus sees: a value for each metric and its labels; of a histogram, how many
// values there are, and their sum.
func scrape(t *testing.T, registry prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatalf("Gather() error = %v", err)
	}
	seen := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName() + labelsOf(m)
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				seen[name] = m.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				seen[name] = m.GetGauge().GetValue()
			case dto.MetricType_HISTOGRAM:
				seen[name+" count"] = float64(m.GetHistogram().GetSampleCount())
				seen[name+" sum"] = m.GetHistogram().GetSampleSum()
			default:
				t.Errorf("%s is a %s, which this test does not know", name, family.GetType())
			}
		}
	}
	return seen
}

func labelsOf(m *dto.Metric) string {
	var pairs []string
	for _, label := range m.GetLabel() {
		pairs = append(pairs, fmt.Sprintf("%s=%s", label.GetName(), label.GetValue()))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func TestMetrics(t *testing.T) {
	tests := map[string]struct {
		measure func(*Metrics)
		want    map[string]float64
	}{
		"nothing is measured: nothing is shown": {
			measure: func(*Metrics) {},
			want:    map[string]float64{},
		},
		"requests, by outcome": {
			measure: func(m *Metrics) {
				m.Submitted("acme", "JiraDeployment", 3, nil)
				m.Submitted("acme", "JiraDeployment", 3, nil)
				m.Submitted("acme", "JiraDeployment", 3, fmt.Errorf("submit records: %w", &jira.Error{Kind: jira.Throttled}))
				m.Submitted("globex", "JiraDeployment", 3, &jira.Error{Kind: jira.Invalid})
				m.Submitted("globex", "JiraDeployment", 3, errors.New("boom"))
			},
			want: map[string]float64{
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=ok,site=acme}":        2,
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=Throttled,site=acme}": 1,
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=Invalid,site=globex}": 1,
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=Unknown,site=globex}": 1,
				"rollcall_batch_records{kind=JiraDeployment,site=acme} count":                      3,
				"rollcall_batch_records{kind=JiraDeployment,site=acme} sum":                        9,
				"rollcall_batch_records{kind=JiraDeployment,site=globex} count":                    2,
				"rollcall_batch_records{kind=JiraDeployment,site=globex} sum":                      6,
			},
		},
		"answers, by reason": {
			measure: func(m *Metrics) {
				m.Answered("acme", "JiraDeployment", "Accepted")
				m.Answered("acme", "JiraDeployment", "Accepted")
				m.Answered("acme", "JiraDeployment", "Rejected")
			},
			want: map[string]float64{
				"rollcall_records_answered_total{kind=JiraDeployment,reason=Accepted,site=acme}": 2,
				"rollcall_records_answered_total{kind=JiraDeployment,reason=Rejected,site=acme}": 1,
			},
		},
		"the time that a delivery took": {
			measure: func(m *Metrics) {
				m.Delivered("acme", "JiraDeployment", 1500*time.Millisecond)
				m.Delivered("acme", "JiraDeployment", time.Minute)
			},
			want: map[string]float64{
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=acme} count": 2,
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=acme} sum":   61.5,
			},
		},
		"a time that is yet to come is no time that a delivery took": {
			measure: func(m *Metrics) {
				m.Delivered("acme", "JiraDeployment", time.Second)
				m.Delivered("acme", "JiraDeployment", -24*365*time.Hour)
			},
			want: map[string]float64{
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=acme} count": 1,
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=acme} sum":   1,
			},
		},
		"records that are gone and not sent": {
			measure: func(m *Metrics) {
				m.DeploymentFinished("acme", "production", "rolled_back", -1, -1)
				m.DeploymentFinished("acme", "production", "successful", 30*time.Second, -1)
			},
			want: map[string]float64{
				"rollcall_deployments_finished_total{environment_type=production,site=acme,state=rolled_back}": 1,
				"rollcall_deployments_finished_total{environment_type=production,site=acme,state=successful}":  1,
				"rollcall_deployment_duration_seconds{environment_type=production,site=acme} count":            1,
				"rollcall_deployment_duration_seconds{environment_type=production,site=acme} sum":              30,
				"rollcall_deployment_restore_seconds{environment_type=production,site=acme} count":             0,
				"rollcall_deployment_restore_seconds{environment_type=production,site=acme} sum":               0,
			},
		},
		"records that are gone and are not sent": {
			measure: func(m *Metrics) {
				m.Dropped("acme", 2)
				m.Dropped("acme", 1)
			},
			want: map[string]float64{"rollcall_tombstones_dropped_total{site=acme}": 3},
		},
		"rollouts without a record or without a type": {
			measure: func(m *Metrics) {
				m.Skipped("acme", "NoIssueKey")
				m.Skipped("acme", "NoIssueKey")
				m.Unmapped("acme")
				m.Refused("acme", "Forbidden")
				m.Throttled("acme", "ReleasesThrottled")
				m.Merged("acme")
			},
			want: map[string]float64{
				"rollcall_records_merged_total{site=acme}":                             1,
				"rollcall_records_throttled_total{reason=ReleasesThrottled,site=acme}": 1,
				"rollcall_rollouts_skipped_total{reason=NoIssueKey,site=acme}":         2,
				"rollcall_rollouts_unmapped_total{site=acme}":                          1,
				"rollcall_records_refused_total{reason=Forbidden,site=acme}":           1,
			},
		},
		"requests and answers of each kind, by themselves": {
			measure: func(m *Metrics) {
				m.Submitted("acme", "JiraDeployment", 3, nil)
				m.Submitted("acme", "JiraBuild", 3, &jira.Error{Kind: jira.Forbidden})
				m.Answered("acme", "JiraBuild", "Accepted")
				m.Delivered("acme", "JiraBuild", time.Second)
			},
			want: map[string]float64{
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=ok,site=acme}":   1,
				"rollcall_jira_submissions_total{kind=JiraBuild,outcome=Forbidden,site=acme}": 1,
				"rollcall_batch_records{kind=JiraDeployment,site=acme} count":                 1,
				"rollcall_batch_records{kind=JiraDeployment,site=acme} sum":                   3,
				"rollcall_batch_records{kind=JiraBuild,site=acme} count":                      1,
				"rollcall_batch_records{kind=JiraBuild,site=acme} sum":                        3,
				"rollcall_records_answered_total{kind=JiraBuild,reason=Accepted,site=acme}":   1,
				"rollcall_delivery_latency_seconds{kind=JiraBuild,site=acme} count":           1,
				"rollcall_delivery_latency_seconds{kind=JiraBuild,site=acme} sum":             1,
			},
		},
		"runs without a record, and those that were lost": {
			measure: func(m *Metrics) {
				m.SkippedBuild("acme", "NoIssueKey")
				m.SkippedBuild("acme", "NotUnderstood")
				m.SkippedBuild("acme", "NoIssueKey")
				m.DroppedRuns(2)
				m.DroppedRuns(1)
			},
			want: map[string]float64{
				"rollcall_builds_skipped_total{reason=NoIssueKey,site=acme}":    2,
				"rollcall_builds_skipped_total{reason=NotUnderstood,site=acme}": 1,
				"rollcall_runs_dropped_total{}":                                 3,
			},
		},
		"sources: requests by host, time by reason, and what is kept": {
			measure: func(m *Metrics) {
				m.SourceRequested("github.com", "2xx")
				m.SourceRequested("github.com", "2xx")
				m.SourceRequested("other", "error")
				m.SourceResolved("Resolved", 1500*time.Millisecond)
				m.SourceResolved("Unreachable", time.Minute)
				m.SourceAnswers(7)
				m.SourceAnswers(2)
			},
			want: map[string]float64{
				"rollcall_source_requests_total{host=github.com,outcome=2xx}": 2,
				"rollcall_source_requests_total{host=other,outcome=error}":    1,
				"rollcall_source_resolve_seconds{reason=Resolved} count":      1,
				"rollcall_source_resolve_seconds{reason=Resolved} sum":        1.5,
				"rollcall_source_resolve_seconds{reason=Unreachable} count":   1,
				"rollcall_source_resolve_seconds{reason=Unreachable} sum":     60,
				"rollcall_source_answers{}":                                   2,
			},
		},
		"a site that is gone takes all of its metrics along, and no other's": {
			measure: func(m *Metrics) {
				for _, site := range []string{"acme", "globex"} {
					m.Submitted(site, "JiraDeployment", 3, nil)
					m.Submitted(site, "JiraDeployment", 3, &jira.Error{Kind: jira.Throttled})
					m.Answered(site, "JiraDeployment", "Accepted")
					m.Delivered(site, "JiraDeployment", time.Second)
					m.Dropped(site, 1)
					m.Skipped(site, "NoIssueKey")
					m.SkippedBuild(site, "NoIssueKey")
					m.Unmapped(site)
					m.Refused(site, "Forbidden")
					m.Throttled(site, "ReleasesThrottled")
					m.Merged(site)
					m.Requested(site, "token", "200")
					m.UnknownIssueKeys(site, 2)
					m.Truncated(site, "JiraBuild")
					m.Pace(site, 12.5)
					m.Limited(site, 1500*time.Millisecond)
					m.ReadBack(site, "missing")
					m.DeploymentFinished(site, "production", "failed", time.Minute, time.Hour)
					m.BuildFinished(site, "successful")
				}
				m.Forget("acme")
			},
			want: map[string]float64{
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=ok,site=globex}":               1,
				"rollcall_jira_submissions_total{kind=JiraDeployment,outcome=Throttled,site=globex}":        1,
				"rollcall_batch_records{kind=JiraDeployment,site=globex} count":                             2,
				"rollcall_batch_records{kind=JiraDeployment,site=globex} sum":                               6,
				"rollcall_jira_requests_total{api=token,code=200,site=globex}":                              1,
				"rollcall_issue_keys_unknown_total{site=globex}":                                            2,
				"rollcall_issue_keys_truncated_total{kind=JiraBuild,site=globex}":                           1,
				"rollcall_pace_requests_per_minute{site=globex}":                                            12.5,
				"rollcall_limited_seconds_total{site=globex}":                                               1.5,
				"rollcall_readbacks_total{result=missing,site=globex}":                                      1,
				"rollcall_deployments_finished_total{environment_type=production,site=globex,state=failed}": 1,
				"rollcall_deployment_duration_seconds{environment_type=production,site=globex} count":       1,
				"rollcall_deployment_duration_seconds{environment_type=production,site=globex} sum":         60,
				"rollcall_deployment_restore_seconds{environment_type=production,site=globex} count":        1,
				"rollcall_deployment_restore_seconds{environment_type=production,site=globex} sum":          3600,
				"rollcall_builds_finished_total{site=globex,state=successful}":                              1,
				"rollcall_records_answered_total{kind=JiraDeployment,reason=Accepted,site=globex}":          1,
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=globex} count":                  1,
				"rollcall_delivery_latency_seconds{kind=JiraDeployment,site=globex} sum":                    1,
				"rollcall_tombstones_dropped_total{site=globex}":                                            1,
				"rollcall_rollouts_skipped_total{reason=NoIssueKey,site=globex}":                            1,
				"rollcall_builds_skipped_total{reason=NoIssueKey,site=globex}":                              1,
				"rollcall_rollouts_unmapped_total{site=globex}":                                             1,
				"rollcall_records_refused_total{reason=Forbidden,site=globex}":                              1,
				"rollcall_records_merged_total{site=globex}":                                                1,
				"rollcall_records_throttled_total{reason=ReleasesThrottled,site=globex}":                    1,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewPedanticRegistry()
			tt.measure(New(registry))
			if diff := cmp.Diff(tt.want, scrape(t, registry)); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
		})
	}
}
