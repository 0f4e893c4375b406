// SPDX-License-Identifier: Apache-2.0

package main

var delivery = row{"Delivery", []panel{
	{
		kind: lines, title: "From a change of state to Jira's answer", unit: "s",
		description: "Kubernetes knows the change to the second.",
		queries:     quantiles(`rollcall_delivery_latency_seconds_bucket{SITE}`, "", 50, 90, 99),
	},
	{
		kind: lines, title: "Records answered", unit: "ops", stacked: true,
		description: "Records that need no further request, by the reason of their condition Delivered.",
		queries:     []query{{`sum by (reason) (rate(rollcall_records_answered_total{SITE}[$__rate_interval]))`, "{{reason}}"}},
	},
	{
		kind: lines, title: "Requests to Jira", unit: "reqps", stacked: true,
		description: "Every request, also for tokens and probes, by API and status. error: there was no answer.",
		queries:     []query{{`sum by (api, code) (rate(rollcall_jira_requests_total{SITE}[$__rate_interval]))`, "{{api}} {{code}}"}},
	},
	{
		kind: lines, title: "Deliveries", unit: "reqps", stacked: true,
		description: "Requests that carried records, by outcome: ok, or the kind of error.",
		queries:     []query{{`sum by (outcome) (rate(rollcall_jira_submissions_total{SITE}[$__rate_interval]))`, "{{outcome}}"}},
	},
	{
		kind: lines, title: "Records in a request", unit: "short",
		description: "A burst goes out in batches.",
		queries:     quantiles(`rollcall_batch_records_bucket{SITE}`, "", 50, 99),
	},
	{
		kind: lines, title: "Pace", unit: "rpm",
		description: "Requests a minute that the sender allows itself. It halves when Jira says 429, and grows with what Jira takes.",
		queries:     []query{{`min by (site) (rollcall_pace_requests_per_minute{SITE})`, "{{site}}"}},
	},
	{
		kind: lines, title: "Time limited", unit: "percentunit",
		description: "The part of the time in which records waited for the limit of requests.",
		queries:     []query{{`sum by (site) (rate(rollcall_limited_seconds_total{SITE}[$__rate_interval]))`, "{{site}}"}},
	},
	{
		kind: lines, title: "Issue keys", unit: "short",
		description: "Keys that Jira does not know, and records of which only the first 500 keys were sent.",
		queries: []query{
			{`sum by (site) (increase(rollcall_issue_keys_unknown_total{SITE}[$__rate_interval]))`, "{{site}} unknown"},
			{`sum by (site) (increase(rollcall_issue_keys_truncated_total{SITE}[$__rate_interval]))`, "{{site}} truncated"},
		},
	},
	{
		kind: lines, title: "Records refused or slowed", unit: "short",
		description: "Writes of records that the API server refused, or that had to wait because there were too many.",
		queries: []query{
			{`sum by (reason) (increase(rollcall_records_refused_total{SITE}[$__rate_interval]))`, "refused {{reason}}"},
			{`sum by (reason) (increase(rollcall_records_throttled_total{SITE}[$__rate_interval]))`, "slowed {{reason}}"},
		},
	},
}}
