// SPDX-License-Identifier: Apache-2.0

package oracle

import "slices"

// flaps is how many facts of one phase are followed from either end of a run of facts that tell of one revision.
const flaps = 3

// brief returns the life without what changes nothing: of many facts in a row that tell of one revision, and that nobody need have
// noticed, the first ones and the last ones lead to every history that all of them do. Example: a StatefulSet whose pods the
// cluster replaces without end is rolling and finished by turns, some hundred times.
func (l Life) brief(noticed func(Fact) bool) Life {
	if l.Former != nil {
		former := l.Former.brief(noticed)
		l.Former = &former
	}
	var facts, run []Fact
	end := func() {
		left, passed := map[Phase]int{}, map[Phase]int{}
		for _, f := range run {
			left[f.Phase]++
		}
		for _, f := range run {
			left[f.Phase]--
			if passed[f.Phase] < flaps || left[f.Phase] < flaps {
				facts = append(facts, f)
			}
			passed[f.Phase]++
		}
		run = nil
	}
	for _, f := range l.Facts {
		if len(run) > 0 && !f.flaps(run[0]) || noticed(f) {
			end()
		}
		if run = append(run, f); noticed(f) {
			end()
		}
	}
	end()
	l.Facts = facts
	return l
}

// flaps says whether two facts tell of the same revision in the same way, but for its phase and when that was.
func (f Fact) flaps(other Fact) bool {
	return f.Revision == other.Revision && f.Release == other.Release && f.Restart == other.Restart && f.Explicit == other.Explicit &&
		f.Empty == other.Empty && f.Instead == other.Instead && f.Blurred == other.Blurred && f.Vague == other.Vague && f.Unproven == other.Unproven &&
		slices.Equal(f.Keys, other.Keys) && slices.Equal(f.Listed, other.Listed)
}
