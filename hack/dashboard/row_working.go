// SPDX-License-Identifier: Apache-2.0

package main

// readiness is what a site is.
var readiness = map[string]word{"0": {"Not ready", "red"}, "1": {"Ready", "green"}}

var working = row{"Is it working?", []panel{
	{
		kind: number, title: "Sites", unit: "none", words: readiness,
		description: "Whether each JiraSite is Ready. kubectl get jirasites says why one is not.",
		queries:     []query{{`min by (site) (rollcall_site_ready{SITE})`, "{{site}}"}},
	},
	{
		kind: number, title: "Oldest record that waits", unit: "s", bad: from(1800), none: "None waits",
		description: "The age of the oldest record that Jira has not taken. With dryRun and suspend all records wait.",
		queries:     []query{{`time() - min(rollcall_records_oldest_pending_timestamp_seconds{SITE} > 0)`, ""}},
	},
	{
		kind: number, title: "Last accepted", unit: "s", none: "Never",
		description: "How long ago each Jira took a record. That is long where nothing was rolled out.",
		queries:     []query{{`time() - max by (site) (rollcall_site_last_accepted_timestamp_seconds{SITE} > 0)`, "{{site}}"}},
	},
	{
		kind: number, title: "Last probe", unit: "s", bad: from(1800), none: "Never",
		description: "How long ago each site was probed: token, cloud id, permission. It is done every five minutes.",
		queries:     []query{{`time() - max by (site) (rollcall_site_last_probe_timestamp_seconds{SITE} > 0)`, "{{site}}"}},
	},
	{
		kind: number, title: "Read back, not the same", unit: "short", bad: from(1), none: "None",
		description: "Deployments that Jira took and, when they were read again, did not show, or showed in another state.",
		queries:     []query{{`sum(increase(rollcall_readbacks_total{SITE, result=~"older|newer|missing"}[$__range]))`, ""}},
	},
	{
		kind: number, title: "Version", unit: "none", named: true,
		description: "What runs. Two versions are an upgrade that is under way, or that is stuck.",
		queries:     []query{{`count by (version) (rollcall_build_info{INSTALL})`, "{{version}}"}},
	},
	{
		kind: lines, title: "Rollouts finished, and records accepted", unit: "short",
		description: "Rollouts with issue keys that finished, and records of rollouts that Jira took. Rollouts without accepted records are silence.",
		queries: []query{
			{`sum(increase(rollcall_deployments_finished_total{SITE}[$__rate_interval]))`, "finished"},
			{`sum(increase(rollcall_records_answered_total{SITE, kind="JiraDeployment", reason="Accepted"}[$__rate_interval]))`, "accepted"},
		},
	},
	{
		kind: lines, title: "Records that wait", unit: "short",
		description: "Records that Jira has not taken, and those that their namespaces may not send.",
		queries: []query{
			{`sum by (site, kind) (rollcall_records_pending{SITE})`, "{{site}} {{kind}}"},
			{`sum by (site, kind) (rollcall_records_withheld{SITE})`, "{{site}} {{kind}} withheld"},
		},
	},
	{
		kind: lines, title: "Read back", unit: "short", stacked: true,
		description: "Once an hour a deployment that Jira took is read again: same, older, newer, missing, or error where Jira could not be asked.",
		queries:     []query{{`sum by (result) (increase(rollcall_readbacks_total{SITE}[$__rate_interval]))`, "{{result}}"}},
	},
}}
