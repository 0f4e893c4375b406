// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// The history of the tests: a line of five, and a branch of two beside the third.
//
//	0 --- 1 --- 2 --- 3 --- 4
//	             \
//	              5 --- 6
func branched(t *testing.T, s *gittest.Server) repo {
	t.Helper()
	commit := func(message, path string, parents ...int) gittest.Commit {
		return gittest.Commit{Message: message, Parents: parents, Files: map[string]string{path: message}}
	}
	return imported(t, s, "acme/shop",
		commit("SHOP-1 Begin", "services/shop/a"), commit("SHOP-2 and PAY-2", "services/pay/a", 0), commit("SHOP-3", "services/shop/a", 1),
		commit("SHOP-4, and SHOP-3 again", "services/pay/a", 2), commit("shop-5 in lower case", "services/shop/b", 3),
		commit("SHOP-6", "services/shop/a", 2), commit("SHOP-7", "services/shop/b", 5))
}

func TestWhatLiesBetween(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	shop := branched(t, git)
	elsewhere := repository(t, git, "acme/elsewhere", "OPS-1")
	if err := shop.SetBranch("topic", shop.ids[6]); err != nil {
		t.Fatal(err)
	}
	if err := shop.SetBranch("main", shop.ids[4]); err != nil {
		t.Fatal(err)
	}
	gone := strings.Repeat("ab", 20)
	w := newWorld(t, allows(git.URL))
	for name, tt := range map[string]struct {
		base, head, baseRepository, projects, paths string
		want                                        v1alpha1.Source
	}{
		"the commits since the last release, with the newest first": {
			base: shop.ids[1], head: shop.ids[4],
			want: v1alpha1.Source{Range: v1alpha1.RangeAhead, Commits: 3, IssueKeys: []string{"SHOP-4", "SHOP-3"}},
		},
		"one commit": {
			base: shop.ids[3], head: shop.ids[4], projects: "SHOP",
			want: v1alpha1.Source{Range: v1alpha1.RangeAhead, Commits: 1, IssueKeys: []string{"SHOP-5"}},
		},
		"keys of the site's projects alone, in lower case too": {
			base: shop.ids[0], head: shop.ids[4], projects: "SHOP,OPS",
			want: v1alpha1.Source{Range: v1alpha1.RangeAhead, Commits: 4, IssueKeys: []string{"SHOP-5", "SHOP-4", "SHOP-3", "SHOP-2"}},
		},
		"a branch and the base's repository in another spelling": {
			base: shop.ids[3][:9], head: "main", baseRepository: shop.url + ".git/",
			want: v1alpha1.Source{Range: v1alpha1.RangeAhead, Commits: 1, Base: shop.ids[3], Revision: shop.ids[4]},
		},
		"nothing new": {
			base: shop.ids[4], head: shop.ids[4],
			want: v1alpha1.Source{Range: v1alpha1.RangeSame},
		},
		"a rollback": {
			base: shop.ids[4], head: shop.ids[1],
			want: v1alpha1.Source{Range: v1alpha1.RangeRollback},
		},
		"another branch": {
			base: shop.ids[4], head: shop.ids[6],
			want: v1alpha1.Source{Range: v1alpha1.RangeDiverged, Commits: 2, IssueKeys: []string{"SHOP-7", "SHOP-6"}},
		},
		"a base that is gone": {
			base: gone, head: shop.ids[3],
			want: v1alpha1.Source{Range: v1alpha1.RangeHeadOnly, Commits: 1, Notes: []v1alpha1.SourceNote{v1alpha1.NoteBaseNotFound}, IssueKeys: []string{"SHOP-4", "SHOP-3"}},
		},
		"a base of another repository is none": {
			base: elsewhere.last(), baseRepository: elsewhere.url, head: shop.ids[3],
			want: v1alpha1.Source{Range: v1alpha1.RangeHeadOnly, Commits: 1, IssueKeys: []string{"SHOP-4", "SHOP-3"}},
		},
		"those that touch the paths": {
			base: shop.ids[0], head: shop.ids[4], paths: "services/pay/**\ndocs",
			want: v1alpha1.Source{Range: v1alpha1.RangeAhead, Commits: 4, IssueKeys: []string{"SHOP-4", "SHOP-3", "SHOP-2", "PAY-2"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			q := record.Question{Repository: shop.url, Revision: tt.head, BaseRepository: tt.baseRepository, Base: tt.base, Projects: tt.projects, Paths: tt.paths}
			if tt.baseRepository == "" {
				q.BaseRepository = shop.url
			}
			got := w.solve(q)
			if got.Reason != v1alpha1.ReasonResolved {
				t.Errorf("answer %s: %s", got.Reason, got.Message)
			}
			tt.want.From, tt.want.Repository = v1alpha1.SourcePodTemplate, shop.url
			if tt.want.Revision == "" {
				tt.want.Revision = tt.head
			}
			if tt.want.Base == "" && q.BaseRepository == shop.url {
				tt.want.Base = tt.base
			}
			if diff := cmp.Diff(tt.want, got.Source); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathsOfAMonorepo(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	list := []gittest.Commit{{Message: "SHOP-1", Files: map[string]string{"pay/a": "1", "shop/a": "1"}}}
	for i, files := range []map[string]string{{"pay/a": "2", "shop/a": "1"}, {"pay/a": "2", "shop/a": "2"}, {"pay/a": "3", "shop/a": "2"}} {
		list = append(list, gittest.Commit{Message: fmt.Sprintf("SHOP-%d", i+2), Parents: []int{i}, Files: files})
	}
	shop := imported(t, git, "acme/shop", list...)
	w := newWorld(t, allows(git.URL))

	got := w.solve(record.Question{Repository: shop.url, Revision: shop.last(), BaseRepository: shop.url, Base: shop.ids[0], Paths: "shop/**"})
	if got.Source.Commits != 1 || !cmp.Equal(got.Source.IssueKeys, []string{"SHOP-3"}) {
		t.Errorf("%d commits with %v, want the one that touches the path", got.Source.Commits, got.Source.IssueKeys)
	}
}

func TestMoreKeysThanARecordHolds(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	var old, recent strings.Builder
	for i := range 400 {
		fmt.Fprintf(&old, "SHOP-%d ", i+1)
		fmt.Fprintf(&recent, "PAY-%d ", i+1)
	}
	shop := repository(t, git, "acme/shop", "Begin", old.String(), recent.String())
	w := newWorld(t, allows(git.URL))

	got := w.solve(record.Question{Repository: shop.url, Revision: shop.last(), BaseRepository: shop.url, Base: shop.ids[0]}).Source
	if len(got.IssueKeys) != 500 || got.IssueKeys[0] != "PAY-1" || got.IssueKeys[499] != "SHOP-100" {
		t.Errorf("%d keys: %v", len(got.IssueKeys), got.IssueKeys)
	}
	if !cmp.Equal(got.Notes, []v1alpha1.SourceNote{v1alpha1.NoteIssueKeysCut}) || got.Commits != 2 {
		t.Errorf("notes %v and %d commits, want IssueKeysCut and 2", got.Notes, got.Commits)
	}
}

func TestACommitOfManifestsLeadsToTheCode(t *testing.T) {
	git := gitServer(t, gittest.Options{})
	code := repository(t, git, "acme/code", "SHOP-1", "SHOP-2", "SHOP-3")
	hidden := repository(t, git, "hidden/code", "SHOP-9")
	names := func(id, repository string) string {
		text := "Bump the image\n\nArgocd-reference-commit-sha: " + id
		if repository != "" {
			text += "\nArgocd-reference-commit-repourl: " + repository
		}
		return text
	}
	manifests := imported(t, git, "acme/manifests",
		gittest.Commit{Message: "OPS-1 Begin"},
		gittest.Commit{Message: names(code.last(), code.url+".git"), Parents: []int{0}, Files: map[string]string{"envs/prod": "1"}},
		gittest.Commit{Message: "Point to SHOP-8\n\nArgocd-reference-commit-sha: " + hidden.last() + "\nArgocd-reference-commit-repourl: " + hidden.url, Parents: []int{1}},
		gittest.Commit{Message: names(strings.Repeat("ab", 20), code.url), Parents: []int{2}},
	)
	within := imported(t, git, "acme/within", gittest.Commit{Message: "SHOP-11"}, gittest.Commit{Message: "SHOP-12", Parents: []int{0}})
	more, err := within.Import(gittest.Commit{Message: names(within.ids[1], "")})
	if err != nil {
		t.Fatal(err)
	}
	twice := imported(t, git, "acme/twice", gittest.Commit{Message: names(manifests.ids[1], manifests.url)})
	for name, id := range map[string]string{"code": more[0], "main": within.ids[1]} {
		if err := within.SetBranch(name, id); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, allows(git.URL+"/acme"))
	for name, tt := range map[string]struct {
		repository, revision, baseRepository, base, paths string
		want                                              v1alpha1.Source
		reason                                            string
	}{
		"and to its commits since the last release": {
			manifests.url, manifests.ids[1], code.url, code.ids[0], "",
			v1alpha1.Source{Repository: code.url, Revision: code.last(), Base: code.ids[0], From: "Reference", Range: "Ahead", Commits: 2, IssueKeys: []string{"SHOP-3", "SHOP-2"}}, "Resolved",
		},
		"but a base of the manifests is no base of the code": {
			manifests.url, manifests.ids[1], manifests.url, manifests.ids[0], "",
			v1alpha1.Source{Repository: code.url, Revision: code.last(), From: "Reference", Range: "HeadOnly", Commits: 1, IssueKeys: []string{"SHOP-3"}}, "Resolved",
		},
		"also where it touches none of the paths": {
			manifests.url, manifests.ids[1], manifests.url, manifests.ids[0], "file",
			v1alpha1.Source{Repository: code.url, Revision: code.last(), From: "Reference", Range: "HeadOnly", Commits: 1, IssueKeys: []string{"SHOP-3"}}, "Resolved",
		},
		"in the same repository, where it names none": {
			within.url, more[0], within.url, within.ids[0], "",
			v1alpha1.Source{Repository: within.url, Revision: within.ids[1], Base: within.ids[0], From: "Reference", Range: "Ahead", Commits: 1, IssueKeys: []string{"SHOP-12"}}, "Resolved",
		},
		"not to a repository that is not listed": {
			manifests.url, manifests.ids[2], "", "", "",
			v1alpha1.Source{Repository: manifests.url, Revision: manifests.ids[2], From: "PodTemplate", Range: "HeadOnly", Commits: 1, IssueKeys: []string{"SHOP-8"}}, "Resolved",
		},
		"once": {
			twice.url, twice.last(), "", "", "",
			v1alpha1.Source{Repository: manifests.url, Revision: manifests.ids[1], From: "Reference", Range: "HeadOnly", Commits: 1}, "Resolved",
		},
		"and to a commit that is not there": {
			manifests.url, manifests.ids[3], "", "", "",
			v1alpha1.Source{Repository: code.url, Revision: strings.Repeat("ab", 20), From: "Reference"}, "RevisionNotFound",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			got := w.solve(record.Question{Repository: tt.repository, Revision: tt.revision, BaseRepository: tt.baseRepository, Base: tt.base, Paths: tt.paths})
			if diff := cmp.Diff(tt.want, got.Source); diff != "" || got.Reason != tt.reason {
				t.Errorf("answer %s: %s\nsource (-want +got):\n%s", got.Reason, got.Message, diff)
			}
		})
	}
}
