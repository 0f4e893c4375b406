// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Services answers what runs where: a row a service, a column an environment.
type Services struct {
	Environments []Environment
	Hidden       int
	Rows         []ServiceRow
	Pages        Pages
}

// ServiceRow is a service.
type ServiceRow struct {
	Service Service
	Cells   []ServiceCell
}

// ServiceCell is a service in an environment.
type ServiceCell struct {
	// Running are what runs: one for each pipeline that the environment has of the service.
	Running []Running
	// Lacks are the issues that the environment before has and this one has not. It is filled in for production.
	Lacks []Issue
	// From is that environment, and FromVersion what runs there.
	From        Environment
	FromVersion string
}

// Running is what runs of a pipeline in an environment.
type Running struct {
	// Release is the newest release that succeeded; nil where none did.
	Release *Release
	// Next is a newer release that is under way, or went wrong; nil where there is none.
	Next *Release
}

// lane is the releases of a pipeline in an environment, the newest first.
type lane []*Release

// running returns what runs. The newest that succeeded runs, also where a newer one failed.
func (l lane) running() Running {
	var r Running
	if i := slices.IndexFunc(l, succeeded); i >= 0 {
		r.Release = l[i]
	}
	if len(l) > 0 && l[0] != r.Release {
		r.Next = l[0]
	}
	return r
}

func succeeded(r *Release) bool { return r.State == string(v1alpha1.StateSuccessful) }

// Services returns the services, by name.
func (b *Board) Services(f Filter) Services {
	lanes, used := b.lanes()
	var s Services
	s.Environments, s.Hidden = columnsOf(used)
	names := slices.SortedFunc(maps.Keys(lanes), func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
	})
	names, s.Pages = paginate(names, f.Page, pageRows)
	for _, name := range names {
		row := ServiceRow{Service: name}
		for i, e := range s.Environments {
			cell := ServiceCell{}
			for _, l := range lanes[name][e.ID] {
				cell.Running = append(cell.Running, l.running())
			}
			if e.Type == string(v1alpha1.EnvironmentProduction) {
				cell.compare(lanes[name], s.Environments[:i], e)
			}
			row.Cells = append(row.Cells, cell)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// lanes returns the releases by service, environment and pipeline, without those of workloads that are gone. Of a workload that is
// reported to two sites one counts.
func (b *Board) lanes() (map[Service]map[string][]lane, map[Environment]int) {
	type key struct {
		service               Service
		environment, pipeline string
	}
	of, used := map[key]lane{}, map[Environment]int{}
	var order []key
	for _, r := range b.releases {
		if r.Kind != Deployment || r.Answer.Reason == v1alpha1.ReasonForeign || !r.Gone.IsZero() {
			continue
		}
		k := key{r.Service, r.Environment.ID, r.Pipeline}
		l, known := of[k]
		if !known {
			order = append(order, k)
			used[r.Environment]++
		}
		if len(l) > 0 && l[len(l)-1].Sequence == r.Sequence && l[len(l)-1].Site != r.Site {
			continue
		}
		of[k] = append(l, r)
	}
	lanes := map[Service]map[string][]lane{}
	for _, k := range order {
		if lanes[k.service] == nil {
			lanes[k.service] = map[string][]lane{}
		}
		lanes[k.service][k.environment] = append(lanes[k.service][k.environment], of[k])
	}
	return lanes, used
}

// compare says what the environment before production has that production lacks: staging, else testing, else development.
func (c *ServiceCell) compare(lanes map[string][]lane, before []Environment, here Environment) {
	there := slices.Clone(before)
	slices.Reverse(there) // the nearest first
	i := slices.IndexFunc(there, func(e Environment) bool { return e.Type != here.Type && len(lanes[e.ID]) > 0 })
	if i < 0 || len(c.Running) == 0 {
		return
	}
	from, to := lanes[there[i].ID][0], lanes[here.ID][0]
	running := from.running().Release
	if running == nil {
		return
	}
	c.From, c.FromVersion, c.Lacks = there[i], running.Version, lacks(from, to)
}

// lacks returns the issues of the releases that ran in an environment and did not in the next one. Example: staging had 1.3, 1.4
// and 1.5, production runs 1.4: it lacks the issues of 1.5.
func lacks(from, to lane) []Issue {
	runs := to.running().Release
	shipped := map[string]bool{}
	for _, r := range to {
		for _, issue := range r.Issues {
			shipped[issue.Key] = shipped[issue.Key] || succeeded(r)
		}
	}
	var missing []Issue
	for i := slices.IndexFunc(from, succeeded); i >= 0 && i < len(from); i++ {
		r := from[i]
		if runs != nil && (sameVersion(r, runs) || unsure(r, to)) {
			break
		}
		for _, issue := range r.Issues {
			if succeeded(r) && !shipped[issue.Key] && !issue.Unknown {
				shipped[issue.Key] = true
				missing = append(missing, issue)
			}
		}
	}
	slices.SortFunc(missing, func(a, b Issue) int { return compareKeys(a.Key, b.Key) })
	return missing
}

// unsure says that a release is older than all records that are kept of the next environment, where some were pruned: it may have
// run there.
func unsure(r *Release, to lane) bool {
	oldest := to[len(to)-1]
	return oldest.Revision > 1 && r.At.Before(oldest.At)
}

func sameVersion(a, b *Release) bool {
	if a.Commit != "" && b.Commit != "" {
		return a.Commit == b.Commit
	}
	return a.Version != "" && a.Version == b.Version
}
