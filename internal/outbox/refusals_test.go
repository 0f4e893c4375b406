package outbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func TestRefusalsAreBelievedUntilThereAreTooMany(t *testing.T) {
	items := makeItems(5)
	var r Refusals
	for i, want := range []bool{true, true, true, false, false} {
		if got := r.Believe(items[i]); got != want {
			t.Errorf("Believe() = %v for refusal %d, want %v", got, i+1, want)
		}
	}
	if !r.InDoubt() {
		t.Error("InDoubt() = false after five refusals")
	}
	if !r.Believe(items[1]) {
		t.Error("a record that is refused once more is not believed to be wrong")
	}
	r.Accepted()
	if r.InDoubt() || !r.Believe(items[4]) {
		t.Error("after Jira took a record it is still in doubt whether it takes any")
	}
}

func TestOneRecordThatIsCorrectedAgainAndAgainCastsNoDoubt(t *testing.T) {
	var r Refusals
	for range 10 {
		if !r.Believe(makeItems(1)[0]) {
			t.Fatal("the refusal of the one record is not believed")
		}
	}
}

func TestDraw(t *testing.T) {
	items := makeItems(4)
	before := names(items)
	if diff := cmp.Diff([]string{"web-3", "web-1", "web-2", "web-4"}, names(Draw(items, func(int) int { return 2 }))); diff != "" {
		t.Errorf("Draw (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, names(items)); diff != "" {
		t.Errorf("Draw changes what it is given (-want +got):\n%s", diff)
	}
}

// However many records are wrong, those that are not go out; and a site that takes nothing costs three records.
func TestRecordsThatAreWrongHoldUpNoOther(t *testing.T) {
	for _, wrong := range []int{0, 1, 3, 10, 39, 40} {
		t.Run(fmt.Sprint(wrong, " of 40"), func(t *testing.T) {
			pending, sent, refused := makeItems(40), 0, 0
			bad := names(pending[:wrong])
			rng := rand.New(rand.NewPCG(uint64(wrong), 1))
			var refusals Refusals
			window := NewWindow()
			for range 2000 { // passes, each with a wait before it
				pending = onePass(pending, &window, &refusals, rng, func(item Item) bool { return slices.Contains(bad, item.Record.Name) }, &sent, &refused)
			}
			if sent != 40-wrong {
				t.Errorf("%d records were sent, want %d", sent, 40-wrong)
			}
			if wrong == 40 && refused > believed {
				t.Errorf("%d records were given up at a site that takes nothing, want at most %d", refused, believed)
			}
		})
	}
}

func onePass(pending []Item, window *Window, refusals *Refusals, rng *rand.Rand, wrong func(Item) bool, sent, refused *int) []Item {
	if len(pending) > 0 && refusals.InDoubt() {
		pending = Draw(pending, rng.IntN)
	}
	for len(pending) > 0 {
		batch, rest := Take(pending, window.Size())
		var err error
		if slices.ContainsFunc(batch, wrong) {
			err = failure(jira.Invalid)
		}
		*window = window.After(err, len(batch))
		switch {
		case err == nil:
			refusals.Accepted()
			*sent += len(batch)
		case Next(err, len(batch)) == Again:
			continue
		case !refusals.Believe(batch[0]):
			return pending
		default:
			*refused++
		}
		pending = rest
	}
	return pending
}
