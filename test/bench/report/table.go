package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// columns are the heads of the table.
var columns = []string{"MEASURE", "BARE", "ROLLCALL", "PROMISE", ""}

// Print writes a table for a terminal.
func Print(out io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, strings.Join(columns, "\t"))
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row.cells(), "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print table: %w", err)
	}
	return nil
}

// Markdown returns the table for a page.
func Markdown(rows []Row) string {
	var out strings.Builder
	line := func(cells []string) {
		out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	line([]string{"measure", "bare", "Rollcall", "promise", ""})
	line([]string{"---", "--:", "--:", "---", "---"})
	for _, row := range rows {
		line(row.cells())
	}
	return out.String()
}
