// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// ExistingPolicy says what happens to what was rolled out before a site existed.
//
// +kubebuilder:validation:Enum=Report;Ignore
type ExistingPolicy string

// What can happen to what was rolled out before a site existed.
const (
	// ExistingReport tells Jira of it, as of something past.
	ExistingReport ExistingPolicy = "Report"

	// ExistingIgnore records it, and tells Jira nothing.
	ExistingIgnore ExistingPolicy = "Ignore"
)
