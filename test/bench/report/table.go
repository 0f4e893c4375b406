// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table is what people read: heads, and lines of as many cells below them.
type Table struct {
	heads, rules []string // rules are Markdown's: they say which columns are numbers
	lines        [][]string
}

// Measures is the table of what was measured and promised.
func Measures(rows []Row) Table {
	t := Table{heads: []string{"measure", "bare", "Rollcall", "promise", ""}, rules: []string{"---", "--:", "--:", "---", "---"}}
	for _, row := range rows {
		t.lines = append(t.lines, row.cells())
	}
	return t
}

// Print writes it for a terminal.
func (t Table) Print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, strings.ToUpper(strings.Join(t.heads, "\t")))
	for _, line := range t.lines {
		fmt.Fprintln(table, strings.Join(line, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// Markdown returns it for a page.
func (t Table) Markdown() string {
	var out strings.Builder
	for _, cells := range append([][]string{t.heads, t.rules}, t.lines...) {
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return out.String()
}
