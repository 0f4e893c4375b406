// SPDX-License-Identifier: Apache-2.0

package commits_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-dev/rollcall/internal/commits"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
)

// checkHeadOnly wants the head alone, with a note that says why.
func checkHeadOnly(t *testing.T, r *commits.Result, head string, notes ...commits.NoteCode) {
	t.Helper()
	var codes []commits.NoteCode
	for _, n := range r.Notes {
		codes = append(codes, n.Code)
	}
	if r.Kind != commits.HeadOnly || !slices.Equal(hashes(r), []string{head}) || !slices.Equal(codes, notes) || r.Total != 1 {
		t.Errorf("got %s of %v with the notes %v, want %s alone with %v", r.Kind, hashes(r), r.Notes, head, notes)
	}
}

func TestWithoutABaseTheHeadStandsAlone(t *testing.T) {
	for _, options := range []gittest.Options{{}, {NoFilter: true}, {Version0: true}, {Version0: true, NoFilter: true}} {
		l := newLab(t, options, commits.Limits{})
		ids := l.history("A", "B A", "C B", "M B C")
		checkHeadOnly(t, l.between("", ids["M"]), ids["M"])
		if n := len(l.server.Requests()); n != 2 {
			t.Errorf("%d requests, want what the server can do, and the commit: %v", n, l.server.Requests())
		}
	}
}

func TestABaseThatIsGoneLeavesTheHeadAlone(t *testing.T) {
	for _, version0 := range []bool{false, true} {
		l := newLab(t, gittest.Options{Version0: version0}, commits.Limits{})
		ids := l.history("A", "B A", "C B")
		for _, base := range []string{idA, "abcdef1", "v1.0"} {
			checkHeadOnly(t, l.between(base, ids["C"]), ids["C"], commits.BaseNotFound)
		}
	}
}

func TestABaseThatIsGoneDoesNotBringTheHistory(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{Commits: 3, ResponseBytes: 4 << 10})
	var all []gittest.Commit
	for i := range 500 {
		c := gittest.Commit{Message: fmt.Sprint("commit ", i)}
		if i > 0 {
			c.Parents = []int{i - 1}
		}
		all = append(all, c)
	}
	ids := l.make(all...)
	checkHeadOnly(t, l.between(idA, ids[499]), ids[499], commits.BaseNotFound)
}

func TestAHeadThatIsNotThereIsSaid(t *testing.T) {
	for _, options := range []gittest.Options{{}, {NoFilter: true}, {Version0: true}, {Version0: true, NoFilter: true}} {
		l := newLab(t, options, commits.Limits{})
		ids := l.history("A", "B A")
		for _, head := range []string{idB, "abcdef1", "v1.0"} {
			for _, base := range []string{"", ids["A"], idA} {
				_, err := l.client.Between(t.Context(), commits.Range{Repository: l.repo.URL, Base: base, Head: head})
				if !errors.Is(err, commits.ErrRevisionNotFound) {
					t.Errorf("%.8q..%s: got %v, want %v", base, head, err, commits.ErrRevisionNotFound)
				}
			}
		}
	}
}

func TestARangeIsOneRequestWhereTheServerIsKnown(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	ids := l.history("A", "B A", "C B")
	l.between(ids["A"], ids["B"])
	before := len(l.server.Requests())
	l.between(ids["A"], ids["C"])
	if got := l.server.Requests()[before:]; !slices.Equal(got, []string{"POST /acme/shop.git/git-upload-pack"}) {
		t.Errorf("the second range costs %v, want one request", got)
	}
}

func TestARangeSaysWhatIsTakenBack(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	ids := l.make(
		gittest.Commit{Message: "start"}, gittest.Commit{Message: "SHOP-12: a", Parents: []int{0}},
		gittest.Commit{Message: "SHOP-13: b", Parents: []int{1}}, gittest.Commit{Message: "Revert \"SHOP-12: a\"", Parents: []int{2}},
	)
	r := l.between(ids[0], ids[3])
	if got := r.Commits[2]; got.RevertedBy != ids[3] || got.Evidence() != "" || !slices.Equal(r.Commits[0].Reverts, []string{ids[1]}) {
		t.Errorf("SHOP-12 is %+v, and its revert %+v", got, r.Commits[0])
	}
	if got := r.Commits[1]; got.RevertedBy != "" || !strings.HasPrefix(got.Evidence(), "SHOP-13: b") {
		t.Errorf("SHOP-13 is %+v", got)
	}
}

func TestARangeIsCutToTheNewestCommits(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{Commits: 3})
	ids := l.history("A", "B A", "C B", "D C", "E D", "F E", "X A")
	r := l.between(ids["A"], ids["F"])
	if want := []string{ids["F"], ids["E"], ids["D"]}; r.Kind != commits.Ahead || !slices.Equal(hashes(r), want) || len(r.Notes) != 1 || r.Notes[0].Code != commits.Cut {
		t.Errorf("got %s of %v with the notes %v, want Ahead of %v, cut", r.Kind, hashes(r), r.Notes, want)
	}
	checkHeadOnly(t, l.between(ids["X"], ids["F"]), ids["F"], commits.Cut)
	r = l.between(ids["C"], ids["F"])
	if len(r.Commits) != 3 || len(r.Notes) != 0 {
		t.Errorf("a range of exactly the limit has %d commits and the notes %v, want all 3 and no note", len(r.Commits), r.Notes)
	}
}

