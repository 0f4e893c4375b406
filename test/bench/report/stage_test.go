// SPDX-License-Identifier: Apache-2.0

package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStages(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	want := `| where the time goes | p50 | p99 | max |
| --- | --: | --: | --: |
| record to request | 20 ms | 30 ms | 30 ms |
| answer to status | 5 ms | 5 ms | 5 ms |
`
	got := Stages([]Stage{{"record to request", []time.Duration{ms(30), ms(10), ms(20)}}, {"answer to status", []time.Duration{ms(5)}}}).Markdown()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Stages (-want +got):\n%s", diff)
	}
}
