// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what is printed at the end.
type report struct {
	command    string
	logs       string
	lasted     time.Duration
	workloads  int
	replicas   int
	actions    map[string]int
	blows      map[string]int
	retired    int
	givenUp    int
	unnumbered int
	troubles   map[string]int
	verdict    Verdict
	duplicated int
	leaked     []string
}

func (r *run) report(verdict Verdict, leaked []string) report {
	slices.SortFunc(verdict.Findings, byWorkload)
	actions := map[string]int{}
	for _, item := range r.plan.Items {
		if item.Step != nil {
			actions[string(item.Step.Action)]++
		}
	}
	return report{
		command: r.options.command(), logs: r.options.dir, lasted: r.lasted,
		workloads: r.options.workloads, replicas: r.options.replicas,
		actions: actions, blows: r.blows.snapshot(), retired: r.world.fleet.retirements(), givenUp: int(r.player.givenUp.Load()), unnumbered: int(r.player.unnumbered.Load()),
		troubles: r.world.mischief.troubles.snapshot(),
		verdict:  verdict, duplicated: duplicated(updatesIn(r.world.jira.Requests())), leaked: leaked,
	}
}

func (r report) write(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(table, "\nWHAT WAS DONE\tCOUNT\t\n")
	fmt.Fprintf(table, "workloads\t%d\tmanagers %d, %s until the comparison\n", r.workloads, r.replicas, r.lasted.Round(time.Second))
	fmt.Fprintf(table, "actions\t%d\t%s\n", total(r.actions), list(r.actions))
	if r.givenUp > 0 {
		fmt.Fprintf(table, "workloads given up\t%d\tthe cluster itself was stuck with them; their steps were not all taken\n", r.givenUp)
		if r.unnumbered > 0 {
			fmt.Fprintf(table, "\t%d\tof them have a release that it gave no number, which is not compared\n", r.unnumbered)
		}
	}
	kills := map[string]int{}
	for _, blow := range []Blow{KillLeader, KillFollower, KillAll} {
		if n := r.blows[string(blow)]; n > 0 {
			kills[strings.TrimPrefix(string(blow), "kill ")] = n
		}
	}
	fmt.Fprintf(table, "managers killed\t%d\t%s; %d more ended by themselves\n", total(kills), list(kills), r.retired)
	fmt.Fprintf(table, "API server restarts\t%d\tkube-scheduler ended itself %d times\n", r.blows[string(RestartAPIServer)], r.blows[schedulerRestarts])
	troubles := map[string]int{}
	for name, n := range r.troubles {
		if name != untroubled {
			troubles[name] = n
		}
	}
	fmt.Fprintf(table, "requests to Jira\t%d\t%d in trouble:\n", total(r.troubles), total(troubles))
	for _, name := range byCount(troubles) {
		fmt.Fprintf(table, "\t\t%4d  %s\n", troubles[name], name)
	}
	lost, stale := r.verdict.count()
	fmt.Fprintf(table, "\nWHAT JIRA SHOWS\tCOUNT\t\n")
	fmt.Fprintf(table, "deployments\t%d\tcompared with the truth\n", r.verdict.Deployments)
	fmt.Fprintf(table, "builds\t%d\tcompared with the truth\n", r.verdict.Builds)
	fmt.Fprintf(table, "missed\t%d\tcame and went, or ended, while no manager was at work; nobody could know\n", r.verdict.Missed)
	fmt.Fprintf(table, "duplicated\t%d\tupdates that Jira was sent more than once; harmless\n", r.duplicated)
	fmt.Fprintf(table, "lost\t%d\n", lost)
	fmt.Fprintf(table, "stale\t%d\n", stale)
	fmt.Fprintf(table, "set aside\t%d\t%s\n", len(r.verdict.SetAside), asideNote(r.verdict.SetAside))
	fmt.Fprintf(table, "leaks of the secret\t%d\t%s\n", len(r.leaked), strings.Join(r.leaked, ", "))
	_ = table.Flush() // whoever reads it sees that it ends
	for _, f := range r.verdict.Findings {
		fmt.Fprintf(out, "\n%s: %s\n", f.Workload, f.What)
	}
	if len(r.verdict.SetAside) > 0 {
		fmt.Fprintf(out, "\nSet aside:\n%s\n", names(r.verdict.SetAside))
	}
	fmt.Fprintf(out, "\nLogs are in %s. To do the same again:\n    %s\n", r.logs, r.command)
}

func asideNote(workloads []Workload) string {
	if len(workloads) == 0 {
		return ""
	}
	return fmt.Sprintf("the cluster itself did not bring them to rest in %s; their last release is not compared", restPatience)
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// byCount returns the names, the most frequent first.
func byCount(counts map[string]int) []string {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	return names
}

// list writes counts in a line.
func list(counts map[string]int) string {
	var parts []string
	for _, name := range byCount(counts) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}
