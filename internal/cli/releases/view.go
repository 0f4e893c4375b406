// SPDX-License-Identifier: Apache-2.0

package releases

import (
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// view is what a command shows.
type view struct {
	// resources are the kinds of records.
	resources []string
	// order is that of the lines, and header and row are what is on them. state is the column of the state.
	order  func(a, b Entry) int
	header []string
	row    func(e *Entry, now time.Time) []string
	state  int
}

var list = view{
	resources: []string{"jiradeployments"},
	order:     func(a, b Entry) int { return byTime(b, a) },
	header:    []string{"NAMESPACE", "WORKLOAD", "VERSION", "ENVIRONMENT", "TYPE", "STATE", "SINCE", "SITE", "JIRA", "ISSUES"},
	row: func(e *Entry, now time.Time) []string {
		return []string{
			e.Namespace, e.what(), e.Version, e.Environment, e.EnvironmentType, e.State, command.Age(now, e.Since), e.Site, e.answer(), strings.Join(e.Issues, ", "),
		}
	},
	state: 5,
}

var timeline = view{
	resources: []string{"jiradeployments", "jirabuilds"},
	order:     byTime,
	header:    []string{"TIME", "STATE", "NAMESPACE", "WHAT", "ENVIRONMENT", "JIRA", "ISSUES"},
	row: func(e *Entry, _ time.Time) []string {
		return []string{e.Since.Format(time.RFC3339), e.State, e.Namespace, e.what(), e.Environment, e.answer(), strings.Join(e.Issues, ", ")}
	},
	state: 1,
}

// kind is a kind of records.
type kind struct {
	resource string
	newList  func() client.ObjectList
	new      func() client.Object
	each     func(client.ObjectList, func(v1alpha1.Record))
}

var kinds = []kind{
	{
		"jiradeployments",
		func() client.ObjectList { return &v1alpha1.JiraDeploymentList{} },
		func() client.Object { return &v1alpha1.JiraDeployment{} },
		func(l client.ObjectList, do func(v1alpha1.Record)) {
			for i := range l.(*v1alpha1.JiraDeploymentList).Items {
				do(&l.(*v1alpha1.JiraDeploymentList).Items[i])
			}
		},
	},
	{
		"jirabuilds",
		func() client.ObjectList { return &v1alpha1.JiraBuildList{} },
		func() client.Object { return &v1alpha1.JiraBuild{} },
		func(l client.ObjectList, do func(v1alpha1.Record)) {
			for i := range l.(*v1alpha1.JiraBuildList).Items {
				do(&l.(*v1alpha1.JiraBuildList).Items[i])
			}
		},
	},
}

// kinds are the kinds of records that a view shows.
func (v view) kinds() []kind { return kinds[:len(v.resources)] }

// table returns lines of entries.
func (o *options) table(entries []Entry, header bool) *command.Table {
	t := &command.Table{Paint: command.PaintFor(o.env.Out)}
	if header {
		t.Header(o.view.header...)
	}
	now := o.env.Now()
	for i := range entries {
		t.Row(o.view.row(&entries[i], now)...)
		t.Color(o.view.state, command.StateColor(entries[i].State))
	}
	return t
}
