// SPDX-License-Identifier: Apache-2.0

package main

import "runtime/debug"

// leaveRoom takes a tenth off Go's memory limit. GOMEMLIMIT is the container's limit in the chart, and what Go does not
// count has to fit below that as well: sockets, page tables, the program itself. With the whole limit a heap of garbage
// came within 1 % of it before it was collected. Where there is no limit, a tenth less is none either.
func leaveRoom() {
	debug.SetMemoryLimit(debug.SetMemoryLimit(-1) / 10 * 9)
}
