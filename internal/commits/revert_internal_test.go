// SPDX-License-Identifier: Apache-2.0

package commits

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// row is a commit of a story: a letter, the letters of its parents, and its message. In the message «X» stands for the id
// of commit X, and «x» for the short one.
type row struct{ name, message string }

// tell makes the range O..<last row> of rows, newest first, and returns the ids by letter.
func tell(rows []row) ([]*Commit, map[string]string) {
	ids := map[string]string{}
	var list []*Commit
	for _, r := range rows {
		names := strings.Fields(r.name)
		sum := sha1.Sum([]byte(names[0]))
		ids[names[0]] = hex.EncodeToString(sum[:])
		c := &Commit{Hash: ids[names[0]], Message: r.message}
		for name, id := range ids {
			c.Message = strings.NewReplacer("«"+name+"»", id, "«"+strings.ToLower(name)+"»", id[:8]).Replace(c.Message)
		}
		for _, parent := range names[1:] {
			c.Parents = append(c.Parents, ids[parent])
		}
		list = append(list, c)
	}
	slices.Reverse(list)
	return slices.DeleteFunc(list, func(c *Commit) bool { return c.Hash == ids["O"] || c.Hash == ids["Z"] }), ids
}

func TestARevertInTheRangeTakesItsVictimOut(t *testing.T) {
	for name, tt := range map[string]struct {
		rows []row
		// want is what is left as evidence, by letter and newest first. The base is O, and the head the last row.
		want string
	}{
		"by its id": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"B A", "SHOP-13: c"},
			{"R B", "Revert \"SHOP-12: b\"\n\nThis reverts commit «A»."},
		}, "B"},
		"by its short id": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "Oops, this one was wrong\n\nThis reverts commit «a»."},
		}, "R(Oops, this one was wrong)"},
		"several by their ids": {[]row{
			{"O", "start"}, {"A O", "SHOP-12"}, {"B A", "SHOP-13"}, {"C B", "SHOP-14"}, {"R C", "Take two back\n\nThis reverts commits «a» and «b»."},
		}, "R(Take two back) C"},
		"by its subject, as GitHub squashes": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b (#45)"}, {"R A", "Revert \"SHOP-12: b (#45)\" (#46)\n\nReverts acme/shop#45"},
		}, "R((#46)\n\nReverts acme/shop#45)"},
		"by its subject, because it was rebased": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "Revert \"SHOP-12: b\"\n\nThis reverts commit 1234567890123456789012345678901234567890."},
		}, ""},
		"of Conventional Commits": {[]row{
			{"O", "start"}, {"A O", "feat: SHOP-12 b"}, {"R A", "revert: feat: SHOP-12 b"},
		}, ""},
		"with an issue of its own": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "SHOP-20: Revert \"SHOP-12: b\"\n\nThis reverts commit «A».\n\nIt broke SHOP-21."},
		}, "R(SHOP-20: \n\n\nIt broke SHOP-21.)"},
		"and a revert of it puts it back": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"},
			{"R A", "Revert \"SHOP-12: b\"\n\nThis reverts commit «A»."},
			{"S R", "Reapply \"SHOP-12: b\"\n\nThis reverts commit «R»."},
		}, "A"},
		"put back and taken out again": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"},
			{"R A", "Revert \"SHOP-12: b\"\n\nThis reverts commit «A»."},
			{"S R", "Revert \"Revert \"SHOP-12: b\"\"\n\nThis reverts commit «R»."},
			{"T S", "Revert \"Reapply \"SHOP-12: b\"\"\n\nThis reverts commit «S»."},
		}, ""},
		"put back by its subject": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "Revert \"SHOP-12: b\""}, {"S R", "Reapply \"SHOP-12: b\""},
		}, "A"},
		"with all that a merge brought": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: a"}, {"B A", "SHOP-12: b"}, {"C O", "SHOP-13"}, {"M C B", "Merge branch 'SHOP-12'"},
			{"R M", "Revert \"Merge branch 'SHOP-12'\"\n\nThis reverts commit «M», reversing\nchanges made to «C»."},
		}, "C"},
		"with the other side of a merge": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: a"}, {"C O", "SHOP-13"}, {"M C A", "Merge branch 'SHOP-12'"},
			{"R M", "Revert \"Merge branch 'SHOP-12'\"\n\nThis reverts commit «M», reversing\nchanges made to «A»."},
		}, "A"},
		"and a merge of it is put back as a whole": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: a"}, {"C O", "SHOP-13"}, {"M C A", "Merge branch 'SHOP-12'"},
			{"R M", "Revert \"Merge branch 'SHOP-12'\"\n\nThis reverts commit «M», reversing\nchanges made to «C»."},
			{"S R", "Revert \"Revert \"Merge branch 'SHOP-12'\"\"\n\nThis reverts commit «R»."},
		}, "M C A"},
		"merged as GitHub does": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "Revert \"SHOP-12: b\"\n\nThis reverts commit «A»."},
			{"M A R", "Merge pull request #46 from acme/revert-45-SHOP-12\n\nRevert \"SHOP-12: b\""},
		}, "M(Merge pull request #46 from acme/)"},
		"and the same again afterwards": {[]row{
			{"O", "start"}, {"A O", "SHOP-12: b"}, {"R A", "Revert \"SHOP-12: b\""}, {"B R", "SHOP-12: b"},
		}, "B"},
		"not something older": {[]row{
			{"Z", "SHOP-11: a"}, {"O Z", "start"}, {"A O", "SHOP-12"}, {"R A", "Revert \"SHOP-11: a\"\n\nThis reverts commit «Z»."},
		}, "R A"},
		"not something that came later": {[]row{
			{"O", "start"}, {"R O", "Revert \"SHOP-12: b\""}, {"A R", "SHOP-12: b"},
		}, "A R"},
	} {
		t.Run(name, func(t *testing.T) {
			list, ids := tell(tt.rows)
			markReverts(list)
			if got := evidenceOf(list, ids); got != tt.want {
				t.Errorf("what is left is %q, want %q", got, tt.want)
			}
		})
	}
}

// evidenceOf writes the letters of the commits that have evidence, newest first, and the evidence where it is not the
// whole message.
func evidenceOf(list []*Commit, ids map[string]string) string {
	letters := map[string]string{}
	for letter, id := range ids {
		letters[id] = letter
	}
	var left []string
	for _, c := range list {
		text := strings.TrimSpace(c.Evidence())
		switch text {
		case "":
		case strings.TrimSpace(c.Message):
			left = append(left, letters[c.Hash])
		default:
			left = append(left, letters[c.Hash]+"("+text+")")
		}
	}
	return strings.Join(left, " ")
}
