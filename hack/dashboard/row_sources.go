// SPDX-License-Identifier: Apache-2.0

package main

var sources = row{"Sources and builds", []panel{
	{
		kind: lines, title: "Builds", unit: "short", stacked: true,
		description: "Runs that build and finished, by their state.",
		queries:     []query{{`sum by (state) (increase(rollcall_builds_finished_total{SITE}[$__rate_interval]))`, "{{state}}"}},
	},
	{
		kind: lines, title: "Without a record", unit: "short", stacked: true,
		description: "Rollouts and runs that nothing is told of, by reason. NoIssueKey: nothing names an issue.",
		queries: []query{
			{`sum by (reason) (increase(rollcall_rollouts_skipped_total{SITE}[$__rate_interval]))`, "rollout {{reason}}"},
			{`sum by (reason) (increase(rollcall_builds_skipped_total{SITE}[$__rate_interval]))`, "build {{reason}}"},
		},
	},
	{
		kind: lines, title: "Without a type of environment", unit: "short",
		description: "Records of rollouts whose environment is neither development, testing, staging nor production.",
		queries:     []query{{`sum by (site) (increase(rollcall_rollouts_unmapped_total{SITE}[$__rate_interval]))`, "{{site}}"}},
	},
	{
		kind: lines, title: "Requests to Git servers and registries", unit: "reqps", stacked: true,
		description: "By host and class of status. error: there was no answer.",
		queries:     []query{{`sum by (host, outcome) (rate(rollcall_source_requests_total{INSTALL}[$__rate_interval]))`, "{{host}} {{outcome}}"}},
	},
	{
		kind: lines, title: "Time to find the commits of a release", unit: "s",
		description: "90 % are answered within this time, by the reason of the condition SourceResolved.",
		queries:     []query{{quantile(0.9, `rollcall_source_resolve_seconds_bucket{INSTALL}`, "reason, "), "{{reason}}"}},
	},
	{
		kind: lines, title: "Answers in memory", unit: "short",
		description: "Commits of releases that are known already.",
		queries:     []query{{`sum(rollcall_source_answers{INSTALL})`, "answers"}},
	},
}}