// TestAServerWithoutFilterSendsNoMoreFilesThanItMust compares with a file that is larger than the limit.
func TestAServerWithoutFilterSendsNoMoreFilesThanItMust(t *testing.T) {
	l := newLab(t, gittest.Options{NoFilter: true}, commits.Limits{ResponseBytes: 1 << 20})
	noise := make([]byte, 0, 4<<20)
	for i := uint32(1); len(noise) < cap(noise); i = i*1664525 + 1013904223 {
		noise = append(noise, byte('a'+i>>24%26), byte(i>>16))
	}
	ids := l.make(
		gittest.Commit{Message: "A"},
		gittest.Commit{Message: "B", Parents: []int{0}, Files: map[string]string{"large": string(noise)}},
		gittest.Commit{Message: "C", Parents: []int{1}},
	)
	l.check(ids[0], ids[2], commits.Ahead)
	checkHeadOnly(t, l.between("", ids[1]), ids[1])
}

func TestARepositoryThatCannotBeReadIsSaid(t *testing.T) {
	for name, tt := range map[string]struct {
		options gittest.Options
		format  string
		want    error
	}{
		"with SHA-256":                   {gittest.Options{}, "sha256", commits.ErrUnsupported},
		"without commits":                {gittest.Options{}, "sha1", commits.ErrRevisionNotFound},
		"without commits, and version 0": {gittest.Options{Version0: true}, "sha1", commits.ErrRevisionNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, tt.options, commits.Limits{})
			l.git("init", "--quiet", "--bare", "--object-format="+tt.format, "../other.git")
			_, err := l.client.Between(t.Context(), commits.Range{Repository: strings.Replace(l.repo.URL, "shop", "other", 1), Head: idA})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestARepositoryIsFoundWithAndWithoutGitAtItsEnd(t *testing.T) {
	strict := gittest.Options{Before: func(w http.ResponseWriter, r *http.Request) bool {
		switch { // as GitLab does it
		case strings.HasPrefix(r.URL.Path, "/acme/shop/"):
			w.Header().Set("Location", strings.Replace(r.URL.String(), "/acme/shop/", "/acme/shop.git/", 1))
			w.WriteHeader(http.StatusMovedPermanently)
			return true
		case strings.HasPrefix(r.URL.Path, "/acme/bare.git/"): // as Azure DevOps does it
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}}
	l := newLab(t, strict, commits.Limits{})
	bare, err := l.server.Create("acme/bare")
	must(t, err)
	for _, repo := range []*gittest.Repository{l.repo, bare} {
		ids, err := repo.Import(gittest.Commit{Message: "A"})
		must(t, err)
		for _, end := range []string{"", ".git"} {
			raw := strings.TrimSuffix(repo.URL, ".git") + end
			r, err := newClient(t, commits.Config{}).Between(t.Context(), commits.Range{Repository: raw, Head: ids[0]})
			if err != nil || r.Repository != strings.TrimSuffix(repo.URL, ".git") {
				t.Errorf("%s: got %+v, %v", raw, r, err)
			}
		}
	}
}

func TestACredentialGoesWithEveryRequestToItsRepository(t *testing.T) {
	l := newLab(t, gittest.Options{User: "git", Password: secret}, commits.Limits{})
	ids := l.history("A", "B A")
	question := commits.Range{Repository: l.repo.URL, Base: ids["A"], Head: ids["B"]}
	var asked []string
	with := func(cred commits.Credential, err error) error {
		client := newClient(t, commits.Config{Credential: func(_ context.Context, u *url.URL) (commits.Credential, error) {
			asked = append(asked, u.String())
			return cred, err
		}})
		_, err = client.Between(t.Context(), question)
		return err
	}
	must(t, with(commits.Basic("git", secret), nil))
	if want := strings.TrimSuffix(l.repo.URL, ".git"); !slices.Equal(asked, []string{want, want}) {
		t.Errorf("a credential is asked for %v, want twice for %s", asked, want)
	}
	for name, err := range map[string]error{
		"no credential":      with(commits.Credential{}, nil),
		"another user":       with(commits.Basic("x", secret), nil),
		"a bearer token":     with(commits.Bearer(secret), nil),
		"one that cannot be": with(commits.Credential{}, errors.New("the Secret says "+secret)),
	} {
		t.Run(name, func(t *testing.T) { checkError(t, err, commits.ErrUnauthorized) })
	}
}

func TestACredentialPrintsNothing(t *testing.T) {
	for _, cred := range []commits.Credential{commits.Basic("robot", secret), commits.Bearer(secret)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb+" "+verb, cred, struct{ C commits.Credential }{cred})
			if strings.Contains(text, secret) || strings.Contains(text, "robot") || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}

func TestPlainHTTPIsForTestsAlone(t *testing.T) {
	client, err := commits.New(commits.Config{Transport: noTransport{t}})
	must(t, err)
	_, err = client.Between(t.Context(), commits.Range{Repository: "http://127.0.0.1:1/acme/shop", Head: idA})
	if !errors.Is(err, commits.ErrInvalid) {
		t.Errorf("got %v, want %v", err, commits.ErrInvalid)
	}
	if _, err := commits.New(commits.Config{}); err == nil {
		t.Error("a client without a transport is made")
	}
}
