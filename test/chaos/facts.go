// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rollcall-dev/rollcall/test/oracle"
)

// writeFacts writes what was true of every workload, and when.
func writeFacts(out io.Writer, workloads []Workload, lives [][]oracle.Life, noticed func(oracle.Fact) bool) {
	for i, w := range workloads {
		for _, life := range lives[i] {
			fmt.Fprintf(out, "%s, created %s, gone %t\n", w, life.Created.UTC().Format(time.TimeOnly), life.Gone)
			for _, f := range life.Facts {
				fmt.Fprintf(out, "   %s", f)
				if !noticed(f) {
					fmt.Fprint(out, "  (nobody need know)")
				}
				fmt.Fprintln(out)
			}
			if n := life.Unnumbered; n != nil {
				fmt.Fprintf(out, "   at the end %s restart %d %s, which has no number of its own\n", n.Release, n.Restart, strings.Join(n.Keys, ","))
			}
		}
	}
}
