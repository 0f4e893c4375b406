package outbox

import "k8s.io/apimachinery/pkg/types"

// believed is how many records Jira may refuse as whole requests, one after the other, before the fault is
// looked for elsewhere.
const believed = 3

// Refusals tells records that are wrong from a site that refuses whatever is sent: after a change of Jira's schema,
// or of a proxy's rules, every record would look wrong, and none must be given up for that. The zero value is ready
// for use.
type Refusals struct {
	// records are those that were refused since Jira took one.
	records map[types.UID]bool
}

// Believe notes that Jira refused a request with this record alone, and says whether that is the record's fault.
func (r *Refusals) Believe(item Item) bool {
	id := item.Record.UID
	if r.records[id] {
		return true
	}
	if r.InDoubt() {
		return false
	}
	if r.records == nil {
		r.records = map[types.UID]bool{}
	}
	r.records[id] = true
	return true
}

// Accepted notes that Jira took a record: those that it refused were wrong themselves.
func (r *Refusals) Accepted() {
	r.records = nil
}

// InDoubt says whether Jira refused so many records one after the other that it may refuse all.
func (r *Refusals) InDoubt() bool {
	return len(r.records) >= believed
}

// Draw puts one item before all others: index chooses it, as rand.IntN does. While it is in doubt whether Jira takes
// anything, the oldest records are not tried over and over: they may be those that are wrong.
func Draw(items []Item, index func(n int) int) []Item {
	chosen := index(len(items))
	drawn := append(make([]Item, 0, len(items)), items[chosen])
	drawn = append(drawn, items[:chosen]...)
	return append(drawn, items[chosen+1:]...)
}
