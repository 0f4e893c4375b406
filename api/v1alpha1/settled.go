// SPDX-License-Identifier: Apache-2.0

package v1alpha1

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
