// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// pipelineOf is the id that Jira is to know a workload by.
func pipelineOf(w Workload) string {
	return strings.Join([]string{clusterName, w.Namespace, w.Kind, w.Name}, "/")
}

// byPipeline sorts what Jira shows by pipeline, and by the second in which the workload was created.
func byPipeline(deployments []jiratest.StoredDeployment) map[string]map[int64][]oracle.Shown {
	all := map[string]map[int64][]oracle.Shown{}
	for _, d := range deployments {
		if all[d.Pipeline.ID] == nil {
			all[d.Pipeline.ID] = map[int64][]oracle.Shown{}
		}
		created, revision := d.DeploymentSequenceNumber/perSecond, d.DeploymentSequenceNumber%perSecond
		all[d.Pipeline.ID][created] = append(all[d.Pipeline.ID][created], oracle.Shown{
			Revision: revision, State: d.State, Keys: keysOf(d.Deployment), Environment: d.Environment.ID + " " + d.Environment.Type,
		})
	}
	return all
}

func keysOf(d jira.Deployment) []string {
	var keys []string
	for _, group := range d.Associations {
		keys = append(keys, group.Values...)
	}
	return keys
}

// updatesIn returns the updates of deployments that requests carried, in their order.
func updatesIn(requests []jiratest.Request) []Update {
	var updates []Update
	for _, request := range requests {
		for _, d := range request.Deployments {
			updates = append(updates, Update{Key: d.Key(), Number: d.UpdateSequenceNumber})
		}
	}
	return updates
}
