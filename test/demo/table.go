// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
)

// show prints what Jira shows, issue by issue, and writes it as JSON.
func show(w *world, out io.Writer) error {
	byIssue := deploymentsByIssue(w)
	fmt.Fprint(out, "\nWhat Jira now shows\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "ISSUE\tENVIRONMENT\tTYPE\tDEPLOYMENT\tREVISION\tSTATE\tWAS BEFORE\tROLLOUT TO JIRA")
	for _, issue := range sortedKeys(byIssue) {
		for _, d := range byIssue[issue] {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", issue, d.Environment.DisplayName, d.Environment.Type,
				d.DisplayName, revisionOf(d.Deployment), d.State, was(w, d), latency(w, d))
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	if err := showBuilds(w, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe same in the API's own JSON: %s and %s\n", filepath.Join(output, "jira.json"), filepath.Join(output, "builds.json"))
	return w.writeJSON()
}

// showBuilds prints what Jira shows of builds, in their order.
func showBuilds(w *world, out io.Writer) error {
	builds, err := builds(w)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\nISSUE\tBUILD\tBRANCH AND COMMIT\tSTATE\tTESTS")
	for _, b := range builds {
		tests := "-"
		if t := b.TestInfo; t != nil {
			tests = fmt.Sprintf("%d of %d passed", t.Passed, t.Total)
		}
		fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\t%s\n", strings.Join(b.IssueKeys, ", "), b.DisplayName, b.Label, commitOf(b)[:7], b.State, tests)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// deploymentsByIssue returns what Jira shows of each issue, in the order of promotion.
func deploymentsByIssue(w *world) map[string][]jiratest.StoredDeployment {
	byIssue := map[string][]jiratest.StoredDeployment{}
	for _, d := range w.jira.Deployments() {
		for _, group := range d.Associations {
			for _, issue := range group.Values {
				byIssue[issue] = append(byIssue[issue], d)
			}
		}
	}
	for _, deployments := range byIssue {
		slices.SortFunc(deployments, byPromotion)
	}
	return byIssue
}

// promotion is the order in which a release goes through the environments.
var promotion = []string{"development", "testing", "staging", "production", "unmapped"}

func byPromotion(a, b jiratest.StoredDeployment) int {
	return cmp.Or(
		cmp.Compare(slices.Index(promotion, a.Environment.Type), slices.Index(promotion, b.Environment.Type)),
		cmp.Compare(a.DeploymentSequenceNumber, b.DeploymentSequenceNumber),
	)
}

// revisionOf returns the workload's revision, which ends the sequence number.
func revisionOf(d jira.Deployment) int64 {
	return d.DeploymentSequenceNumber % 1_000_000
}

// was returns the states that Jira was told before the one it shows.
func was(w *world, d jiratest.StoredDeployment) string {
	var states []string
	for _, update := range w.jira.Updates(d.Key()) {
		states = append(states, update.State)
	}
	return strings.Join(states[:max(0, len(states)-1)], ", ")
}

// latency returns how long after the rollout had finished, or failed, Jira knew it.
func latency(w *world, d jiratest.StoredDeployment) string {
	namespace := namespaceOf(d.Key())
	for _, update := range w.jira.Updates(d.Key()) {
		if at, ok := w.observer.at(namespace, d.DeploymentSequenceNumber, update.State); ok {
			return max(0, update.Received.Sub(at)).Round(time.Millisecond).String()
		}
	}
	return "-"
}

// namespaceOf returns the namespace of a pipeline's id, <cluster>/<namespace>/<kind>/<name>.
func namespaceOf(key jira.DeploymentKey) string {
	if parts := strings.Split(key.PipelineID, "/"); len(parts) > 1 {
		return parts[1]
	}
	return ""
}
