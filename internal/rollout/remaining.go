package rollout

// Remaining is how far a rollout is from its end.
type Remaining struct {
	// Desired is how many pods there should be.
	Desired int32
	// Outdated is how many pods are still of an earlier revision.
	Outdated int32
	// Unready is how many of the desired pods are missing or not ready.
	Unready int32
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
