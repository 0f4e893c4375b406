// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"slices"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

// unknowns are the values of one item, or of all items, that the site does not know.
type unknowns struct {
	issues   []string
	services []string
}

// outcome collects checks into the answer to a bulk request.
type outcome[K comparable] struct {
	accepted []K
	rejected []rejection[K]
	unknown  unknowns
}

type rejection[K comparable] struct {
	Key    K             `json:"key"`
	Errors []messageJSON `json:"errors"`
}

// newOutcome starts with lists that are empty, not null.
func newOutcome[K comparable]() *outcome[K] {
	return &outcome[K]{
		accepted: []K{}, rejected: []rejection[K]{}, unknown: unknowns{issues: []string{}, services: []string{}},
	}
}

func (o *outcome[K]) add(v checked[K]) {
	if len(v.problems) > 0 {
		o.rejected = append(o.rejected, rejection[K]{v.key, messages(v.problems)})
	} else {
		o.accepted = append(o.accepted, v.key)
	}
	o.unknown.issues = union(o.unknown.issues, v.unknown.issues)
	o.unknown.services = union(o.unknown.services, v.unknown.services)
}

func union(all, more []string) []string {
	for _, value := range more {
		if !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	return all
}

// json lists unknown issues twice for deployments, by the old way and the new.
func (o *outcome[K]) json(noun string) map[string]any {
	out := map[string]any{
		"accepted" + noun:  o.accepted,
		"rejected" + noun:  o.rejected,
		"unknownIssueKeys": o.unknown.issues,
	}
	if noun != deploymentsNoun {
		return out
	}
	groups := []jira.Association{}
	for _, group := range []jira.Association{
		{AssociationType: jira.AssociationIssueIDOrKeys, Values: o.unknown.issues},
		{AssociationType: jira.AssociationServiceIDOrKeys, Values: o.unknown.services},
	} {
		if len(group.Values) > 0 {
			groups = append(groups, group)
		}
	}
	out["unknownAssociations"] = groups
	return out
}
