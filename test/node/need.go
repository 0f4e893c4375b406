// SPDX-License-Identifier: Apache-2.0

package node

import (
	"slices"
	"strings"
)

// Need is something that a machine lacks for a node.
type Need struct {
	// What it is.
	What string
	// Packages are the Debian packages that bring it; none where no package does.
	Packages []string
}

// String says what it is, and what to do about it.
func (n Need) String() string {
	if len(n.Packages) == 0 {
		return n.What
	}
	return n.What + " (Debian: apt-get install " + strings.Join(n.Packages, " ") + ")"
}

// Packages are the Debian packages that bring what is missing, as far as packages do.
func Packages(missing []Need) []string {
	var packages []string
	for _, n := range missing {
		packages = append(packages, n.Packages...)
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}
