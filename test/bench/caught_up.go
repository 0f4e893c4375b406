// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/rollcall-dev/rollcall/test/manager"
)

// caughtUp says, from the manager's own metrics, whether it has looked at as many Deployments as there are, has
// nothing left in its queue, and may send to Jira.
func caughtUp(metrics manager.Metrics, deployments int) bool {
	const name = "workload-deployments"
	return metrics.Sum("controller_runtime_reconcile_total", `="`+name+`"`) >= float64(deployments) &&
		metrics.Idle(name) && metrics.Sum("rollcall_site_ready", siteName) == 1
}
