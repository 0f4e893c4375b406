// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"time"
)

// Why a rollout's state is what it is, in a sentence that a person reads on the record.
const (
	becauseFinished   = "Every pod that is wanted is of this revision and available."
	becauseEmpty      = "It is to run no pod. Its first pods will tell."
	becausePaused     = "It is paused."
	becauseOnDelete   = "It waits until somebody deletes its pods of earlier revisions."
	becausePartition  = "Its partition holds back every pod."
	becauseGivenUp    = "Its controller gave it up, and does not say why."
	becauseInProgress = "Pods are of earlier revisions, missing or not available."
	becauseAsBefore   = "Every pod is of this revision and available, but for as many as were unavailable before it began."
	becauseHeld       = "It waits for pods that were unavailable before it began: no other is replaced until they are available."
)

// observed is what the file of a kind reads of a workload. The rules that make a state of it are the same for all kinds.
type observed struct {
	// finished says that every pod that is wanted is of this revision and available, and that none of another is left.
	finished   bool
	finishedAt time.Time
	// empty says that no pod is wanted.
	empty   bool
	emptyAt time.Time
	// failed says that the workload's controller gave up, and failure what it says of that.
	failed   bool
	failedAt time.Time
	failure  string
	// waits says why nothing happens until a person acts; empty where nothing waits.
	waits      string
	waitsSince time.Time
	// began is when the rollout began, or last went on.
	began time.Time
}

// state returns the state, since when it is that, and why.
//
//	finished, pods wanted    successful
//	given up                 failed: what was aborted stays so, though no pod is wanted
//	no pod is wanted         pending: nothing runs, and nothing is successful. Example: a new template at 0 replicas
//	a person has to act      pending
//	else                     in progress
func (o *observed) state() (State, time.Time, string) {
	switch {
	case o.finished && !o.empty:
		return Successful, o.finishedAt, becauseFinished
	case o.failed && !o.finished:
		return Failed, o.failedAt, cmp.Or(o.failure, becauseGivenUp)
	case o.empty:
		return Pending, o.emptyAt, becauseEmpty
	case o.waits != "":
		return Pending, o.waitsSince, o.waits
	}
	return InProgress, o.began, becauseInProgress
}
