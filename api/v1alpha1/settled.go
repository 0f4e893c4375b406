package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
)

// Settled says whether nothing more is to be sent for the record's current generation: Jira took it, or refused it
// for good, or took a newer record of the same deployment, or it is never to be told. What is not settled is pending.
func (d *JiraDeployment) Settled() bool {
	delivered := meta.FindStatusCondition(d.Status.Conditions, ConditionDelivered)
	if delivered != nil && delivered.ObservedGeneration >= d.Generation {
		return Terminal(delivered.Reason)
	}
	return d.Status.DeliveredGeneration >= d.Generation
}

// Resyncing says that Jira took the record as it is, and is to be told of it once more.
func (d *JiraDeployment) Resyncing() bool {
	return d.Status.DeliveredGeneration >= d.Generation && !d.Settled()
}

// Unfinished says that the rollout is under way, or waits half-way: it is not known how it ends.
func (d *JiraDeployment) Unfinished() bool {
	return d.Spec.State == StatePending || d.Spec.State == StateInProgress
}

// Terminal says whether a reason of the Delivered condition stands until the spec changes.
func Terminal(reason string) bool {
	switch reason {
	case ReasonAccepted, ReasonRejected, ReasonUnknownIssueKeys, ReasonSuperseded, ReasonForeign, ReasonExisting,
		ReasonPipelineNotAllowed, ReasonSequenceTooHigh, ReasonNoIssueKeys:
		return true
	}
	return false
}

// Refused says whether a reason of the Delivered condition stands until the site, the labels of the record's namespace or
// its spec change: the namespace may not say what the record says.
func Refused(reason string) bool {
	switch reason {
	case ReasonNotSelected, ReasonHandmadeNotAllowed, ReasonEnvironmentNotAllowed, ReasonProjectNotAllowed:
		return true
	}
	return false
}
