// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

const shopDigest = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

// A build that made the image in this cluster knows its commit: neither the registry nor the image is asked.
func TestTheCommitOfAnImageThatWasBuiltHere(t *testing.T) {
	built := &v1alpha1.BuildCommit{ID: shopCommit, RepositoryURL: shopURL}
	byDigest := func() *rolloutBuilder { return release(1, "v1").Images("ghcr.io/acme/shop@" + shopDigest) }
	image := "ghcr.io/acme/shop@" + shopDigest
	ofBuild := Question{Site: "acme", Repository: shopURL, Revision: shopCommit}
	for name, tt := range map[string]struct {
		rollout   *rolloutBuilder
		built     *v1alpha1.BuildCommit
		want      Question
		wantBuilt []string
		wantFrom  v1alpha1.SourceFrom
	}{
		"a build made it":                     {byDigest(), built, ofBuild, []string{image}, v1alpha1.SourceBuild},
		"with tag and digest":                 {byDigest().Images("ghcr.io/acme/shop:v1@" + shopDigest), built, ofBuild, []string{"ghcr.io/acme/shop:v1@" + shopDigest}, v1alpha1.SourceBuild},
		"nobody built it here":                {byDigest(), nil, Question{Site: "acme", Image: image}, []string{image}, "ConfigLabel"},
		"an image by its tag, which may move": {release(1, "v1"), built, Question{Site: "acme", Image: "ghcr.io/acme/shop:v1"}, nil, "ConfigLabel"},
		"the pod template says both": {byDigest().TemplateAnnotation(v1alpha1.AnnotationRepository, "https://github.com/acme/pay").TemplateAnnotation(v1alpha1.AnnotationRevision, "v7"),
			built, Question{Site: "acme", Repository: "https://github.com/acme/pay", Revision: "v7"}, nil, "ConfigLabel"},
		"the pod template says one": {byDigest().TemplateAnnotation(v1alpha1.AnnotationRevision, "v7"),
			built, Question{Site: "acme", Revision: "v7", Image: image}, nil, "ConfigLabel"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := Answer{Reason: v1alpha1.ReasonResolved, Source: v1alpha1.Source{
				Repository: shopURL, Revision: shopCommit, From: "ConfigLabel", Range: v1alpha1.RangeHeadOnly, Commits: 1, IssueKeys: []string{"SHOP-12"},
			}}
			repository := &commitsOf{answer: answer}
			var asked []string
			o := observe(tt.rollout).Obj()
			o.Ask = repository.Ask
			o.Built = func(image string) *v1alpha1.BuildCommit {
				asked = append(asked, image)
				return tt.built
			}
			made := asksForCommits().Compiled(t).Plan(o).Create
			if diff := cmp.Diff([]Question{tt.want}, repository.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantBuilt, asked); diff != "" {
				t.Errorf("builds are looked for of (-want +got):\n%s", diff)
			}
			if len(made) != 1 || made[0].Spec.Source.From != tt.wantFrom || strings.Join(made[0].Spec.IssueKeys, " ") != "SHOP-12" {
				t.Errorf("recorded %+v, want the source %s and the key of its commit", made, tt.wantFrom)
			}
		})
	}
}

func TestTheCommitOfABuildThatCannotBeAsked(t *testing.T) {
	o := observe(release(1, "v1").Images("ghcr.io/acme/shop@" + shopDigest).Keys("SHOP-1")).Obj()
	o.Ask = (&commitsOf{answer: Answer{Reason: v1alpha1.ReasonRepositoryNotListed, Message: "List it."}}).Ask
	o.Built = func(string) *v1alpha1.BuildCommit {
		return &v1alpha1.BuildCommit{ID: shopCommit, RepositoryURL: shopURL}
	}
	made := asksForCommits().Compiled(t).Plan(o).Create
	if len(made) != 1 || made[0].Annotations[v1alpha1.AnnotationSourceProblem] != "RepositoryNotListed: List it." {
		t.Errorf("recorded %+v, want what is wrong", made)
	}
}
