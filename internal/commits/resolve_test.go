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

func TestARevisionIsResolvedAsGitDoes(t *testing.T) {
	for name, options := range map[string]gittest.Options{"version 2": {}, "version 0": {Version0: true}} {
		t.Run(name, func(t *testing.T) { testResolve(newLab(t, options, commits.Limits{})) })
	}
}

func testResolve(l *lab) {
	t := l.t
	ids := l.history("A", "B A", "C B", "X A")
	must(t, l.repo.SetBranch("main", ids["C"]))
	must(t, l.repo.SetBranch("feature/SHOP-12", ids["X"]))
	must(t, l.repo.SetBranch("both", ids["A"]))
	must(t, l.repo.Tag("v1.0", ids["A"], ""))
	must(t, l.repo.Tag("v1.1", ids["B"], "the second"))
	must(t, l.repo.Tag("both", ids["B"], ""))
	must(t, l.repo.Tag("v1.1-rc1", ids["A"], ""))
	for revision, want := range map[string]string{
		ids["B"]:                  "B",
		strings.ToUpper(ids["B"]): "B",
		ids["C"][:7]:              "C", // a tip
		ids["B"][:12]:             "B", // a tag
		ids["A"][:39]:             "A",
		ids["X"][:8]:              "X", // behind another branch
		"v1.0":                    "A",
		"v1.1":                    "B",
		"main":                    "C",
		"feature/SHOP-12":         "X",
		"both":                    "B", // a tag comes first
	} {
		got, err := l.client.Resolve(t.Context(), l.repo.URL, revision)
		if err != nil || got != ids[want] {
			t.Errorf("%s is %s, %v, want %s (%s)", revision, got, err, ids[want], want)
		}
	}
	for _, revision := range []string{"v2.0", "v1", "abcdef1", ids["C"][:6], "v1.1^{}", "feature"} {
		got, err := l.client.Resolve(t.Context(), l.repo.URL, revision)
		if err == nil || got != "" || revision != "v1.1^{}" && !errors.Is(err, commits.ErrRevisionNotFound) {
			t.Errorf("%s is %s, %v, want not found", revision, got, err)
		}
	}
	if got := l.between("v1.0", ids["C"][:9]); len(got.Commits) != 2 || got.Base != ids["A"] || got.Head != ids["C"] {
		t.Errorf("a range of a tag and a short id is %+v", got)
	}
}

func TestAShortIdIsFoundInTheNewestHistoryAlone(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{ResolveDepth: 3})
	ids := l.history("A", "B A", "C B", "D C", "E D")
	must(t, l.repo.SetBranch("main", ids["E"]))
	if got, err := l.client.Resolve(t.Context(), l.repo.URL, ids["C"][:7]); err != nil || got != ids["C"] {
		t.Errorf("the third commit is %s, %v, want %s", got, err, ids["C"])
	}
	_, err := l.client.Resolve(t.Context(), l.repo.URL, ids["B"][:7])
	if !errors.Is(err, commits.ErrRevisionNotFound) || !strings.Contains(err.Error(), "whole commit id") {
		t.Errorf("the fourth commit: got %v, want not found, and what helps", err)
	}
}

func TestAShortIdOfTwoCommitsIsSaid(t *testing.T) {
	server := hostile(t, lsRefs(idA+" HEAD", idA[:39]+"b refs/heads/other"))
	_, err := newClient(t, commits.Config{}).Resolve(t.Context(), server.URL+"/acme/shop", idA[:8])
	if !errors.Is(err, commits.ErrRevisionNotFound) || !strings.Contains(err.Error(), "more than one") {
		t.Errorf("got %v, want that there are two", err)
	}
}

func TestARevisionThatNoNameCanBeIsNotAsked(t *testing.T) {
	client := newClient(t, commits.Config{Transport: answering{t}})
	for _, revision := range []string{"a b", "a\nwant " + idA, "a..b", "a^", "a:b", "*", strings.Repeat("a", 300), "a\x00", "~", "@{-1}\\"} {
		_, err := client.Resolve(t.Context(), "https://git.acme.example/shop", revision)
		if !errors.Is(err, commits.ErrInvalid) {
			t.Errorf("%q: got %v, want %v", revision, err, commits.ErrInvalid)
		}
	}
}

