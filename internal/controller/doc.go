// Package controller holds the three controllers. Each is a thin shell: it gets what a pure package needs,
// asks it, and writes once what it says.
//
//	workloads, namespaces, JiraSites --> workload controller --(record.Plan)--> JiraDeployments
//	JiraSites, their Secrets         --> site controller     --(jira.Probe)---> Connections, Ready
//	JiraDeployments, Connections     --> delivery controller --(outbox)-------> Jira, Delivered
//
// The delivery controller's queue key is the site: while a pass is under way new records collapse into the
// next one, so that an idle site sends at once and a busy one in bulk.
package controller
