// SPDX-License-Identifier: Apache-2.0

// Package controller puts the controllers together. Each is a thin shell: it gets what a pure package needs, asks it, and
// writes once what it says.
//
//	workloads, namespaces, JiraSites --> controller/workload --(record.Plan)--> JiraDeployments
//	JiraSites, Secrets, JiraDeployments --> controller/site --(outbox.Queue)--> Jira; the status of sites and records
package controller
