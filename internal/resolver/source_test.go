// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/commits/gittest"
	"github.com/rollcall-dev/rollcall/internal/image"
	"github.com/rollcall-dev/rollcall/internal/record"
)

func TestWhichCommitRuns(t *testing.T) {
	const (
		id, other    = "41ac7e7d9b0f6c2e8a1d3b5f7091a2b3c4d5e6f7", "e7f1aa02b3c4d5e6f70819a2b3c4d5e6f7081920"
		ours, theirs = "https://git.example/acme/shop", "https://git.example/acme/other"
		mapped       = "https://git.example/acme/mapped"
		tagged       = "ghcr.io/acme/shop:41ac7e7"
	)
	template := v1alpha1.SourcePodTemplate
	pair := image.Source{Repository: theirs, Revision: other, Precision: image.FullID, From: image.ConfigLabel}
	for name, tt := range map[string]struct {
		question record.Question
		said     image.Source
		want     head
	}{
		"nothing": {record.Question{Image: "nginx:1.27"}, image.Source{}, head{confirm: true}},
		"the template goes before all": {
			record.Question{Repository: ours, Revision: id, Image: tagged, Mapped: mapped}, pair,
			head{repository: ours, revision: id, from: template},
		},
		"the image's pair goes before map and tag": {
			record.Question{Image: tagged, Mapped: mapped}, pair,
			head{repository: theirs, revision: other, from: "ConfigLabel"},
		},
		"the template's repository is joined with the image's commit": {
			record.Question{Repository: ours, Image: tagged}, pair,
			head{repository: ours, revision: other, from: "ConfigLabel"},
		},
		"the template's commit is joined with the image's repository": {
			record.Question{Revision: id, Image: tagged, Mapped: mapped}, pair,
			head{repository: theirs, revision: id, from: template},
		},
		"the template's commit is joined with the map's repository": {
			record.Question{Revision: id, Image: tagged, Mapped: mapped}, image.Source{},
			head{repository: mapped, revision: id, from: template},
		},
		"the image's commit is joined with the map's repository": {
			record.Question{Image: tagged, Mapped: mapped}, image.Source{Revision: other, Precision: image.ShortID, From: image.LabelSchema},
			head{repository: mapped, revision: other, from: "LabelSchema"},
		},
		"the image's repository goes before the map's, and a tag is a guess beside it": {
			record.Question{Image: tagged, Mapped: mapped}, image.Source{Repository: theirs, From: image.ConfigLabel},
			head{repository: theirs, revision: "41ac7e7", from: "Tag", confirm: true},
		},
		"a tag that is sure, beside the map's repository": {
			record.Question{Image: tagged, Mapped: mapped}, image.Source{},
			head{repository: mapped, revision: "41ac7e7", from: "Tag"},
		},
		"a tag that is sure, beside the template's repository": {
			record.Question{Repository: ours, Image: "ghcr.io/acme/shop:v1.2-3-g41ac7e7"}, image.Source{},
			head{repository: ours, revision: "41ac7e7", from: "Tag"},
		},
		"a tag that may be a date is a guess": {
			record.Question{Image: "ghcr.io/acme/shop:20240102", Mapped: mapped}, image.Source{},
			head{repository: mapped, revision: "20240102", from: "Tag", confirm: true},
		},
		"a branch in the image is no commit": {
			record.Question{Image: "ghcr.io/acme/shop:1.0"}, image.Source{Repository: theirs, Revision: "main", Precision: image.Name, From: image.ConfigLabel},
			head{repository: theirs, confirm: true},
		},
		"what is doubtful is left out, with its repository": {
			record.Question{Image: tagged, Mapped: mapped}, image.Source{Repository: theirs, Revision: other, Precision: image.FullID, Doubt: "old"},
			head{repository: mapped, revision: "41ac7e7", from: "Tag"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := headOf(tt.question, tt.said)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(head{}), cmpopts.IgnoreFields(head{}, "where")); diff != "" {
				t.Errorf("headOf() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromTemplateImageMapAndTag(t *testing.T) {
	git, images := gitServer(t, gittest.Options{}), newRegistry(t)
	shop := repository(t, git, "acme/shop", "SHOP-1 Begin", "SHOP-2 Go on")
	other := repository(t, git, "acme/other", "PAY-1 Begin")
	short := shop.last()[:8]
	tagIsSure := strings.Trim(short, "0123456789") != "" && strings.Trim(short, "abcdef") != ""
	if !tagIsSure {
		t.Fatalf("the commit %s looks like a number or a word", short)
	}
	complete := images.push(t, "acme/complete:1.0", labelSource, shop.url, labelRevision, shop.last())
	silent := images.push(t, "acme/silent:"+short)
	half := images.push(t, "acme/half:"+short, labelSource, shop.url)
	halfGuess := images.push(t, "acme/half:0123456", labelSource, shop.url)
	commitAlone := images.push(t, "acme/commit:1.0", labelRevision, shop.last())
	branch := images.push(t, "acme/branch:1.0", labelSource, shop.url, labelRevision, "main")
	openshift := images.push(t, "acme/openshift:1.0", "io.openshift.build.commit.id", shop.last(), "io.openshift.build.commit.message", "SHOP-7 Pay by card\n\nand SHOP-8")
	openshiftElsewhere := images.push(t, "acme/openshift:2.0", "io.openshift.build.source-location", "https://git.elsewhere.example/a/b",
		"io.openshift.build.commit.id", shop.last(), "io.openshift.build.commit.message", "SHOP-7 Pay by card")
	silentPlain := images.push(t, "acme/silent:1.0")
	alone := []v1alpha1.SourceNote{v1alpha1.NoteMessageOnly}

	w := newWorld(t, func(c *v1alpha1.Commits) {
		allows(git.URL + "/acme")(c)
		c.Registries = []string{images.URL + "/acme"}
	})
	for name, tt := range map[string]struct {
		question record.Question
		reason   string
		message  string
		want     v1alpha1.Source
		requests int // of the registry
	}{
		"the template says both: the registry is not asked": {
			record.Question{Repository: shop.url, Revision: shop.ids[0], Image: complete}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Repository: shop.url, Revision: shop.ids[0], From: v1alpha1.SourcePodTemplate, IssueKeys: []string{"SHOP-1"}}, 0,
		},
		"the image says both": {
			record.Question{Image: complete}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: complete, Repository: shop.url, Revision: shop.last(), From: "ConfigLabel", IssueKeys: []string{"SHOP-2"}}, 2,
		},
		"the map has the repository, and the tag the commit": {
			record.Question{Image: silent, Mapped: shop.url}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: silent, Repository: shop.url, Revision: shop.last(), From: "Tag", IssueKeys: []string{"SHOP-2"}}, 2,
		},
		"the map has the repository, and the image the commit": {
			record.Question{Image: commitAlone, Mapped: shop.url}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: commitAlone, Repository: shop.url, Revision: shop.last(), From: "ConfigLabel", IssueKeys: []string{"SHOP-2"}}, 2,
		},
		"the image has the repository, and the tag a commit of it": {
			record.Question{Image: half, Mapped: other.url}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: half, Repository: shop.url, Revision: shop.last(), From: "Tag", IssueKeys: []string{"SHOP-2"}}, 2,
		},
		"the image has the repository, and the tag is no commit of it": {
			record.Question{Image: halfGuess}, v1alpha1.ReasonNoSource, "may be a commit id, but " + shop.url + " has no such commit",
			v1alpha1.Source{Image: halfGuess, Repository: shop.url}, 2,
		},
		"a registry that is not listed is not needed where map and tag are enough": {
			record.Question{Image: "ghcr.io/acme/shop:" + short, Mapped: shop.url}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Repository: shop.url, Revision: shop.last(), From: "Tag", IssueKeys: []string{"SHOP-2"}}, 0,
		},
		"a registry that is not listed": {
			record.Question{Image: "ghcr.io/acme/shop:1.0", Mapped: shop.url}, v1alpha1.ReasonNoSource, "add its registry to spec.commits.registries of JiraSite acme",
			v1alpha1.Source{Repository: shop.url}, 0,
		},
		"a part of a registry that is not listed": {
			record.Question{Image: images.Host + "/acme-evil/shop:1.0"}, v1alpha1.ReasonNoSource, "spec.commits.registries",
			v1alpha1.Source{}, 0,
		},
		"what is no image reference": {
			record.Question{Image: images.Host + "/acme/shop:1.0:2"}, v1alpha1.ReasonNoSource, "spec.commits.registries",
			v1alpha1.Source{}, 0,
		},
		"an image that says nothing": {
			record.Question{Image: silentPlain}, v1alpha1.ReasonNoSource, "Neither the pod template nor image " + silentPlain[:20],
			v1alpha1.Source{Image: silentPlain}, 2,
		},
		"a branch may have moved": {
			record.Question{Image: branch}, v1alpha1.ReasonNoSource, `names the branch or tag "main", which may have moved since`,
			v1alpha1.Source{Image: branch, Repository: shop.url}, 2,
		},
		"OpenShift's message is enough without a repository": {
			record.Question{Image: openshift}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: openshift, Revision: shop.last(), From: "OpenShift", IssueKeys: []string{"SHOP-7", "SHOP-8"}, Notes: alone}, 2,
		},
		"OpenShift's message is enough where the repository is not listed": {
			record.Question{Image: openshiftElsewhere}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: openshiftElsewhere, Repository: "https://git.elsewhere.example/a/b", Revision: shop.last(), From: "OpenShift", IssueKeys: []string{"SHOP-7"}, Notes: alone}, 2,
		},
		"OpenShift's message is not of another commit that the template names": {
			record.Question{Image: openshift, Revision: shop.ids[0]}, v1alpha1.ReasonNoSource, "of which repository " + shop.ids[0][:7] + " is",
			v1alpha1.Source{Image: openshift, Revision: shop.ids[0], From: v1alpha1.SourcePodTemplate}, 2,
		},
		"OpenShift's message is not used where the repository can be asked": {
			record.Question{Image: openshift, Mapped: shop.url}, v1alpha1.ReasonResolved, "",
			v1alpha1.Source{Image: openshift, Repository: shop.url, Revision: shop.last(), From: "OpenShift", IssueKeys: []string{"SHOP-2"}}, 2,
		},
		"no image and no annotation": {
			record.Question{}, v1alpha1.ReasonNoSource, "write the annotations rollcall.dev/repository and rollcall.dev/revision", v1alpha1.Source{}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.resolver.solver.clients = newClients(w.cfg) // which remembers no image
			images.Taken()
			got := w.solve(tt.question)
			if tt.reason == v1alpha1.ReasonResolved {
				tt.want.Range, tt.want.Commits = v1alpha1.RangeHeadOnly, 1
			}
			if got.Reason != tt.reason || !strings.Contains(got.Message, tt.message) {
				t.Errorf("answer %s: %q, want %s: ...%s...", got.Reason, got.Message, tt.reason, tt.message)
			}
			if diff := cmp.Diff(tt.want, got.Source); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
			if requests := images.Taken(); len(requests) != tt.requests {
				t.Errorf("the registry got %d requests, want %d: %q", len(requests), tt.requests, requests)
			}
		})
	}
}

func TestAPathMayHaveASpace(t *testing.T) {
	w := &work{question: record.Question{Paths: "My App/src/**\nlib"}}
	if got := w.paths(); len(got) != 2 || got[0] != "My App/src/**" {
		t.Errorf("paths() = %q, want two", got)
	}
}
