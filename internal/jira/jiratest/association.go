// SPDX-License-Identifier: Apache-2.0

package jiratest

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

const (
	maxGroups     = 3
	maxValues     = 500
	maxIssueKeys  = 100
	noValidValues = "No valid associations found for deployment"
)

var (
	issueKeyPattern     = regexp.MustCompile(`^\w{1,255}-\d{1,255}$`)
	issueIDOrKeyPattern = regexp.MustCompile(`\w{1,255}-\d{1,255}|\d{1,255}`)
)

// association is a group of values, which are strings or, for some types, objects.
type association struct {
	Type   string            `json:"associationType"`
	Values []json.RawMessage `json:"values"`
}

// associationType tells how the values of a type look, and which of them the site knows; nil is all of them.
type associationType struct {
	valid func(json.RawMessage) bool
	known func(catalog) map[string]bool
	list  func(*unknowns) *[]string
}

var associationTypes = map[string]associationType{
	"issueKeys":                     issueType,
	jira.AssociationIssueIDOrKeys:   issueType,
	jira.AssociationServiceIDOrKeys: serviceType,
	jira.AssociationCommit:          {valid: hasTexts("commitHash", "repositoryId")},
	jira.AssociationRepository:      {valid: hasTexts("repositoryId")},
}

var issueType = associationType{
	valid: func(raw json.RawMessage) bool { return issueIDOrKeyPattern.MatchString(textOf(raw)) },
	known: func(c catalog) map[string]bool { return c.issues },
	list:  func(u *unknowns) *[]string { return &u.issues },
}

var serviceType = associationType{
	valid: func(raw json.RawMessage) bool { return textOf(raw) != "" && length(textOf(raw)) <= maxText },
	known: func(c catalog) map[string]bool { return c.services },
	list:  func(u *unknowns) *[]string { return &u.services },
}

// textOf returns "" for what is not a string.
func textOf(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// hasTexts accepts an object in which all the fields are strings of some length.
func hasTexts(fields ...string) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return false
		}
		return !slices.ContainsFunc(fields, func(name string) bool {
			value := textOf(object[name])
			return value == "" || length(value) > maxText
		})
	}
}

// checkAssociations keeps the rules on issue keys and associations together: one of them, and not both.
func checkAssociations(p *problems, issueKeys []string, groups []association) {
	switch {
	case issueKeys != nil && groups != nil:
		p.add("Only one of issueKeys and associations is allowed")
	case issueKeys != nil:
		checkIssueKeys(p, issueKeys)
	default:
		checkGroups(p, groups)
	}
}

func checkIssueKeys(p *problems, keys []string) {
	if len(keys) == 0 || len(keys) > maxIssueKeys {
		p.add("issueKeys must have 1 to %d elements", maxIssueKeys)
	}
	for _, key := range keys {
		if !issueKeyPattern.MatchString(key) {
			p.add("%q is not an issue key", key)
		}
	}
}

func checkGroups(p *problems, groups []association) {
	if len(groups) == 0 || len(groups) > maxGroups {
		p.add("associations must have 1 to %d elements", maxGroups)
		return
	}
	sum, resolvable := 0, false
	for _, group := range groups {
		kind, ok := associationTypes[group.Type]
		if !ok {
			p.add("%q is not a type of association", group.Type)
			continue
		}
		sum += len(group.Values)
		resolvable = resolvable || kind.known != nil
		if len(group.Values) == 0 || slices.ContainsFunc(group.Values, func(v json.RawMessage) bool { return !kind.valid(v) }) {
			p.add(noValidValues)
		}
	}
	if sum > maxValues {
		p.add("Sum of Association values across all association types can have a maximum of %d elements. Found %d.", maxValues, sum)
	}
	if !resolvable && len(*p) == 0 {
		p.add(noValidValues)
	}
}

// resolve leaves in a group what the site knows, and notes the rest.
func (a *association) resolve(known catalog, missing *unknowns) {
	kind := associationTypes[a.Type]
	if kind.known == nil {
		return
	}
	a.Values = slices.DeleteFunc(a.Values, func(raw json.RawMessage) bool {
		value := textOf(raw)
		if kind.known(known)[value] {
			return false
		}
		list := kind.list(missing)
		*list = append(*list, value)
		return true
	})
}

// split sorts values by whether they are known.
func split(values []string, known map[string]bool) (found, missing []string) {
	for _, value := range values {
		if known[value] {
			found = append(found, value)
		} else {
			missing = append(missing, value)
		}
	}
	return found, missing
}
