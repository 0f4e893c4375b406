// SPDX-License-Identifier: Apache-2.0

package report

import (
	_ "embed"
	"fmt"
	"io"
	"text/template"
)

// Machine is what the figures depend on.
type Machine struct {
	Cores      int
	MemoryGiB  int
	Go         string
	Platform   string
	Kubernetes string
}

// Page is docs/benchmarks.md.
type Page struct {
	Date        string
	Machine     Machine
	Deployments int
	Burst       int
	Settle      string
	Rows        []Row
	Stages      []Stage
	Picture     string // its path, from the page
}

//go:embed page.md.tmpl
var pageTemplate string

// Write writes the page.
func (p Page) Write(out io.Writer) error {
	parsed, err := template.New("page").Funcs(template.FuncMap{"measures": Measures, "stages": Stages}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	return parsed.Execute(out, p)
}

// Missed returns the rows whose promises are missed.
func (p Page) Missed() []Row {
	var missed []Row
	for _, row := range p.Rows {
		if row.Verdict() == Missed {
			missed = append(missed, row)
		}
	}
	return missed
}
