// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"net/http"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	schemaVersion   = "1.0"
	deploymentsNoun = "Deployments"
	deploymentsPath = "/jira/deployments/0.1/cloud/{cloudId}"
	deploymentPath  = deploymentsPath + "/pipelines/{pipelineId}/environments/{environmentId}/deployments/{number}"
)

// deployment is one item of a bulk request, and what is stored of it. Pointers tell absent from empty.
type deployment struct {
	DeploymentSequenceNumber *int64        `json:"deploymentSequenceNumber"`
	UpdateSequenceNumber     *int64        `json:"updateSequenceNumber"`
	DisplayName              *string       `json:"displayName"`
	URL                      *string       `json:"url"`
	Description              *string       `json:"description"`
	LastUpdated              *string       `json:"lastUpdated"`
	Label                    *string       `json:"label,omitempty"`
	Duration                 *int64        `json:"duration,omitempty"`
	State                    *string       `json:"state"`
	Pipeline                 *pipeline     `json:"pipeline"`
	Environment              *environment  `json:"environment"`
	IssueKeys                []string      `json:"issueKeys,omitempty"`
	Associations             []association `json:"associations,omitempty"`
	Commands                 []command     `json:"commands,omitempty"`
	SchemaVersion            *string       `json:"schemaVersion"`
}

type pipeline struct {
	ID          *string `json:"id"`
	DisplayName *string `json:"displayName"`
	URL         *string `json:"url"`
}

type environment struct {
	ID          *string `json:"id"`
	DisplayName *string `json:"displayName"`
	Type        *string `json:"type"`
}

type command struct {
	Command string `json:"command"`
}

func deploymentFamily() *family[jira.DeploymentKey] {
	return &family[jira.DeploymentKey]{
		noun:  deploymentsNoun,
		items: func(s submission) []json.RawMessage { return s.Deployments },
		key:   deploymentKey,
		check: checkDeployment,
		store: newStore[jira.DeploymentKey](),
	}
}

func deploymentKey(r *http.Request) (jira.DeploymentKey, error) {
	n, err := pathNumber(r, "number")
	return jira.DeploymentKey{
		PipelineID:               r.PathValue("pipelineId"),
		EnvironmentID:            r.PathValue("environmentId"),
		DeploymentSequenceNumber: n,
	}, err
}

func checkDeployment(known catalog, raw json.RawMessage) checked[jira.DeploymentKey] {
	var d deployment
	var p problems
	p.decoded(json.Unmarshal(raw, &d))
	if d.Pipeline == nil {
		p.add("pipeline is required")
		d.Pipeline = &pipeline{}
	}
	if d.Environment == nil {
		p.add("environment is required")
		d.Environment = &environment{}
	}
	if len(p) == 0 {
		d.check(&p)
		checkAssociations(&p, d.IssueKeys, d.Associations)
	}
	v := checked[jira.DeploymentKey]{
		key:      jira.DeploymentKey{PipelineID: or(d.Pipeline.ID), EnvironmentID: or(d.Environment.ID), DeploymentSequenceNumber: or(d.DeploymentSequenceNumber)},
		sequence: or(d.UpdateSequenceNumber), state: or(d.State), problems: p,
	}
	if len(p) == 0 {
		d.resolve(known, &v)
	}
	return v
}

// or reads a value that may be absent.
func or[T any](v *T) (zero T) {
	if v == nil {
		return zero
	}
	return *v
}

func (d *deployment) check(p *problems) {
	p.numbers(map[string]*int64{
		"deploymentSequenceNumber": d.DeploymentSequenceNumber,
		"updateSequenceNumber":     d.UpdateSequenceNumber,
	})
	p.texts(
		text{"displayName", d.DisplayName, maxText, mustBeFilled},
		text{"description", d.Description, maxText, mustBePresent},
		text{"label", d.Label, maxText, mayBeAbsent},
		text{"state", d.State, 0, mustBeFilled},
		text{"pipeline.id", d.Pipeline.ID, maxText, mustBeFilled},
		text{"pipeline.displayName", d.Pipeline.DisplayName, maxText, mustBeFilled},
		text{"environment.id", d.Environment.ID, maxText, mustBeFilled},
		text{"environment.displayName", d.Environment.DisplayName, maxText, mustBeFilled},
		text{"environment.type", d.Environment.Type, 0, mustBeFilled},
	)
	p.url("url", d.URL)
	p.url("pipeline.url", d.Pipeline.URL)
	p.timestamp("lastUpdated", d.LastUpdated)
	p.oneOf("state", d.State, "unknown", "pending", "in_progress", "cancelled", "failed", "rolled_back", "successful")
	p.oneOf("environment.type", d.Environment.Type, "unmapped", "development", "testing", "staging", "production")
	p.oneOf("schemaVersion", d.SchemaVersion, schemaVersion)
	if or(d.Duration) < 0 {
		p.add("duration must not be negative")
	}
	if d.gated() && or(d.State) != "pending" {
		p.add("The command %s is allowed in state pending alone", gatingCommand)
	}
}

// resolve leaves of the associations what the site knows, and stores the rest of the deployment as it came.
func (d *deployment) resolve(known catalog, v *checked[jira.DeploymentKey]) {
	found := 0
	d.IssueKeys, v.unknown.issues = split(d.IssueKeys, known.issues)
	found += len(d.IssueKeys)
	groups := d.Associations
	d.Associations = nil
	for _, group := range groups {
		group.resolve(known, &v.unknown)
		if len(group.Values) > 0 {
			d.Associations = append(d.Associations, group)
			found += len(group.Values)
		}
	}
	if found == 0 {
		v.problems = []string{"The deployment is associated with unknown issues or services only."}
		return
	}
	d.SchemaVersion = new(schemaVersion)
	v.body = encode(d)
}

// readDeployments is for the log, and leaves out what cannot be read.
func readDeployments(items []json.RawMessage) []jira.Deployment {
	var out []jira.Deployment
	for _, raw := range items {
		var d jira.Deployment
		if json.Unmarshal(raw, &d) == nil {
			out = append(out, d)
		}
	}
	return out
}
