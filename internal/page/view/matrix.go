// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// The sizes of what is shown at once.
const (
	pageRows   = 100
	maxColumns = 12
	maxInCell  = 4
)

// Matrix answers where an issue is: a row an issue, a column an environment.
type Matrix struct {
	Environments []Environment
	// Hidden is how many environments have no column.
	Hidden int
	// Builds says that there are builds to show.
	Builds bool
	Rows   []Row
	Pages  Pages
}

// Row is an issue.
type Row struct {
	Issue  Issue
	Builds Cell
	Cells  []Cell
}

// Cell is what an issue shows in an environment: the newest release of each pipeline there that ships it.
type Cell struct {
	Releases []*Release
	// More is how many are left out.
	More int
}

// Pages says which part of a list is shown.
type Pages struct{ Page, Last, From, To, Total int }

// paginate returns a page of a list.
func paginate[T any](all []T, page, size int) ([]T, Pages) {
	last := max(1, (len(all)+size-1)/size)
	page = min(max(page, 1), last)
	from, to := (page-1)*size, min(page*size, len(all))
	return all[from:to], Pages{Page: page, Last: last, From: min(from+1, to), To: to, Total: len(all)}
}

// row is an issue while the matrix is made.
type row struct {
	issue  Issue
	latest time.Time
	cells  map[string][]*Release // by environment; builds by ""
	seen   map[place]bool
}

// Matrix returns the issues that a filter keeps, those first of which something changed last.
func (b *Board) Matrix(f Filter) Matrix {
	rows, used := map[string]*row{}, map[Environment]int{}
	for _, r := range b.releases {
		if r.Answer.Reason == v1alpha1.ReasonForeign || r.Answer.Reason == v1alpha1.ReasonSuperseded {
			continue
		}
		for _, issue := range r.Issues {
			if f.Issue == "" || f.keepsIssue(issue.Key) {
				b.enter(rows, used, r, issue)
			}
		}
	}
	var m Matrix
	m.Environments, m.Hidden = columnsOf(used)
	all := slices.SortedFunc(maps.Values(rows), func(a, b *row) int {
		return cmp.Or(b.latest.Compare(a.latest), compareKeys(b.issue.Key, a.issue.Key))
	})
	shown, pages := paginate(all, f.Page, pageRows)
	m.Pages = pages
	for _, r := range shown {
		out := Row{Issue: r.issue, Builds: cellOf(r.cells[""])}
		for _, e := range m.Environments {
			out.Cells = append(out.Cells, cellOf(r.cells[e.ID]))
		}
		m.Builds = m.Builds || len(r.cells[""]) > 0
		m.Rows = append(m.Rows, out)
	}
	return m
}

// enter puts a release into the row of an issue. The releases come the newest first, so that what is there already stays.
func (b *Board) enter(rows map[string]*row, used map[Environment]int, r *Release, issue Issue) {
	of := rows[issue.Key]
	if of == nil {
		of = &row{issue: issue, cells: map[string][]*Release{}, seen: map[place]bool{}}
		rows[issue.Key] = of
	}
	if of.issue.URL == "" {
		of.issue = issue // another site may know it
	}
	if r.At.After(of.latest) {
		of.latest = r.At
	}
	if at := placeOf(r); !of.seen[at] {
		of.seen[at] = true
		of.cells[r.Environment.ID] = append(of.cells[r.Environment.ID], r)
		if r.Kind == Deployment {
			used[Environment{ID: r.Environment.ID, Name: r.Environment.Name, Type: r.Environment.Type}]++
		}
	}
}

// columnsOf returns the environments that are used most, in the order of promotion, and how many others there are. Of an
// environment that had two names the one that is used more counts.
func columnsOf(used map[Environment]int) ([]Environment, int) {
	byUse := slices.SortedFunc(maps.Keys(used), func(a, b Environment) int {
		return cmp.Or(cmp.Compare(used[b], used[a]), compareEnvironments(a, b))
	})
	seen := map[string]bool{}
	byUse = slices.DeleteFunc(byUse, func(e Environment) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
	columns := byUse[:min(len(byUse), maxColumns)]
	slices.SortFunc(columns, compareEnvironments)
	return columns, len(byUse) - len(columns)
}

// attention is the order of states in a cell: what somebody should look at comes first.
var attention = []string{"failed", "in_progress", "pending", "rolled_back", "cancelled", "unknown", "successful"}

func cellOf(releases []*Release) Cell {
	sorted := slices.SortedStableFunc(slices.Values(releases), func(a, b *Release) int {
		return cmp.Compare(slices.Index(attention, a.State), slices.Index(attention, b.State))
	})
	n := min(len(sorted), maxInCell)
	return Cell{Releases: sorted[:n], More: len(sorted) - n}
}

// compareKeys orders SHOP-9 before SHOP-12.
func compareKeys(a, b string) int {
	projectA, numberA := splitKey(a)
	projectB, numberB := splitKey(b)
	return cmp.Or(cmp.Compare(projectA, projectB), cmp.Compare(numberA, numberB), cmp.Compare(a, b))
}

func splitKey(key string) (string, int) {
	i := strings.LastIndexByte(key, '-')
	if i < 0 {
		return key, 0
	}
	n, _ := strconv.Atoi(key[i+1:]) // 0 where it is too large: then the text decides
	return key[:i], n
}
