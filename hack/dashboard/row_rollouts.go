// SPDX-License-Identifier: Apache-2.0

package main

// production are the deployments that the DORA numbers are about.
const production = `{SITE, environment_type="production"`

var rollouts = row{"Rollouts (DORA)", []panel{
	{
		kind: number, title: "Deployments a day to production", unit: "short", none: "None",
		description: "Successful deployments in the time shown, by its days.",
		queries:     []query{{`sum(increase(rollcall_deployments_finished_total` + production + `, state="successful"}[$__range])) / ($__range_s / 86400)`, ""}},
	},
	{
		kind: number, title: "Change failures in production", unit: "percentunit", bad: from(0.15), none: "None",
		description: "Deployments that failed, or were rolled back after they had succeeded, by all that succeeded or failed.",
		queries: []query{{`sum(increase(rollcall_deployments_finished_total` + production + `, state=~"failed|rolled_back"}[$__range])) / ` +
			`sum(increase(rollcall_deployments_finished_total` + production + `, state=~"successful|failed"}[$__range]))`, ""}},
	},
	{
		kind: number, title: "Time to restore production", unit: "s", none: "None",
		description: "The mean time from a failure to the next success, of the time shown.",
		queries: []query{{`sum(increase(rollcall_deployment_restore_seconds_sum` + production + `}[$__range])) / ` +
			`sum(increase(rollcall_deployment_restore_seconds_count` + production + `}[$__range]))`, ""}},
	},
	{
		kind: number, title: "Duration in production", unit: "s", none: "None",
		description: "The mean time from the start of a rollout to its end, of the time shown.",
		queries: []query{{`sum(increase(rollcall_deployment_duration_seconds_sum` + production + `}[$__range])) / ` +
			`sum(increase(rollcall_deployment_duration_seconds_count` + production + `}[$__range]))`, ""}},
	},
	{
		kind: lines, title: "Deployments", unit: "short", stacked: true,
		description: "Rollouts that finished, by the type of their environment and their state.",
		queries: []query{{`sum by (environment_type, state) (increase(rollcall_deployments_finished_total{SITE}[$__rate_interval])) > 0`,
			"{{environment_type}} {{state}}"}},
	},
	{
		kind: lines, title: "Duration of a rollout", unit: "s",
		description: "The median time from the start of a rollout to its end, by the type of its environment.",
		queries:     []query{{quantile(0.5, `rollcall_deployment_duration_seconds_bucket{SITE}`, "environment_type, "), "{{environment_type}}"}},
	},
	{
		kind: lines, title: "Time to restore", unit: "s",
		description: "The median time from a failure to the next success, by the type of its environment.",
		queries:     []query{{quantile(0.5, `rollcall_deployment_restore_seconds_bucket{SITE}`, "environment_type, "), "{{environment_type}}"}},
	},
}}
