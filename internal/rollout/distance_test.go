package rollout

import "testing"

func TestApproach(t *testing.T) {
	type look struct {
		at         Distance
		wantNearer bool
	}
	// Desired, Outdated, Unready.
	tests := map[string][]look{
		"a StatefulSet, pod after pod": {
			{Distance{3, 3, 0}, false},
			{Distance{3, 3, 1}, false}, // one is being stopped
			{Distance{3, 2, 1}, true},  // it is gone
			{Distance{3, 2, 1}, false}, // its successor is there
			{Distance{3, 2, 0}, true},  // and ready
			{Distance{3, 2, 1}, false},
			{Distance{3, 1, 1}, true},
			{Distance{3, 1, 0}, true},
			{Distance{3, 0, 1}, true},
			{Distance{3, 0, 0}, true},
		},
		"a first revision, pod after pod": {
			{Distance{3, 0, 3}, false},
			{Distance{3, 0, 2}, true},
			{Distance{3, 0, 1}, true},
			{Distance{3, 0, 0}, true},
		},
		"a pod that crashes again and again, and is ready in between": {
			{Distance{3, 3, 0}, false},
			{Distance{3, 2, 1}, true},
			{Distance{3, 2, 0}, true},
			{Distance{3, 2, 1}, false},
			{Distance{3, 2, 0}, false},
			{Distance{3, 2, 1}, false},
			{Distance{3, 2, 0}, false},
		},
		"several at a time": {
			{Distance{5, 5, 0}, false},
			{Distance{5, 3, 2}, true},
			{Distance{5, 3, 1}, true},
			{Distance{5, 3, 2}, false}, // one of those with the earlier template fell over
			{Distance{5, 3, 1}, false},
			{Distance{5, 3, 0}, true},
			{Distance{5, 1, 2}, true},
		},
		"nodes that join and leave take nothing further and nothing nearer": {
			{Distance{3, 2, 1}, false},
			{Distance{4, 2, 2}, false}, // a node joined
			{Distance{3, 2, 1}, false}, // and left
			{Distance{3, 2, 0}, true},
		},
		"a StatefulSet that is scaled up half-way goes on with pods that become ready": {
			{Distance{3, 2, 1}, false},
			{Distance{5, 2, 3}, false},
			{Distance{5, 2, 2}, true},
			{Distance{5, 2, 1}, true},
			{Distance{5, 2, 0}, true},
		},
		"scaled down": {
			{Distance{5, 2, 3}, false},
			{Distance{3, 2, 1}, false},
			{Distance{3, 2, 0}, true},
		},
		"scaled down together with an update": {
			{Distance{5, 4, 0}, false},
			{Distance{3, 2, 0}, true},
			{Distance{3, 2, 0}, false},
		},
	}
	for name, looks := range tests {
		t.Run(name, func(t *testing.T) {
			mark := looks[0].at
			for i, look := range looks {
				next, nearer := mark.Approach(look.at)
				if nearer != look.wantNearer {
					t.Errorf("look %d at %+v: nearer than %+v = %v, want %v", i+1, look.at, mark, nearer, look.wantNearer)
				}
				mark = next
			}
		})
	}
}

// However pods come and go, a rollout whose size stays cannot come nearer to its end for ever.
func TestApproachEndsAtLast(t *testing.T) {
	const pods = 4
	mark, nearer := Distance{pods, pods, pods}, 0
	for seed := uint32(1); seed < 100_000; seed++ {
		random := seed * 2654435761 // Knuth's multiplier
		d := Distance{pods, int32(random>>8) % (pods + 1), int32(random>>16) % (pods + 1)}
		var ok bool
		if mark, ok = mark.Approach(d); ok {
			nearer++
		}
	}
	if most := pods * (pods + 1); nearer > most || mark != (Distance{pods, 0, 0}) {
		t.Errorf("came nearer %d times, to %+v; want at most %d times, to the end", nearer, mark, most)
	}
}
