// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is Rollcall's API: what a person writes (JiraSite) and what Rollcall writes down
// before it tells Jira anything (JiraDeployment, JiraBuild).
//
// It holds types, their validation, and the well-known names. The rules that fill them live in
// internal/record and internal/outbox.
//
// +kubebuilder:object:generate=true
// +groupName=rollcall.dev
// +groupGoName=Rollcall
package v1alpha1
