package outbox

import (
	"fmt"
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

func TestInDoubtEachIsTriedInItsTurn(t *testing.T) {
	items := makeItems(6)
	var r Refusals
	if diff := cmp.Diff(names(items), names(r.Arrange(items))); diff != "" {
		t.Errorf("without doubt the order is another (-want +got):\n%s", diff)
	}
	for _, item := range items[:believed] {
		r.Believe(item)
	}
	waiting := items[believed:]
	before := names(waiting)
	var tried []string
	for range 4 {
		next := r.Arrange(waiting)
		tried = append(tried, next[0].Record.Name)
		if len(next) != len(waiting) || r.Believe(next[0]) {
			t.Fatalf("%d of %d items, or the refusal of %s is believed", len(next), len(waiting), next[0].Record.Name)
		}
	}
	if diff := cmp.Diff([]string{"web-6", "web-5", "web-4", "web-6"}, tried); diff != "" {
		t.Errorf("tried (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, names(waiting)); diff != "" {
		t.Errorf("Arrange changes what it is given (-want +got):\n%s", diff)
	}
	newcomer := makeItems(7)[6:]
	if got := names(r.Arrange(append(slices.Clone(waiting), newcomer...))); got[0] != "web-7" {
		t.Errorf("%s is tried before a newcomer", got[0])
	}
}

// A record may be refused and yet stay pending, where it was not Jira who refused it.
func TestInDoubtTheFirstOnesTakeTurnsToo(t *testing.T) {
	items := makeItems(5)
	var r Refusals
	for _, item := range items[2:] {
		r.Believe(item)
	}
	tried := map[string]bool{}
	for range 5 {
		next := r.Arrange(items)[0]
		r.Believe(next)
		tried[next.Record.Name] = true
	}
	if len(tried) != 5 {
		t.Errorf("only %v were tried, want all", tried)
	}
}

// However many records are wrong, those that are not go out before each of the wrong ones was tried twice; and a site
// that takes nothing costs three records.
func TestRecordsThatAreWrongHoldUpNoOther(t *testing.T) {
	for _, wrong := range []int{0, 1, 3, 10, 39, 40} {
		t.Run(fmt.Sprint(wrong, " of 40"), func(t *testing.T) {
			pending, sent, refused := makeItems(40), 0, 0
			bad := names(pending[40-wrong:]) // the newest, which are tried first
			var refusals Refusals
			window := NewWindow()
			for range 40 { // passes, each with a wait before it
				pending = onePass(pending, &window, &refusals, func(item Item) bool { return slices.Contains(bad, item.Record.Name) }, &sent, &refused)
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

func onePass(pending []Item, window *Window, refusals *Refusals, wrong func(Item) bool, sent, refused *int) []Item {
	pending = refusals.Arrange(pending)
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
