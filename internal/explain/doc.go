// SPDX-License-Identifier: Apache-2.0

// Package explain says what the release of a workload is, what Jira is told of it, and why, as data: whoever prints it chooses
// the form.
//
//	Snapshot --workload.Observer--> observation --record.Site--> Plan, Texts, environment --words--> Explanation
//
// It asks the functions that the manager asks, and has no rule of its own. Each rule has its sentence in words.go.
package explain
