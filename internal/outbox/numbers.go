// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"hash/fnv"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// perSecond is how many generations, or records, fit between two seconds of a number.
const perSecond = 1_000_000

// version is Jira's updateSequenceNumber. It needs no clock: the API server has already ordered the updates. A resync
// raises it above whatever somebody else wrote before.
func version(record v1alpha1.Record) int64 {
	created, resynced := record.GetCreationTimestamp(), record.GetRecordStatus().ResyncTime
	return max(created.Unix(), resynced.Unix())*perSecond + record.GetGeneration()
}

// byCreation is the number of a record that has none of its own: its creation, and below that a number which tells apart
// records that were made by hand within one second, for one pipeline. Jira would take the second for the first.
func byCreation(record v1alpha1.Record) int64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(record.GetUID())) // a hash takes everything
	created := record.GetCreationTimestamp()
	return created.Unix()*perSecond + int64(sum.Sum64()%perSecond)
}