func TestOneCommitIsRead(t *testing.T) {
	l := newLab(t, gittest.Options{}, commits.Limits{})
	ids := l.make(gittest.Commit{Message: "SHOP-12: a\n\nIts body.\n"})
	must(t, l.repo.Tag("v1.0", ids[0], "annotated"))
	got, err := l.client.Commit(t.Context(), l.repo.URL, "v1.0")
	must(t, err)
	if got.Hash != ids[0] || got.Subject() != "SHOP-12: a" || got.Message != "SHOP-12: a\n\nIts body.\n" || !got.Committed.Equal(gittest.Epoch.Add(1e9)) {
		t.Errorf("got %+v", got)
	}
	if _, err := l.client.Commit(t.Context(), l.repo.URL, l.git("rev-parse", "v1.0")); err == nil {
		t.Error("the id of a tag is taken for a commit")
	}
	if _, err := l.client.Commit(t.Context(), l.repo.URL, l.git("rev-parse", ids[0]+"^{tree}")); !errors.Is(err, commits.ErrRevisionNotFound) {
		t.Errorf("the id of a folder: got %v, want not found", err)
	}
}

func TestACodeCommitIsNamedByTrailers(t *testing.T) {
	for name, tt := range map[string]struct {
		message string
		want    commits.Reference
	}{
		"all of them": {
			"Bump image\n\nWhy.\n\nArgocd-reference-commit-author: A <a@b>\nArgocd-reference-commit-sha: " + idA +
				"\nArgocd-reference-commit-subject: SHOP-12: b\nArgocd-reference-commit-body: \"Two\\nlines\"\n" +
				"Argocd-reference-commit-repourl: git@github.com:acme/shop.git\nSigned-off-by: C <c@d>\n",
			commits.Reference{Repository: "https://github.com/acme/shop", Revision: idA, Subject: "SHOP-12: b", Body: "Two\nlines"},
		},
		"the last one counts":      {"a\n\nArgocd-reference-commit-sha: abcdef1\nArgocd-reference-commit-sha: abcdef2", commits.Reference{Revision: "abcdef2"}},
		"in any case":              {"a\n\nARGOCD-Reference-Commit-SHA : ABCDEF1\r\n", commits.Reference{Revision: "abcdef1"}},
		"on two lines":             {"a\n\nArgocd-reference-commit-sha: abcdef1\nArgocd-reference-commit-subject: one\n two", commits.Reference{Revision: "abcdef1", Subject: "one two"}},
		"not in another paragraph": {"a\n\nArgocd-reference-commit-sha: abcdef1\n\nThe end.", commits.Reference{}},
		"not as a subject":         {"Argocd-reference-commit-sha: abcdef1", commits.Reference{}},
		"no id":                    {"a\n\nArgocd-reference-commit-sha: main", commits.Reference{}},
		"a URL with a password":    {"a\n\nArgocd-reference-commit-sha: abcdef1\nArgocd-reference-commit-repourl: https://x:y@github.com/a", commits.Reference{Revision: "abcdef1"}},
		"a body that is no JSON":   {"a\n\nArgocd-reference-commit-sha: abcdef1\nArgocd-reference-commit-body: plain", commits.Reference{Revision: "abcdef1"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := (&commits.Commit{Message: tt.message}).Reference()
			if got != tt.want || ok != (tt.want.Revision != "") {
				t.Errorf("got %+v, %t, want %+v", got, ok, tt.want)
			}
		})
	}
}

func TestMoreNamesThanAreLookedAtDoNoHarm(t *testing.T) {
	var refs []string
	for i := range 30_000 {
		refs = append(refs, fmt.Sprintf("%040x refs/heads/b%d", i, i))
	}
	server := hostile(t, lsRefs(append(refs, idA+" refs/heads/last")...))
	_, err := newClient(t, commits.Config{}).Resolve(t.Context(), server.URL+"/acme/shop", "last")
	if !errors.Is(err, commits.ErrRevisionNotFound) {
		t.Errorf("got %v, want %v", err, commits.ErrRevisionNotFound)
	}
}
