// SPDX-License-Identifier: Apache-2.0

package report

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[len(hundred)-1-i] = time.Duration(i + 1)
	}
	tests := map[string]struct {
		samples []time.Duration
		q       float64
		want    time.Duration
	}{
		"of nothing":                       {nil, 0.5, 0},
		"of one":                           {[]time.Duration{7}, 0.99, 7},
		"the middle of three":              {[]time.Duration{3, 1, 2}, 0.5, 2},
		"the lower middle of four":         {[]time.Duration{4, 3, 2, 1}, 0.5, 2},
		"the median of a hundred":          {hundred, 0.5, 50},
		"all but one of a hundred":         {hundred, 0.99, 99},
		"none is smaller than the minimum": {hundred, 0, 1},
		"none is larger than the maximum":  {hundred, 1, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Quantile(tt.samples, tt.q); got != tt.want {
				t.Errorf("Quantile() = %d, want %d", got, tt.want)
			}
		})
	}
}
