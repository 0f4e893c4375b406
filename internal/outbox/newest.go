// SPDX-License-Identifier: Apache-2.0

package outbox

import "k8s.io/apimachinery/pkg/types"

// Newest returns the records that are sent once more for a resync, if Jira took them: of those of one namespace with one
// key in Jira it is the newest alone. To the others the resync would give as high a number.
func Newest(messages []Message) map[types.UID]bool {
	newest := make(map[[2]string]Message, len(messages))
	for _, m := range messages {
		if last, found := newest[m.id()]; !found || m.supersedes(last) {
			newest[m.id()] = m
		}
	}
	uids := make(map[types.UID]bool, len(newest))
	for _, m := range newest {
		uids[m.Source.UID] = true
	}
	return uids
}
