// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

// rounds is how many generated histories a test tries: COMMITS_ROUNDS=500 go test -run Generated ./internal/commits
func rounds(t *testing.T, standard int) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("COMMITS_ROUNDS")); err == nil {
		return n
	}
	if testing.Short() {
		return 2
	}
	return standard
}

// generate makes a history of some commits: mostly lines, with merges of two to four parents, now and then a new root, and
// clocks that go wrong.
func generate(random *rand.Rand, size int) []gittest.Commit {
	folders := []string{"services/checkout/main.go", "services/checkout/api/v1.go", "services/cart/main.go", "docs/readme.md", "go.mod"}
	all := make([]gittest.Commit, size)
	for i := range all {
		c := gittest.Commit{Message: fmt.Sprintf("commit %d", i), At: gittest.Epoch.Add(time.Duration(i) * time.Minute), Files: map[string]string{}}
		switch random.IntN(10) {
		case 0:
			c.At = c.At.Add(-time.Duration(random.IntN(600)) * time.Minute)
		case 1:
			c.At = gittest.Epoch // the same as others
		}
		for range parentCount(random, i) {
			if parent := i - 1 - random.IntN(min(i, 6)); !slices.Contains(c.Parents, parent) {
				c.Parents = append(c.Parents, parent)
			}
		}
		for _, parent := range c.Parents {
			for name, text := range all[parent].Files {
				if _, there := c.Files[name]; !there || random.IntN(2) == 0 {
					c.Files[name] = text
				}
			}
		}
		if len(c.Parents) < 2 || random.IntN(4) == 0 {
			name := folders[random.IntN(len(folders))]
			if random.IntN(6) == 0 {
				delete(c.Files, name)
			} else {
				c.Files[name] = strconv.Itoa(random.IntN(4))
			}
		}
		all[i] = c
	}
	return all
}

func parentCount(random *rand.Rand, i int) int {
	if i == 0 {
		return 0
	}
	switch n := random.IntN(40); {
	case n == 0:
		return 0
	case n < 26:
		return 1
	case n < 38:
		return 2
	}
	return 4
}

func TestGeneratedHistoriesHaveTheRangesOfGit(t *testing.T) {
	for name, options := range map[string]gittest.Options{
		"version 2": {}, "without filter": {NoFilter: true}, "version 0": {Version0: true}, "version 0 without filter": {Version0: true, NoFilter: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, options, commits.Limits{})
			for round := range rounds(t, 1) {
				random := rand.New(rand.NewPCG(uint64(round), 13))
				ids := l.make(generate(random, 30)...)
				for range 5 {
					base, head := ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]
					l.compare(base, head)
					if t.Failed() {
						t.Fatalf("in round %d:\n%s", round, l.git("log", "--graph", "--format=%h %ct", "--all", base, head))
					}
				}
			}
		})
	}
}

// compare holds a range against what git says of order, kind and boundary.
func (l *lab) compare(base, head string) {
	l.t.Helper()
	bases := lines(l.mergeBases(base, head))
	want := commits.Diverged
	switch {
	case base == head:
		want = commits.Same
	case slices.Contains(bases, head):
		want = commits.Rollback
	case slices.Contains(bases, base):
		want = commits.Ahead
	case len(bases) == 0:
		l.checkAlone(base, head)
		return
	}
	result := l.check(base, head, want)
	if want != commits.Ahead && want != commits.Diverged {
		return
	}
	var boundary []string
	for _, line := range lines(l.git("rev-list", "--boundary", base+".."+head)) {
		if id, ok := strings.CutPrefix(line, "-"); ok {
			boundary = append(boundary, id)
		}
	}
	got := slices.Clone(result.Boundary)
	slices.Sort(got)
	slices.Sort(boundary)
	if !slices.Equal(got, boundary) {
		l.t.Errorf("the boundary of %s..%s is %v, and git says %v", base, head, got, boundary)
	}
	for _, id := range bases {
		if !slices.Contains(got, id) {
			l.t.Errorf("the merge base %s of %s and %s is not in the boundary %v", id, base, head, got)
		}
	}
}

// mergeBases is git merge-base, which fails where there is none.
func (l *lab) mergeBases(base, head string) string {
	out, err := l.repo.Git("merge-base", "--all", base, head)
	if err != nil {
		return ""
	}
	return out
}

func (l *lab) checkAlone(base, head string) {
	l.t.Helper()
	result := l.between(base, head)
	if result.Kind != commits.HeadOnly || !slices.Equal(hashes(result), []string{head}) || len(result.Notes) != 1 || result.Notes[0].Code != commits.Unrelated {
		l.t.Errorf("%s..%s have nothing in common, and the result is %s of %v with the notes %v", base, head, result.Kind, hashes(result), result.Notes)
	}
}

func TestGeneratedHistoriesHaveThePathsOfGit(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	for round := range rounds(t, 2) {
		random := rand.New(rand.NewPCG(uint64(round), 14))
		ids := l.make(generate(random, 30)...)
		for _, path := range []string{"services/checkout/**", "services/*/api/**", "go.mod", "docs/"} {
			base, head := ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]
			if l.mergeBases(base, head) == "" {
				continue
			}
			l.comparePaths(base, head, path)
			if t.Failed() {
				t.Fatalf("in round %d:\n%s", round, l.git("log", "--graph", "--format=%h %ct", "--name-status", base, head))
			}
		}
	}
}

// comparePaths holds commits that are no merges against `git log --full-history`, and merges against the differences to
// their parents.
func (l *lab) comparePaths(base, head, path string) {
	l.t.Helper()
	result := l.between(base, head, path)
	mainline := lines(l.git("rev-list", "--first-parent", head))
	spec := ":(glob)" + path
	want := lines(l.git("rev-list", "--full-history", "--no-merges", base+".."+head, "--", spec))
	for _, line := range lines(l.git("rev-list", "--merges", "--parents", base+".."+head)) {
		ids := strings.Fields(line)
		if l.mergeCounts(ids[0], ids[1:], mainline, base, spec) {
			want = append(want, ids[0])
		}
	}
	got := hashes(result)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		l.t.Errorf("the commits of %s..%s that touch %s are\n%s\nand git says\n%s", base, head, path, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(result.Notes) > 0 {
		l.t.Errorf("the range %s..%s with %s has notes: %v", base, head, path, result.Notes)
	}
}

// mergeCounts says whether a merge differs from every parent, or from the first by something else than the mainline.
func (l *lab) mergeCounts(id string, parents, mainline []string, base, spec string) bool {
	l.t.Helper()
	all, first, news := true, false, false
	for i, parent := range parents {
		differs := l.git("diff", "--name-only", parent, id, "--", spec) != ""
		all = all && differs
		if i == 0 {
			first = differs
		} else if !slices.Contains(mainline, parent) && l.git("rev-list", base+".."+parent, "--max-count=1") != "" {
			news = true
		}
	}
	return all || first && news
}
