// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/test/manager"
)

func TestCaughtUp(t *testing.T) {
	const done = `# HELP controller_runtime_reconcile_total Total number of reconciliations per controller
controller_runtime_reconcile_total{controller="site",result="success"} 1
controller_runtime_reconcile_total{controller="workload-deployments",result="error"} 1
controller_runtime_reconcile_total{controller="workload-deployments",result="success"} 9
controller_runtime_active_workers{controller="workload-deployments"} 0
controller_runtime_active_workers{controller="delivery"} 1
workqueue_depth{controller="workload-deployments",name="workload-deployments",priority="0"} 0
rollcall_site_ready{reason="Ready",site="bench"} 1
`
	tests := map[string]struct {
		metrics string
		want    bool
	}{
		"nothing is served":      {"", false},
		"all is done":            {done, true},
		"one was not looked at":  {strings.Replace(done, `"success"} 9`, `"success"} 8`, 1), false},
		"one is being looked at": {strings.Replace(done, `workload-deployments"} 0`, `workload-deployments"} 1`, 1), false},
		"one is in the queue":    {strings.Replace(done, `priority="0"} 0`, `priority="0"} 1`, 1), false},
		"the site is not ready":  {strings.Replace(done, `"bench"} 1`, `"bench"} 0`, 1), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := caughtUp(manager.Metrics(tt.metrics), 10); got != tt.want {
				t.Errorf("caughtUp() = %v, want %v", got, tt.want)
			}
		})
	}
}
