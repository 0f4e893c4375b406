// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"regexp"
	"slices"
	"strings"
)

// How a commit says what it takes back:
//
//	This reverts commit 4f1c2d3…            the body that Git writes; also several, and short
//	…, reversing changes made to 348ac8f…   behind the id of a merge: the parent that stays
//	Revert "SHOP-12: mend the login"        the subject of git, GitHub, GitLab and Gerrit
//	Reapply "SHOP-12: mend the login"       the subject of the revert of a revert
//	revert(login): SHOP-12 mend it          Conventional Commits
var (
	revertedIDs     = regexp.MustCompile(`\b[Tt]his reverts commits?\s+((?:[0-9a-f]{7,40}\b(?:\s*,)?(?:\s+and)?\s*)+)`)
	revertedParent  = regexp.MustCompile(`\breversing\s+changes\s+made\s+to\s+([0-9a-f]{40})\b`)
	revertedSubject = regexp.MustCompile(`\b([Rr]evert|[Rr]eapply) ["“](.*)$`)
	revertedHeader  = regexp.MustCompile(`^revert(?:\([^)]*\))?!?: (.+)$`)
	hexWord         = regexp.MustCompile(`[0-9a-f]{7,40}`)
)

// maxMergeReverts bounds how many reverts of merges are followed to the commits that the merge brought.
const maxMergeReverts = 100

// reverts finds in a list of commits which are taken back by others of it.
type reverts struct {
	commits history
	order   []*Commit      // no commit stands before one of its children
	place   map[string]int // in order
	subject map[string][]int
	prefix  map[string][]string // ids by their first digits
	merges  int
}

// markReverts fills RevertedBy and Reverts. A commit that is taken back takes back nothing itself: a revert and the revert
// of it leave what was there before.
func markReverts(list []*Commit) {
	if !slices.ContainsFunc(list, speaksOfReverts) {
		return
	}
	r := newReverts(list)
	// Children first: whether a commit is taken back itself is known before it is its turn.
	for i, c := range r.order {
		if c.RevertedBy != "" {
			continue
		}
		for _, victim := range r.victims(c, i) {
			r.takeBack(victim, c)
		}
	}
}

func speaksOfReverts(c *Commit) bool {
	return strings.Contains(c.Message, "evert") || strings.Contains(c.Message, "eapply")
}

func newReverts(list []*Commit) *reverts {
	r := &reverts{
		commits: history{}, order: topological(list), place: map[string]int{},
		subject: map[string][]int{}, prefix: map[string][]string{},
	}
	for i, c := range r.order {
		r.commits[c.Hash] = c
		r.place[c.Hash] = i
		r.subject[c.Subject()] = append(r.subject[c.Subject()], i)
		r.prefix[c.Hash[:minShort]] = append(r.prefix[c.Hash[:minShort]], c.Hash)
	}
	return r
}

// topological orders commits so that none stands before one of its children, and otherwise as they were.
func topological(list []*Commit) []*Commit {
	commits, children := history{}, map[string]int{}
	for _, c := range list {
		commits[c.Hash] = c
		for _, id := range c.Parents {
			children[id]++
		}
	}
	var order, ready []*Commit
	for i := len(list) - 1; i >= 0; i-- {
		if children[list[i].Hash] == 0 {
			ready = append(ready, list[i])
		}
	}
	for len(ready) > 0 {
		c := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		order = append(order, c)
		for _, id := range c.Parents {
			if children[id]--; children[id] == 0 && commits[id] != nil {
				ready = append(ready, commits[id])
			}
		}
	}
	return order
}

// victims returns the commits that c takes back: by their ids, else by their subject. It stands at a place in the order.
func (r *reverts) victims(c *Commit, place int) []*Commit {
	var found []*Commit
	for _, m := range revertedIDs.FindAllStringSubmatch(c.Message, -1) {
		for _, digits := range hexWord.FindAllString(m[1], -1) {
			for _, id := range r.prefix[digits[:minShort]] {
				if strings.HasPrefix(id, digits) && r.place[id] > place {
					found = append(found, r.commits[id])
				}
			}
		}
	}
	if len(found) > 0 {
		return found
	}
	// The id of a commit that was rebased since is not here, but its subject is.
	if subject, ok := subjectTakenBack(c.Subject()); ok {
		for _, at := range r.subject[subject] {
			if at > place && r.order[at].RevertedBy == "" {
				return []*Commit{r.order[at]}
			}
		}
	}
	return nil
}

// subjectTakenBack reads the subject of a revert.
func subjectTakenBack(subject string) (string, bool) {
	if m := revertedHeader.FindStringSubmatch(subject); m != nil {
		return m[1], true
	}
	m := revertedSubject.FindStringSubmatch(subject)
	if m == nil {
		return "", false
	}
	quoted := m[2]
	if end := strings.LastIndexAny(quoted, `"”`); end >= 0 {
		quoted = quoted[:end]
	}
	if strings.EqualFold(m[1], "reapply") {
		quoted = `Revert "` + quoted + `"`
	}
	return quoted, true
}

// takeBack marks a commit, and with a merge all that it brought.
func (r *reverts) takeBack(victim, by *Commit) {
	taken := []*Commit{victim}
	if len(victim.Parents) > 1 && r.merges < maxMergeReverts {
		r.merges++
		taken = append(taken, r.brought(victim, by)...)
	}
	for _, c := range taken {
		if c.RevertedBy == "" && c != by {
			c.RevertedBy = by.Hash
			by.Reverts = append(by.Reverts, c.Hash)
		}
	}
}

// brought returns the commits of a merge that the parent that stays does not have. A revert names that parent; it is the
// first where it names none.
func (r *reverts) brought(merge, by *Commit) []*Commit {
	stays := merge.Parents[0]
	if m := revertedParent.FindStringSubmatch(by.Message); len(m) > 1 && slices.Contains(merge.Parents, m[1]) {
		stays = m[1]
	}
	there := r.commits.reach(stays)
	var found []*Commit
	for id := range r.commits.reach(merge.Parents...) {
		if !there[id] {
			found = append(found, r.commits[id])
		}
	}
	return found
}
