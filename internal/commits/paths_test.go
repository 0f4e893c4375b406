// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

// monorepo is a small monorepo: files by name, with what is in them.
func monorepo(changes ...string) map[string]string {
	files := map[string]string{
		"services/checkout/main.go": "1", "services/checkout/api/v1.go": "1", "services/cart/main.go": "1",
		"services/cart/api/v1.go": "1", "docs/readme.md": "1", "go.mod": "1",
	}
	for _, name := range changes {
		files[name] = "2"
	}
	return files
}

func subjects(r *commits.Result) string {
	var all []string
	for _, c := range r.Commits {
		all = append(all, c.Subject())
	}
	return strings.Join(all, ", ")
}

func TestCommitsThatTouchOtherPathsDoNotCount(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	ids := l.make(
		gittest.Commit{Message: "start", Files: monorepo()},
		gittest.Commit{Message: "checkout", Parents: []int{0}, Files: monorepo("services/checkout/main.go")},
		gittest.Commit{Message: "cart", Parents: []int{1}, Files: monorepo("services/checkout/main.go", "services/cart/api/v1.go")},
		gittest.Commit{Message: "module", Parents: []int{2}, Files: monorepo("services/checkout/main.go", "services/cart/api/v1.go", "go.mod")},
		gittest.Commit{Message: "docs", Parents: []int{3}, Files: monorepo("services/checkout/main.go", "services/cart/api/v1.go", "go.mod", "docs/readme.md")},
		gittest.Commit{Message: "empty", Parents: []int{4}, Files: monorepo("services/checkout/main.go", "services/cart/api/v1.go", "go.mod", "docs/readme.md")},
		gittest.Commit{Message: "all back", Parents: []int{5}, Files: monorepo()},
	)
	for _, tt := range []struct {
		paths []string
		want  string
	}{
		{[]string{"services/checkout/**"}, "all back, checkout"},
		{[]string{"services/checkout"}, "all back, checkout"},
		{[]string{"/services/checkout/"}, "all back, checkout"},
		{[]string{"services/*/api/**"}, "all back, cart"},
		{[]string{"services/c[ah]*/main.go"}, "all back, checkout"},
		{[]string{"services"}, "all back, cart, checkout"},
		{[]string{"go.mod", "docs/**"}, "all back, docs, module"},
		{[]string{"**"}, "all back, docs, module, cart, checkout"},
		{[]string{"*"}, "all back, docs, module, cart, checkout"},
		{[]string{"services/payment/**"}, ""},
		{nil, "all back, empty, docs, module, cart, checkout"},
	} {
		r := l.between(ids[0], ids[6], tt.paths...)
		if got := subjects(r); got != tt.want || r.Total != 6 || len(r.Notes) != 0 || r.Kind != commits.Ahead {
			t.Errorf("%v: %q of %d count (%v), want %q of 6", tt.paths, got, r.Total, r.Notes, tt.want)
		}
	}
	checkHeadOnly(t, l.between("", ids[6], "services/checkout/**"), ids[6])
	if r := l.between("", ids[4], "services/checkout/**"); len(r.Commits) != 0 || r.Kind != commits.HeadOnly {
		t.Errorf("a head that touches something else counts: %v", r.Commits)
	}
	if r := l.between("", ids[0], "services/checkout/**"); len(r.Commits) != 1 {
		t.Errorf("the first commit of all, which makes the path, does not count")
	}
}

func TestAMergeCountsForWhatItBringsIn(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	checkout, cart, both := monorepo("services/checkout/main.go"), monorepo("services/cart/main.go"), monorepo("services/checkout/main.go", "services/cart/main.go")
	ids := l.make(
		gittest.Commit{Message: "start", Files: monorepo()},
		gittest.Commit{Message: "work on checkout", Parents: []int{0}, Files: checkout},
		gittest.Commit{Message: "Merge branch 'SHOP-12'", Parents: []int{0, 1}, Files: checkout},
		gittest.Commit{Message: "work on cart", Parents: []int{0}, Files: cart},
		gittest.Commit{Message: "Merge main into SHOP-20", Parents: []int{3, 2}, Files: both},
		gittest.Commit{Message: "Merge branch 'SHOP-20'", Parents: []int{2, 4}, Files: both},
	)
	for path, want := range map[string]string{
		"services/checkout/**": "Merge branch 'SHOP-12', work on checkout",
		"services/cart/**":     "Merge branch 'SHOP-20', work on cart",
	} {
		if got := subjects(l.between(ids[0], ids[5], path)); got != want {
			t.Errorf("%s: %q count, want %q", path, got, want)
		}
	}
}

func TestPathsThatCannotBeReadLeaveAllCommits(t *testing.T) {
	for name, tt := range map[string]struct {
		options gittest.Options
		limits  commits.Limits
	}{
		"without filter":            {gittest.Options{NoFilter: true}, commits.Limits{}},
		"folders beyond the memory": {gittest.Options{}, commits.Limits{MemoryBytes: 8 << 10}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tt.options, tt.limits)
			files := map[string]string{}
			for i := range 500 {
				files[fmt.Sprintf("services/service-%d/go.mod", i)] = "1"
			}
			ids := l.make(
				gittest.Commit{Message: "A", Files: files}, gittest.Commit{Message: "B", Parents: []int{0}, Files: files},
				gittest.Commit{Message: "C", Parents: []int{1}, Files: files},
			)
			r := l.between(ids[0], ids[2], "services/service-1/**")
			if len(r.Commits) != 2 || len(r.Notes) != 1 || r.Notes[0].Code != commits.PathsNotRead {
				t.Errorf("got %q with the notes %v, want both and a note", subjects(r), r.Notes)
			}
		})
	}
}

func TestAPathIsChecked(t *testing.T) {
	for path, good := range map[string]bool{
		"services/checkout/**": true, "services/*/api": true, "go.mod": true, "/docs/": true, "**": true, "a b/ü": true,
		"": false, "/": false, "services/**/api": false, "../secret": false, "a/./b": false, "a//b": false, "a[": false, "a\nb": false,
		strings.Repeat("a/", 20): false, strings.Repeat("a", 600): false,
	} {
		if err := commits.ParsePath(path); (err == nil) != good {
			t.Errorf("ParsePath(%q) = %v, want good %t", path, err, good)
		}
	}
	client := newClient(t, commits.Config{Transport: noTransport{t}})
	for _, paths := range [][]string{{"a/**/b"}, make([]string, 100)} {
		_, err := client.Between(t.Context(), commits.Range{Repository: "https://git.acme.example/shop", Head: idA, Paths: paths})
		if !errors.Is(err, commits.ErrInvalid) {
			t.Errorf("%d paths: got %v, want %v", len(paths), err, commits.ErrInvalid)
		}
	}
}

// TestPathsCostTheFoldersOnTheWay counts requests: the range, what is before it, and one for each level of the path.
func TestPathsCostTheFoldersOnTheWay(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	ids := l.make(
		gittest.Commit{Message: "A", Files: monorepo()},
		gittest.Commit{Message: "B", Parents: []int{0}, Files: monorepo("services/checkout/main.go")},
	)
	l.between(ids[0], ids[1])
	before := len(l.server.Requests())
	l.between(ids[0], ids[1], "services/checkout/**")
	if got := len(l.server.Requests()) - before; got != 4 {
		t.Errorf("%d requests, want 4", got)
	}
}
