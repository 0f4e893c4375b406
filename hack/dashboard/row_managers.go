// SPDX-License-Identifier: Apache-2.0

package main

var managers = row{"Managers", []panel{
	{
		kind: lines, title: "Leader", unit: "short", stacked: true,
		description: "One manager leads. Without election there is no line.",
		queries:     []query{{`sum by (instance) (leader_election_master_status{INSTALL, name="rollcall.rollcall.dev"})`, "{{instance}}"}},
	},
	{
		kind: lines, title: "Memory", unit: "bytes",
		description: "Resident memory of each manager, and what its heap uses.",
		queries: []query{
			{`sum by (instance) (process_resident_memory_bytes{INSTALL})`, "{{instance}}"},
			{`sum by (instance) (go_memstats_heap_inuse_bytes{INSTALL})`, "{{instance}} heap"},
		},
	},
	{
		kind: lines, title: "CPU", unit: "percentunit",
		description: "Of one core.",
		queries:     []query{{`sum by (instance) (rate(process_cpu_seconds_total{INSTALL}[$__rate_interval]))`, "{{instance}}"}},
	},
	{
		kind: lines, title: "Queues", unit: "short",
		description: "Objects that wait for a controller. A queue that only grows is a controller that is stuck.",
		queries:     []query{{`sum by (name) (workqueue_depth{INSTALL})`, "{{name}}"}},
	},
	{
		kind: lines, title: "Reconciles", unit: "ops",
		description: "Passes of each controller, and those that ended with an error and are tried again.",
		queries: []query{
			{`sum by (controller) (rate(controller_runtime_reconcile_total{INSTALL}[$__rate_interval]))`, "{{controller}}"},
			{`sum by (controller) (rate(controller_runtime_reconcile_errors_total{INSTALL}[$__rate_interval]))`, "{{controller}} errors"},
		},
	},
	{
		kind: lines, title: "Requests to the API server", unit: "reqps", stacked: true,
		description: "By verb and status.",
		queries:     []query{{`sum by (method, code) (rate(rest_client_requests_total{INSTALL}[$__rate_interval]))`, "{{method}} {{code}}"}},
	},
}}
