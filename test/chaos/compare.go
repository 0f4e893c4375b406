// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/oracle"
)

// perSecond is how many revisions fit between two seconds of a deploymentSequenceNumber.
const perSecond = 1_000_000

// Finding is something that Jira shows wrongly.
type Finding struct {
	Lost     bool // Jira does not know of it at all
	Workload Workload
	What     string
}

// Verdict is what came of the comparison.
type Verdict struct {
	Findings []Finding
	// Deployments and Builds are how many were compared.
	Deployments, Builds int
	// Missed is how many of them Jira shows as somebody would who was not there all the time, and nobody was.
	Missed int
	// SetAside are the workloads whose last release the cluster did not bring to rest, and which is not compared; and those of which
	// managers were away so often that nobody can say what has to be known.
	SetAside []Workload
}

// count returns how many findings are of losses, and how many of anything else.
func (v Verdict) count() (lost, stale int) {
	for _, f := range v.Findings {
		if f.Lost {
			lost++
		} else {
			stale++
		}
	}
	return lost, stale
}

// check compares the lives of a workload with what Jira shows of it, by creation time and oldest first. The lives are one
// history.
func (v *Verdict) check(w Workload, lives []oracle.Life, shown map[int64][]oracle.Shown, noticed func(oracle.Fact) bool) {
	place := environmentOf(w.Namespace)
	shown = maps.Clone(shown)
	var got []oracle.Shown
	var life oracle.Life
	for i, next := range lives {
		if i > 0 {
			former := life
			next.Former = &former
		}
		life = next
		created := life.Created.Unix()
		for _, d := range shown[created] {
			d.Created = created
			got = append(got, d)
		}
		delete(shown, created)
	}
	match := life.Match(place.id+" "+place.kind, noticed, got)
	if match.Undecided {
		v.SetAside = append(v.SetAside, w)
	}
	v.Deployments += match.Compared
	v.Missed += match.Missed
	for _, d := range match.Differences {
		v.Findings = append(v.Findings, Finding{Lost: d.Lost, Workload: w, What: d.What})
		if d.Lost {
			v.Deployments++
		}
	}
	for created, all := range shown {
		for _, d := range all {
			v.Deployments++
			v.Findings = append(v.Findings, Finding{Workload: w, What: fmt.Sprintf("Jira shows %s of a workload that was created at %d, and there was none", d, created)})
		}
	}
}

// Update identifies one update of one deployment.
type Update struct {
	Key    jira.DeploymentKey
	Number int64
}

// duplicated returns how many updates were processed that had been processed before.
func duplicated(updates []Update) int {
	seen := map[Update]bool{}
	for _, u := range updates {
		seen[u] = true
	}
	return len(updates) - len(seen)
}

// byWorkload sorts findings, losses first.
func byWorkload(a, b Finding) int {
	if a.Lost != b.Lost {
		if a.Lost {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.Workload.String(), b.Workload.String()), strings.Compare(a.What, b.What))
}
