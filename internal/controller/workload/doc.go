// SPDX-License-Identifier: Apache-2.0

// Package workload writes down what workloads roll out: one reconciler for each kind, one record for each revision and
// site. The rules are in internal/record; this package reads, asks, and writes.
//
//	workload, namespace  --cache-->  observe  --+
//	JiraSites            --cache-->  sites    --+-->  record.Site.Plan  -->  apply  -->  JiraDeployments, Events
//	JiraDeployments      --cache-->  records  --+      one plan a site
//	    those that were just created: API server
package workload
