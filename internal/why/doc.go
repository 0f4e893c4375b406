// SPDX-License-Identifier: Apache-2.0

// Package why answers why an issue is in Jira, or is not. It is pure: what was read of a cluster goes in, and an Answer comes
// out, which is data.
//
//	records with the key    --what Jira said-->             findings
//	workloads whose texts nearly hold it  --explain-->      findings    --by rank-->  Answer: one sentence, one command
//	runs that build, Events, sites, the manager -->         findings
//
// The name of a finding is a reason of api/v1alpha1, a rule of internal/record or internal/issuekey, or one of reasons.go.
package why
