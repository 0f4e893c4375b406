// SPDX-License-Identifier: Apache-2.0

package view

import "time"

// Workload is a workload, and why it has no record.
type Workload struct {
	Kind, Namespace, Name string
	// Recorded says that it has a record, or is about to have one; Selected that a site reports it.
	Recorded, Selected bool
	Why                []string
}

// Workloads are the workloads without a record that a site selects.
type Workloads struct {
	// At is when they were read.
	At   time.Time
	Rows []Workload
	// More is how many are left out, and Unselected how many are of no site.
	More, Unselected int
	// Gaps say what could not be read.
	Gaps []string

	all []Workload
}

// Add adds a workload.
func (w *Workloads) Add(one Workload) { w.all = append(w.all, one) }

// Of returns those that a filter keeps. Where it names a namespace, those that no site selects are among them.
func (w Workloads) Of(f Filter) Workloads {
	of := Workloads{At: w.At, Gaps: w.Gaps}
	for _, one := range w.all {
		switch {
		case one.Recorded, f.Namespace != "" && f.Namespace != one.Namespace:
		case !one.Selected && f.Namespace == "":
			of.Unselected++
		case len(of.Rows) == pageRows:
			of.More++
		default:
			of.Rows = append(of.Rows, one)
		}
	}
	return of
}
