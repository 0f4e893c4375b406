// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"testing"
	"time"
)

func TestRowCells(t *testing.T) {
	ms := func(n int) Quantity { return Millis(time.Duration(n) * time.Millisecond) }
	tests := map[string]struct {
		row  Row
		want []string
	}{
		"nothing promised": {
			Row{Measure: "cold start", Bare: Secs(1500 * time.Millisecond), Rollcall: Secs(12340 * time.Millisecond)},
			[]string{"cold start", "1.50 s", "12.3 s", "", ""},
		},
		"nothing to compare with": {
			Row{Measure: "writes", Rollcall: Count(4), Promise: &Promise{Plus: Count(4)}},
			[]string{"writes", "-", "4", "<= 4", "ok"},
		},
		"a surplus over bare that is kept": {
			Row{Measure: "p50", Bare: ms(5), Rollcall: ms(20), Promise: &Promise{OfBare: 1, Plus: ms(15)}},
			[]string{"p50", "5 ms", "20 ms", "<= bare + 15 ms", "ok"},
		},
		"a surplus over bare that is missed": {
			Row{Measure: "p50", Bare: ms(5), Rollcall: ms(21), Promise: &Promise{OfBare: 1, Plus: ms(15)}},
			[]string{"p50", "5 ms", "21 ms", "<= bare + 15 ms", "MISSES"},
		},
		"a part of bare": {
			Row{Measure: "memory", Bare: Mega(300e6), Rollcall: Mega(100e6), Promise: &Promise{OfBare: 1.0 / 3}},
			[]string{"memory", "300 MB", "100 MB", "<= bare / 3", "ok"},
		},
		"a multiple of bare": {
			Row{Measure: "CPU", Bare: ms(2), Rollcall: ms(6), Promise: &Promise{OfBare: 2.5}},
			[]string{"CPU", "2 ms", "6 ms", "<= 2.5 x bare", "MISSES"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.row.cells(); !slices.Equal(got, tt.want) {
				t.Errorf("cells() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestShare(t *testing.T) {
	tests := map[string]struct {
		whole Quantity
		of    int
		want  string
	}{
		"of some": {Count(10), 4, "2.50"},
		"of none": {Count(10), 0, "-"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.whole.Share(tt.of).String(); got != tt.want {
				t.Errorf("Share() = %s, want %s", got, tt.want)
			}
		})
	}
}
