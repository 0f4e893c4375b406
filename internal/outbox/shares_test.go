// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShares(t *testing.T) {
	// Each thing is <namespace>:<bytes>, and is called after its place.
	for name, tt := range map[string]struct {
		things     string
		want, gone string
	}{
		"all fit": {"a:10 a:10 b:10", "a0 a1 b2", ""},
		"too many: the oldest of who has the most":    {"a:1 b:1 a:1 a:1 a:1", "b1 a2 a3 a4", "a0"},
		"too large: the oldest of who takes the most": {"b:10 b:10 b:10 a:40 a:40", "b0 b1 b2 a4", "a3"},
		"a few large ones against many small ones":    {"b:5 b:5 b:5 a:90", "b0 b1 b2", "a3"},
		"many small ones against a large one":         {"a:45 b:1 b:1 b:1 b:1", "a0 b2 b3 b4", "b1"},
		"one that is too large alone costs no other":  {"b:10 a:101 b:10", "b0 b2", "a1"},
		"a single namespace loses its oldest":         {"a:1 a:1 a:1 a:1 a:1 a:1", "a2 a3 a4 a5", "a0 a1"},
		"one that is large may drop more than one":    {"a:30 a:30 a:30 a:90", "a3", "a0 a1 a2"},
		"nothing": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			shares := Shares[string]{Most: 4, MostBytes: 100}
			var gone []string
			for i, thing := range strings.Fields(tt.things) {
				namespace, size, _ := strings.Cut(thing, ":")
				var bytes int
				if _, err := fmt.Sscan(size, &bytes); err != nil {
					t.Fatal(err)
				}
				gone = append(gone, shares.Add(namespace, bytes, fmt.Sprint(namespace, i))...)
			}
			if n, want := shares.Len(), len(strings.Fields(tt.want)); n != want {
				t.Errorf("Len() = %d, want %d", n, want)
			}
			if diff := cmp.Diff(tt.want, strings.Join(shares.Take(), " ")); diff != "" {
				t.Errorf("what is kept (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.gone, strings.Join(gone, " ")); diff != "" {
				t.Errorf("what was dropped (-want +got):\n%s", diff)
			}
			if shares.Len() != 0 || shares.bytes != 0 {
				t.Errorf("after Take() %d things of %d bytes are kept", shares.Len(), shares.bytes)
			}
		})
	}
}

func TestSharesForget(t *testing.T) {
	shares := Shares[string]{Most: 4, MostBytes: 100}
	for _, thing := range []string{"a", "b", "c"} {
		shares.Add("shop", 30, thing)
	}
	shares.Remove(func(thing string) bool { return thing != "b" })
	if dropped := shares.Add("shop", 70, "d"); len(dropped) > 0 || shares.Len() != 2 {
		t.Errorf("%v were dropped and %d are kept, want none and 2", dropped, shares.Len())
	}
}
