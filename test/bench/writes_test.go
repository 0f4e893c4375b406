// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCountWrites(t *testing.T) {
	const before = `{"kind":"Event","verb":"create","objectRef":{"resource":"jiradeployments","namespace":"a"}}
{"kind":"Event","verb":"update","objectRef":{"resource":"leases","apiGroup":"coordination.k8s.io"}}
{"kind":"Event","verb":"create","objectRef":{"resource":"events"}}
`
	const after = before + `{"kind":"Event","verb":"patch","objectRef":{"resource":"jiradeployments","subresource":"status"}}
{"kind":"Event","verb":"create","objectRef":{"resource":"events","apiGroup":"events.k8s.io"}}
{"kind":"Event","verb":"patch","objectRef":{"resource":"jiradeployments","subresource":"status"}}
`
	first, err := countWrites([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	second, err := countWrites([]byte(after))
	if err != nil {
		t.Fatal(err)
	}
	want := tally{"create events": 1, "patch jiradeployments/status": 2}
	got := second.since(first)
	if diff := cmp.Diff(want, got); diff != "" || got.total() != 3 {
		t.Errorf("writes between the two: %d, %v", got.total(), diff)
	}
	if _, err := countWrites([]byte("half an ent\n")); err == nil {
		t.Error("an entry that cannot be read: no error")
	}
}
