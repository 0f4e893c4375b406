// SPDX-License-Identifier: Apache-2.0

package commits

import "container/heap"

// history is the commits that a server sent, by id.
type history map[string]*Commit

// visit collects commits until there are limit of them; 0 means no limit.
func (h history) visit(_ objectKind, id, data string) bool {
	if id != "" {
		if c, ok := parseCommit(id, data); ok {
			h[id] = c
		}
	}
	return true
}

// log returns the commits that head reaches and base does not, in the order of `git log base..head`: of those whose child was
// returned the one that was committed last, and of those the one whose child was returned first. The boundary is their
// parents that are not among them.
func (h history) log(head, base string) (list []*Commit, boundary []string) {
	seen := h.reach(base) // empty where the server leaves it away, as it was asked to
	outside := map[string]bool{}
	for id := range seen {
		outside[id] = true
	}
	if h[base] == nil {
		outside[base] = true
	}
	if outside[head] || h[head] == nil {
		return nil, nil
	}
	marked := map[string]bool{}
	queue := &byDate{}
	seen[head] = true
	queue.add(h[head])
	for queue.Len() > 0 {
		c := heap.Pop(queue).(dated).commit
		list = append(list, c)
		for _, id := range c.Parents {
			parent := h[id]
			switch {
			case parent == nil, outside[id]:
				if !marked[id] {
					marked[id] = true
					boundary = append(boundary, id)
				}
			case !seen[id]:
				seen[id] = true
				queue.add(parent)
			}
		}
	}
	return list, boundary
}

// reach returns the ids of a commit and of all behind it, of those that came.
func (h history) reach(from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		id := from[len(from)-1]
		from = from[:len(from)-1]
		if c := h[id]; c != nil && !seen[id] {
			seen[id] = true
			from = append(from, c.Parents...)
		}
	}
	return seen
}

// dated is a commit in the queue, with its place in the order of arrival.
type dated struct {
	commit *Commit
	number int
}

// byDate is a heap with the commit that was made last on top; of equals that which came first.
type byDate struct {
	items []dated
	count int
}

func (q *byDate) add(c *Commit) {
	q.count++
	heap.Push(q, dated{c, q.count})
}

// Len, Less, Swap, Push and Pop are for package heap.
func (q *byDate) Len() int { return len(q.items) }

// Less puts the latest first.
func (q *byDate) Less(i, j int) bool {
	a, b := q.items[i], q.items[j]
	if a.commit.made != b.commit.made {
		return a.commit.made > b.commit.made
	}
	return a.number < b.number
}

// Swap exchanges two.
func (q *byDate) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }

// Push adds one.
func (q *byDate) Push(x any) { q.items = append(q.items, x.(dated)) }

// Pop takes the last.
func (q *byDate) Pop() any {
	last := q.items[len(q.items)-1]
	q.items = q.items[:len(q.items)-1]
	return last
}
