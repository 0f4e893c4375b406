// SPDX-License-Identifier: Apache-2.0

package oracle

import "slices"

// The states of Jira that a workload's deployments come into.
const (
	Pending     = "pending"
	InProgress  = "in_progress"
	Successful  = "successful"
	StateFailed = "failed"
	Cancelled   = "cancelled"
	RolledBack  = "rolled_back"
)

// follows are the states that may come after one that Jira has stored. Any state may come once more, with other keys. What
// was cancelled because its workload was deleted goes on where that is made anew with the same template.
var follows = map[string][]string{
	Pending:     {InProgress, Successful, StateFailed, Cancelled, RolledBack},
	InProgress:  {Pending, Successful, StateFailed, Cancelled, RolledBack},
	StateFailed: {Pending, InProgress, Successful, Cancelled, RolledBack}, // a restart is a new attempt
	Successful:  {RolledBack},
	Cancelled:   {Pending, InProgress, Successful, StateFailed, RolledBack},
	RolledBack:  {},
}

// Backwards returns the changes of a deployment's state that cannot be.
func Backwards(states []string) []string {
	var found []string
	for i := 1; i < len(states); i++ {
		before, after := states[i-1], states[i]
		if before != after && !slices.Contains(follows[before], after) {
			found = append(found, before+" became "+after)
		}
	}
	return found
}
