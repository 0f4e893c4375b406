// SPDX-License-Identifier: Apache-2.0

package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// Output is the form of what a command prints.
type Output struct{ format string }

// The forms.
const (
	table  = "table"
	asJSON = "json"
	asYAML = "yaml"
)

// AddTo adds the flag -o to a command.
func (o *Output) AddTo(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", table, "The form of the output: table, json or yaml.")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{table, asJSON, asYAML}, cobra.ShellCompDirectiveNoFileComp))
}

// Table says whether a table is wanted.
func (o *Output) Table() bool { return o.format == table || o.format == "" }

// Print writes a value as JSON or YAML. The first result is false where a table is wanted, which the command writes itself.
func (o *Output) Print(out io.Writer, value any) (bool, error) {
	var text []byte
	var err error
	switch o.format {
	case table, "":
		return false, nil
	case asJSON:
		text, err = json.MarshalIndent(value, "", "  ")
		text = append(text, '\n')
	case asYAML:
		text, err = yaml.Marshal(value)
	default:
		return false, Usage(fmt.Errorf("-o %s: there are %s, %s and %s", o.format, table, asJSON, asYAML))
	}
	if err != nil {
		return false, fmt.Errorf("write %s: %w", o.format, err)
	}
	_, err = out.Write(text)
	return true, err
}

// Table is lines of cells. A column is as wide as its widest cell; the last one is not filled up.
type Table struct {
	// Paint colours the cells, where there is a terminal.
	Paint Paint
	rows  [][]cell
}

type cell struct {
	text  string
	color Color
}

// Header adds the names of the columns.
func (t *Table) Header(names ...string) { t.Row(names...) }

// Row adds a line. A cell of several lines is put on one.
func (t *Table) Row(texts ...string) {
	row := make([]cell, len(texts))
	for i, text := range texts {
		row[i] = cell{text: terminal.Printable(text)}
	}
	t.rows = append(t.rows, row)
}

// Color gives the last line's cell in a column a colour.
func (t *Table) Color(column int, color Color) {
	t.rows[len(t.rows)-1][column].color = color
}

// Write writes the table.
func (t *Table) Write(out io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(c.text)))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		for i, c := range row {
			b.WriteString(t.Paint.Text(c.color, c.text))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-len([]rune(c.text))+3))
			}
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
