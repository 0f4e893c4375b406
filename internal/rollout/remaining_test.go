// SPDX-License-Identifier: Apache-2.0

package rollout

import "testing"

func TestApproach(t *testing.T) {
	type observation struct {
		at         Remaining
		wantNearer bool
	}
	// Desired, Outdated, Unready.
	tests := map[string][]observation{
		"a StatefulSet, pod after pod": {
			{left(3, 3, 0), false},
			{left(3, 3, 1), false}, // one is being stopped
			{left(3, 2, 1), true},  // it is gone
			{left(3, 2, 1), false}, // its successor is there
			{left(3, 2, 0), true},  // and ready
			{left(3, 2, 1), false},
			{left(3, 1, 1), true},
			{left(3, 1, 0), true},
			{left(3, 0, 1), true},
			{left(3, 0, 0), true},
		},
		"a first revision, pod after pod": {
			{left(3, 0, 3), false},
			{left(3, 0, 2), true},
			{left(3, 0, 1), true},
			{left(3, 0, 0), true},
		},
		"a pod that crashes again and again, and is ready in between": {
			{left(3, 3, 0), false},
			{left(3, 2, 1), true},
			{left(3, 2, 0), true},
			{left(3, 2, 1), false},
			{left(3, 2, 0), false},
			{left(3, 2, 1), false},
			{left(3, 2, 0), false},
		},
		"several at a time": {
			{left(5, 5, 0), false},
			{left(5, 3, 2), true},
			{left(5, 3, 1), true},
			{left(5, 3, 2), false}, // one of those with the earlier template fell over
			{left(5, 3, 1), false},
			{left(5, 3, 0), true},
			{left(5, 1, 2), true},
		},
		"nodes that join and leave take nothing further and nothing nearer": {
			{left(3, 2, 1), false},
			{left(4, 2, 2), false}, // a node joined
			{left(3, 2, 1), false}, // and left
			{left(3, 2, 0), true},
		},
		"a StatefulSet that is scaled up half-way goes on with pods that become ready": {
			{left(3, 2, 1), false},
			{left(5, 2, 3), false},
			{left(5, 2, 2), true},
			{left(5, 2, 1), true},
			{left(5, 2, 0), true},
		},
		"scaled down": {
			{left(5, 2, 3), false},
			{left(3, 2, 1), false},
			{left(3, 2, 0), true},
		},
		"scaled down together with an update": {
			{left(5, 4, 0), false},
			{left(3, 2, 0), true},
			{left(3, 2, 0), false},
		},
	}
	for name, observations := range tests {
		t.Run(name, func(t *testing.T) {
			mark := observations[0].at
			for i, observation := range observations {
				next, nearer := mark.Progressed(observation.at)
				if nearer != observation.wantNearer {
					t.Errorf("observation %d at %+v: nearer than %+v = %v, want %v", i+1, observation.at, mark, nearer, observation.wantNearer)
				}
				mark = next
			}
		})
	}
}

// However pods come and go, a rollout whose size stays cannot come nearer to its end for ever.
func TestApproachEndsAtLast(t *testing.T) {
	const pods = 4
	mark, nearer := left(pods, pods, pods), 0
	for seed := uint32(1); seed < 100_000; seed++ {
		random := seed * 2654435761 // Knuth's multiplier
		d := left(pods, int32(random>>8)%(pods+1), int32(random>>16)%(pods+1))
		var ok bool
		if mark, ok = mark.Progressed(d); ok {
			nearer++
		}
	}
	if most := pods * (pods + 1); nearer > most || mark != left(pods, 0, 0) {
		t.Errorf("came nearer %d times, to %+v; want at most %d times, to the end", nearer, mark, most)
	}
}
