// SPDX-License-Identifier: Apache-2.0

package metrics

import "github.com/rollcall-dev/rollcall/api/v1alpha1"

// What the counters of a site that begin with zero are counted by.
var (
	environmentTypes = []v1alpha1.EnvironmentType{
		v1alpha1.EnvironmentUnmapped, v1alpha1.EnvironmentDevelopment, v1alpha1.EnvironmentTesting, v1alpha1.EnvironmentStaging, v1alpha1.EnvironmentProduction,
	}
	endStates = []v1alpha1.DeploymentState{
		v1alpha1.StateSuccessful, v1alpha1.StateFailed, v1alpha1.StateCancelled, v1alpha1.StateRolledBack,
	}
	answers         = []string{v1alpha1.ReasonAccepted, v1alpha1.ReasonRejected, v1alpha1.ReasonUnknownIssueKeys}
	readBackResults = []string{"same", "older", "newer", "missing", "error"}
)

// Begin shows the counters of a site that alerts and rates are made of as zero, where they have not counted yet. Prometheus
// knows how far a counter rose from one sample to the next: a counter that appears as 1, with the first failure of a month, did
// not rise.
func (m *Metrics) Begin(site string) {
	for _, environmentType := range environmentTypes {
		for _, state := range endStates {
			m.deployments.WithLabelValues(site, string(environmentType), string(state))
		}
	}
	for _, kind := range []string{"JiraDeployment", "JiraBuild"} {
		for _, reason := range answers {
			m.answered.WithLabelValues(site, kind, reason)
		}
	}
	for _, result := range readBackResults {
		m.readBacks.WithLabelValues(site, result)
	}
	m.unknownKeys.WithLabelValues(site)
	m.unmapped.WithLabelValues(site)
	m.limited.WithLabelValues(site)
}
