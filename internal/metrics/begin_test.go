// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestCountersOfASiteBeginWithZero(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	m := New(registry)
	m.ReadBack("acme", "missing")
	m.Begin("acme")
	got := scrape(t, registry)
	for series, want := range map[string]float64{
		"rollcall_deployments_finished_total{environment_type=production,site=acme,state=failed}": 0,
		"rollcall_records_answered_total{kind=JiraBuild,reason=Rejected,site=acme}":               0,
		"rollcall_readbacks_total{result=older,site=acme}":                                        0,
		"rollcall_readbacks_total{result=missing,site=acme}":                                      1, // it counted before
		"rollcall_issue_keys_unknown_total{site=acme}":                                            0,
		"rollcall_rollouts_unmapped_total{site=acme}":                                             0,
		"rollcall_limited_seconds_total{site=acme}":                                               0,
	} {
		if value, shown := got[series]; !shown || value != want {
			t.Errorf("%s = %v, shown %t, want %v", series, value, shown, want)
		}
	}
	const most = 20 + 6 + 5 + 3
	if len(got) != most {
		t.Errorf("a site without events has %d series, want %d", len(got), most)
	}
	m.Forget("acme")
	if left := scrape(t, registry); len(left) > 0 {
		t.Errorf("a site that is gone leaves %v", left)
	}
}
