// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/explain"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// none stands in a cell where there is nothing.
const none = "-"

// write writes a preview for a person: a table, and below it why a workload has no key.
func write(out io.Writer, paint command.Paint, p *Preview) error {
	table := command.Table{Paint: paint}
	table.Header("WORKLOAD", "SITE", "ENVIRONMENT", "ISSUES", "STATE", "LINK")
	var reasons []string
	for _, e := range p.Workloads {
		if e.Problem != "" {
			table.Row(nameOf(e), none, none, none, none, none)
			reasons = append(reasons, nameOf(e)+": "+e.Problem)
			continue
		}
		for i := range e.Sites {
			site := &e.Sites[i]
			issues, state, link := none, "not reported", none
			told := site.Would
			if told != nil {
				issues, state = strings.Join(slices.Concat(told.Issues, told.ServiceIDs), " "), told.State
				if !p.AssumedSite {
					link = told.URL
				}
			}
			if told != nil && told.Withheld != nil {
				state = "withheld"
			}
			table.Row(nameOf(e), site.Name, environmentOf(site), issues, state, link)
			table.Color(4, colorOf(state))
			reasons = append(reasons, why(e, site)...)
		}
	}
	if err := table.Write(out); err != nil {
		return err //nolint:wrapcheck // it is the stream's
	}
	if len(reasons) > 0 {
		reasons = append([]string{""}, reasons...)
	}
	for _, reason := range reasons {
		indent := reason[:len(reason)-len(strings.TrimLeft(reason, " "))]
		if _, err := fmt.Fprintln(out, indent+terminal.Printable(reason[len(indent):])); err != nil {
			return err
		}
	}
	return nil
}

func environmentOf(site *explain.Site) string {
	if site.Environment == nil {
		return none
	}
	return fmt.Sprintf("%s (%s)", site.Environment.Name, site.Environment.Type)
}

func colorOf(state string) command.Color {
	switch state {
	case "successful":
		return command.Green
	case "withheld":
		return command.Red
	}
	return command.Yellow
}

// why says why a site is not told of a workload, or what it does not take of it; nothing where all is well.
func why(e *explain.Explanation, site *explain.Site) []string {
	head := nameOf(e) + " at JiraSite " + site.Name + ": "
	var lines []string
	switch {
	case !site.Selected:
		return []string{head + site.NotSelected + "."}
	case site.Would == nil:
		for _, note := range site.Notes {
			lines = append(lines, head+note.Text)
		}
	case site.Would.Withheld != nil:
		lines = append(lines, head+site.Would.Withheld.Text)
	}
	if len(lines) == 0 && (site.Environment == nil || site.Environment.Type != string(v1alpha1.EnvironmentUnmapped)) {
		return nil
	}
	if len(lines) == 0 {
		return []string{head + "Jira shows it in no kind of environment: " + site.Environment.Because + "."}
	}
	for _, miss := range site.NearMisses {
		place := strings.TrimSpace(miss.Place + " " + miss.Name)
		lines = append(lines, fmt.Sprintf("  %s in the %s: %s", miss.Key, place, miss.Because))
	}
	return lines
}

// nameOf returns how a workload is named on a line.
func nameOf(e *explain.Explanation) string {
	return e.Workload.Kind + " " + e.Workload.Namespace + "/" + e.Workload.Name
}

// warn says what a reader of the table may take for granted, and is not so.
func (p *Preview) warn(out io.Writer) {
	if p.AssumedSite {
		fmt.Fprintln(out, "There is no JiraSite: one is assumed that takes the issue keys of all projects, from all namespaces. Name yours with --jirasite.")
	}
	if len(p.Workloads) == 0 {
		fmt.Fprintln(out, "There is no workload: Deployment, StatefulSet, DaemonSet, or Rollout of Argo's.")
	}
	for _, name := range p.Repeated {
		fmt.Fprintln(out, "Warning: "+terminal.Printable(name)+" comes more than once: the last one counts.")
	}
	if len(p.Others) == 0 {
		return
	}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(p.Others)) {
		kinds = append(kinds, fmt.Sprintf("%d %s", p.Others[kind], kind))
	}
	fmt.Fprintln(out, "Kinds that Rollcall does not report: "+terminal.Printable(strings.Join(kinds, ", "))+".")
}

// Unkeyed returns the workloads that a site reports, and that no site is told of for want of an issue key. One whose list of keys
// is empty says that there is nothing to tell of it.
func (p *Preview) Unkeyed() []*explain.Explanation {
	var missing []*explain.Explanation
	for _, e := range p.Workloads {
		selected, told := false, false
		for i := range e.Sites {
			site := &e.Sites[i]
			emptied := slices.ContainsFunc(site.Notes, func(n explain.Note) bool { return n.Rule == string(explain.RuleEmptyList) })
			selected = selected || site.Selected && !emptied
			told = told || site.Would != nil && site.Would.Withheld == nil
		}
		if selected && !told && e.Problem == "" {
			missing = append(missing, e)
		}
	}
	return missing
}
