// SPDX-License-Identifier: Apache-2.0

package command

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// Age says how long ago something was, as kubectl does: 5m, 3h, 2d; nothing where it is not known.
func Age(now, then time.Time) string {
	if then.IsZero() {
		return ""
	}
	return duration.HumanDuration(now.Sub(then))
}

// StateColor returns the colour of the state of a deployment or a build, as Jira shows it.
func StateColor(state string) Color {
	switch state {
	case "successful":
		return Green
	case "failed", "rolled_back":
		return Red
	case "in_progress":
		return Blue
	case "pending":
		return Yellow
	}
	return 0
}
