package outbox

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// believed is how many records Jira may refuse as whole requests, one after the other, before the fault is
// looked for elsewhere.
const believed = 3

// Refusals tells records that are wrong from a site that refuses whatever is sent: after a change of Jira's schema,
// or of a proxy's rules, every record would look wrong, and none must be given up for that. The zero value is ready
// for use.
type Refusals struct {
	// records are those that were refused since Jira took one.
	records map[types.UID]bool
	// tried are those that were refused since, while nothing that is refused is believed.
	tried map[types.UID]bool
}

// Believe notes that Jira refused a request with this record alone, and says whether that is the record's fault.
func (r *Refusals) Believe(item Item) bool {
	id := item.Record.UID
	if r.InDoubt() {
		r.tried = with(r.tried, id)
		return r.records[id]
	}
	r.records = with(r.records, id)
	return true
}

func with(set map[types.UID]bool, id types.UID) map[types.UID]bool {
	if set == nil {
		set = map[types.UID]bool{}
	}
	set[id] = true
	return set
}

// Accepted notes that Jira took a record: those that it refused were wrong themselves.
func (r *Refusals) Accepted() {
	*r = Refusals{}
}

// InDoubt says whether Jira refused so many records one after the other that it may refuse all.
func (r *Refusals) InDoubt() bool {
	return len(r.records) >= believed
}

// Arrange puts the item to try next before all others, which are oldest first. While it is in doubt whether Jira takes
// anything, only one is tried at a time: the newest of those that were not, and so each in its turn. The others may be
// those that are wrong.
func (r *Refusals) Arrange(items []Item) []Item {
	if !r.InDoubt() || len(items) == 0 {
		return items
	}
	next := len(items) - 1
	for next >= 0 && r.tried[items[next].Record.UID] {
		next--
	}
	if next < 0 { // all were: once more
		next, r.tried = len(items)-1, nil
	}
	return slices.Concat(items[next:next+1], items[:next], items[next+1:])
}
