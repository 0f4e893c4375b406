// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"runtime/pprof"
	"testing"
)

func TestTheHeapIsReadOfAProfile(t *testing.T) {
	var profile bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	if held, err := parseHeap(profile.String()); err != nil || held < 10_000 {
		t.Errorf("parseHeap() = %d, %v; want what this test holds", held, err)
	}
	for _, text := range []string{"", "404 page not found", "\n# HeapAlloc = many\n"} {
		if held, err := parseHeap(text); err == nil {
			t.Errorf("parseHeap(%q) = %d, want an error", text, held)
		}
	}
}
