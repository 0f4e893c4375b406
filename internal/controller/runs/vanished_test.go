// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/build"
)

func gone(namespace, name, uid string) *build.Build {
	return &build.Build{Namespace: namespace, Name: name, UID: types.UID(uid)}
}

// kept returns how many runs of a namespace are kept.
func (v *vanished) kept(namespace string) int {
	n := 0
	for key, runs := range v.byKey {
		if key.Namespace == namespace {
			n += len(runs)
		}
	}
	return n
}

func TestWhatIsKeptOfRunsThatWentAway(t *testing.T) {
	var v vanished
	key := client.ObjectKey{Namespace: "ci", Name: "web"}
	first, second, other := gone("ci", "web", "1"), gone("ci", "web", "2"), gone("ci", "api", "3")
	for _, b := range []*build.Build{first, second, other} {
		if dropped := v.add(b); dropped != 0 {
			t.Errorf("%d runs were dropped", dropped)
		}
	}
	if got := v.of(key); len(got) != 2 || got["1"] != first || got["2"] != second {
		t.Errorf("of web there are %v, want both", got)
	}

	// What was seen last counts, once.
	later := gone("ci", "web", "1")
	v.add(later)
	if got := v.of(key); len(got) != 2 || got["1"] != later || v.shares.Len() != 3 {
		t.Errorf("of web there are %v, and %d in all; want the later one in the place of the first, and 3", got, v.shares.Len())
	}

	// It was recorded as it was seen before: what was seen since is not forgotten.
	v.forget(map[types.UID]*build.Build{"1": first})
	if got := v.of(key); got["1"] != later {
		t.Errorf("of web there are %v, want the later one still", got)
	}
	v.forget(map[types.UID]*build.Build{"1": later, "2": second})
	if got := v.of(key); len(got) != 0 || v.shares.Len() != 1 || len(v.byKey) != 1 {
		t.Errorf("of web there are %v, and %d in all", got, v.shares.Len())
	}
	v.forget(nil)
	v.forget(map[types.UID]*build.Build{"3": other})
	if len(v.byKey) != 0 || v.shares.Len() != 0 {
		t.Errorf("%d names and %d runs are kept, want none", len(v.byKey), v.shares.Len())
	}
}

// What is returned is the caller's: it may be looked at while others come and go.
func TestWhatIsReturnedOfVanishedRunsIsACopy(t *testing.T) {
	var v vanished
	v.add(gone("ci", "web", "1"))
	got := v.of(client.ObjectKey{Namespace: "ci", Name: "web"})
	v.add(gone("ci", "web", "2"))
	if len(got) != 1 {
		t.Errorf("it changed to %v", got)
	}
}

// A namespace that deletes more than there is room for drops its own, and none of another's.
func TestANamespaceThatDeletesTooManyRunsDropsItsOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		runs int
		make func(i int) *build.Build
	}{
		"many": {maxVanished + 100, func(i int) *build.Build { return gone("mallory", fmt.Sprint("x-", i), fmt.Sprint(i)) }},
		"large ones": {150, func(i int) *build.Build {
			b := gone("mallory", fmt.Sprint("x-", i), fmt.Sprint(i))
			b.Annotations = map[string]string{"a": strings.Repeat("x", maxVanishedBytes/100)}
			return b
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var v vanished
			for i := range 10 {
				v.add(gone("shop", fmt.Sprint("web-", i), fmt.Sprint("shop-", i)))
			}
			if tt.runs > 1000 { // the memory is full of them already: each that is added would look at all
				v.shares.Most = 1000
				tt.runs = 1100
			}
			dropped := 0
			for i := range tt.runs {
				dropped += v.add(tt.make(i))
			}
			if mine, theirs := v.kept("shop"), v.kept("mallory"); mine != 10 || dropped == 0 || theirs+dropped != tt.runs {
				t.Errorf("10 runs of shop went away, and %d are kept; of %d of mallory %d, and %d were dropped", mine, tt.runs, theirs, dropped)
			}
			if n := v.shares.Len(); n != v.kept("shop")+v.kept("mallory") {
				t.Errorf("%d are counted, and %d kept", n, v.kept("shop")+v.kept("mallory"))
			}
		})
	}
}

func TestARunThatIsTooLargeIsDroppedAlone(t *testing.T) {
	var v vanished
	v.add(gone("shop", "web", "1"))
	huge := gone("mallory", "x", "2")
	huge.Texts = []build.Text{{Name: "a", Value: strings.Repeat("x", maxVanishedBytes)}}
	if dropped := v.add(huge); dropped != 1 || v.kept("mallory") != 0 || v.kept("shop") != 1 || len(v.byKey) != 1 {
		t.Errorf("%d were dropped; kept are %d of mallory and %d of shop", dropped, v.kept("mallory"), v.kept("shop"))
	}
}
