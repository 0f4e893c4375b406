// SPDX-License-Identifier: Apache-2.0

package rollout

// Remaining is how far a rollout is from its end.
type Remaining struct {
	// Desired is how many pods there should be.
	Desired int32
	// Outdated is how many pods are still of an earlier revision.
	Outdated int32
	// Unready is how many of the desired pods are missing or not available.
	Unready int32
	// Held says that no further pod is replaced until one of the unready ones becomes available.
	Held bool
	// Lost is how many of the outdated pods wait for nobody: whatever could be replaced was. Example: a pod on a dead
	// node is deleted, and stays until the node is back or gone.
	Lost int32
}

// Progressed says whether a rollout that was so near as mark came nearer to its end, and returns the mark for the
// next time. To be nearer is to have fewer pods of earlier revisions, or as many and more ready ones than ever
// since. A pod that crashes, and is ready for a while before it does so again, comes no nearer, nor does a
// workload that is scaled.
func (mark Remaining) Progressed(d Remaining) (Remaining, bool) {
	switch {
	case d.Outdated < mark.Outdated:
		return d, true
	case d.Desired != mark.Desired:
		return Remaining{Desired: d.Desired, Outdated: mark.Outdated, Unready: d.Unready}, false
	case d.Unready < mark.Unready:
		return Remaining{Desired: d.Desired, Outdated: mark.Outdated, Unready: d.Unready}, true
	}
	return mark, false
}

// Stalled returns what the rollout is, and why, where it comes no nearer to its end. It is judged against the pods that
// were unavailable before it began: those are not its fault.
//
//	all pods are updated, no more unready than before    successful, where some are available
//	outdated ones wait for the unready, no more unready  pending: what holds it was there before it
//	else                                                 failed
func (r *Rollout) Stalled(before int32) (State, string) {
	switch d, left := r.Remaining, r.Remaining.Outdated-r.Remaining.Lost; {
	case d.Unready > before:
		return Failed, ""
	case left <= 0 && d.Unready < d.Desired:
		return Successful, becauseAsBefore
	case left > 0 && d.Held:
		return Pending, becauseHeld
	}
	return Failed, ""
}
