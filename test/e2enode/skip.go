// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rollcall-dev/rollcall/test/node"
)

// inCI says whether this runs in CI, by the variable that CI systems set.
func inCI() bool {
	ci := os.Getenv("CI")
	return ci != "" && ci != "false"
}

// skip says why nothing is tried. In CI a package that nobody installed is no reason: a job that tries nothing must not
// be green. What no package brings, such as root, is one, there too.
func skip(out io.Writer, missing []node.Need, ci bool) error {
	packages := node.Packages(missing)
	verdict := "SKIPPED"
	if ci && len(packages) > 0 {
		verdict = "FAILED"
	}
	fmt.Fprintln(out, verdict+": this machine cannot have a real node. What it takes:")
	for _, need := range missing {
		fmt.Fprintln(out, "  -", need)
	}
	if verdict == "FAILED" {
		return fmt.Errorf("in CI nothing is skipped for want of a package: apt-get install %s", strings.Join(packages, " "))
	}
	return nil
}
