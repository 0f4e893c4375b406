package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
)

// Settled says whether Jira has given its last word on the record's current generation: it took it, or it
// refused it for good. What is not settled is pending.
func (d *JiraDeployment) Settled() bool {
	if d.Status.DeliveredGeneration >= d.Generation {
		return true
	}
	delivered := meta.FindStatusCondition(d.Status.Conditions, ConditionDelivered)
	return delivered != nil && delivered.ObservedGeneration >= d.Generation && Terminal(delivered.Reason)
}

// Unfinished says that the rollout is under way, or waits half-way: it is not known how it ends.
func (d *JiraDeployment) Unfinished() bool {
	return d.Spec.State == StatePending || d.Spec.State == StateInProgress
}

// Terminal says whether a reason of the Delivered condition is an answer that only a new spec can change.
func Terminal(reason string) bool {
	switch reason {
	case ReasonAccepted, ReasonRejected, ReasonUnknownIssueKeys, ReasonSuperseded:
		return true
	}
	return false
}
