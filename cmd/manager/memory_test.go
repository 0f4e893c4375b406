// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"runtime/debug"
	"testing"
)

func TestATenthOfTheMemoryIsLeftToWhatGoDoesNotCount(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for limit, want := range map[int64]int64{512 << 20: 483183819, math.MaxInt64: math.MaxInt64 / 10 * 9} {
		debug.SetMemoryLimit(limit)
		leaveRoom()
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("with a limit of %d Go keeps to %d, want %d", limit, got, want)
		}
	}
}
