// SPDX-License-Identifier: Apache-2.0

// Package project checks the files that every project has, and that no program of ours reads: SECURITY-INSIGHTS.yml, and
// the list of modules that Dependabot looks after.
package project
