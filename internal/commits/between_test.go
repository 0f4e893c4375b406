// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

// lab is a Git server with one repository, and a client for it.
type lab struct {
	t      *testing.T
	server *gittest.Server
	repo   *gittest.Repository
	client *commits.Client
}

func newLab(t *testing.T, options gittest.Options, limits commits.Limits) *lab {
	t.Helper()
	if !gittest.Available() {
		t.Skip("there is no git on this machine, which this test compares with")
	}
	server, err := gittest.Start(t.TempDir(), options)
	must(t, err)
	t.Cleanup(server.Close)
	repo, err := server.Create("acme/shop.git")
	must(t, err)
	return &lab{t, server, repo, newClient(t, commits.Config{Limits: limits})}
}

func newClient(t testing.TB, cfg commits.Config) *commits.Client {
	t.Helper()
	cfg.Loopback = true
	if cfg.Transport == nil {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		cfg.Transport = transport
	}
	client, err := commits.New(cfg)
	must(t, err)
	return client
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lab) make(all ...gittest.Commit) []string {
	l.t.Helper()
	ids, err := l.repo.Import(all...)
	must(l.t, err)
	must(l.t, l.repo.SetBranch("first", ids[0]))
	return ids
}

func (l *lab) git(args ...string) string {
	l.t.Helper()
	out, err := l.repo.Git(args...)
	must(l.t, err)
	return out
}

func (l *lab) between(base, head string, paths ...string) *commits.Result {
	l.t.Helper()
	result, err := l.client.Between(l.t.Context(), commits.Range{Repository: l.repo.URL, Base: base, Head: head, Paths: paths})
	must(l.t, err)
	return result
}

// check compares with what git says of the same range.
func (l *lab) check(base, head string, want commits.Kind) *commits.Result {
	l.t.Helper()
	result := l.between(base, head)
	if result.Kind != want {
		l.t.Errorf("the range %s..%s is %s, want %s (notes: %v)", base, head, result.Kind, want, result.Notes)
	}
	if got, want := hashes(result), lines(l.git("rev-list", base+".."+head)); !slices.Equal(got, want) {
		l.t.Errorf("the commits of %s..%s are\n%s\nand git says\n%s", base, head, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return result
}

func hashes(r *commits.Result) []string {
	var ids []string
	for _, c := range r.Commits {
		ids = append(ids, c.Hash)
	}
	return ids
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// history writes commits as one letter each, with the letters of their parents: "A", "B A", "M B C".
func (l *lab) history(rows ...string) map[string]string {
	l.t.Helper()
	var all []gittest.Commit
	place := map[string]int{}
	for i, row := range rows {
		names := strings.Fields(row)
		c := gittest.Commit{Message: names[0]}
		for _, parent := range names[1:] {
			c.Parents = append(c.Parents, place[parent])
		}
		place[names[0]] = i
		all = append(all, c)
	}
	ids := map[string]string{}
	for i, id := range l.make(all...) {
		ids[all[i].Message] = id
	}
	return ids
}

func TestTheCommitsAreThoseOfGitLog(t *testing.T) {
	for name, tt := range map[string]struct {
		history    []string
		base, head string
		want       commits.Kind
	}{
		"a line":                        {[]string{"A", "B A", "C B", "D C"}, "A", "D", commits.Ahead},
		"one commit":                    {[]string{"A", "B A"}, "A", "B", commits.Ahead},
		"a merge":                       {[]string{"A", "B A", "C A", "M B C", "D M"}, "A", "D", commits.Ahead},
		"a branch from before the base": {[]string{"A", "B A", "X A", "C B", "M C X"}, "B", "M", commits.Ahead},
		"an octopus":                    {[]string{"A", "B A", "C A", "D A", "M B C D"}, "A", "M", commits.Ahead},
		"a criss-cross":                 {[]string{"A", "B A", "C A", "M B C", "N C B", "O M N"}, "B", "O", commits.Ahead},
		"the sides of a criss-cross":    {[]string{"A", "B A", "C A", "M B C", "N C B"}, "M", "N", commits.Diverged},
		"the base merged, not on top":   {[]string{"A", "B A", "C A", "M C B"}, "B", "M", commits.Ahead},
		"a rollback":                    {[]string{"A", "B A", "C B"}, "C", "A", commits.Rollback},
		"a rollback by a merge":         {[]string{"A", "B A", "C A", "M B C"}, "M", "C", commits.Rollback},
		"a force push":                  {[]string{"A", "B A", "C B", "X A", "Y X"}, "C", "Y", commits.Diverged},
		"the same":                      {[]string{"A", "B A"}, "B", "B", commits.Same},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, gittest.Options{}, commits.Limits{})
			ids := l.history(tt.history...)
			l.check(ids[tt.base], ids[tt.head], tt.want)
		})
	}
}
