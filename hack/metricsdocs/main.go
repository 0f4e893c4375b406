// SPDX-License-Identifier: Apache-2.0

// Command metricsdocs writes the table of the metrics into docs/metrics.md, between the two marks there.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/rollcall-dev/rollcall/internal/metrics"
)

const page = "docs/metrics.md"

// The table stands between these lines.
const (
	begin = "<!-- make metrics-docs writes what follows -->\n"
	end   = "<!-- make metrics-docs wrote this -->\n"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "metricsdocs:", err)
		os.Exit(1)
	}
}

func write() error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s has not both marks: %q and %q", page, begin, end)
	}
	return os.WriteFile(page, []byte(string(before)+begin+table(metrics.Families())+end+string(after)), 0o644)
}

func table(families []metrics.Family) string {
	var b strings.Builder
	b.WriteString("\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, f := range families {
		labels := make([]string, len(f.Labels))
		for i, label := range f.Labels {
			labels[i] = "`" + label + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, strings.Join(labels, ", "), f.Help)
	}
	b.WriteString("\n")
	return b.String()
}
