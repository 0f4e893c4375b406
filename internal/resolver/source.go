// SPDX-License-Identifier: Apache-2.0

package resolver

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/image"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// head is the commit that runs, as far as pod template, image, map and tag say.
type head struct {
	repository, revision string
	// from is where the revision was read, and where where the repository was.
	from  v1alpha1.SourceFrom
	where string
	// confirm says that the revision is a guess, which counts only if the repository has it.
	confirm bool
}

// headOf joins what is said of the commit that runs:
//
//	repository    the pod template's, else the image's own, else the map's
//	revision      the pod template's, else the image's own commit id, else a commit id in the tag
//
// What the image says is left out where it is doubtful, and where it names a branch: that may have moved since. A tag is a
// guess where it may be a date or a word, and beside a repository that the image names: that may be its base image's.
func headOf(q record.Question, said image.Source) head {
	if said.Doubt != "" {
		said = image.Source{}
	}
	h := head{repository: q.Repository, revision: q.Revision, from: v1alpha1.SourcePodTemplate}
	switch {
	case q.Repository != "":
		h.where = "annotation " + v1alpha1.AnnotationRepository
	case said.Repository != "":
		h.repository, h.where = said.Repository, "image"
	default:
		h.repository, h.where = q.Mapped, "field spec.commits.images"
	}
	switch {
	case q.Revision != "":
	case isCommit(said):
		h.revision, h.from = said.Revision, v1alpha1.SourceFrom(said.From)
	default:
		h.revision, h.confirm = tagOf(q.Image)
		h.from, h.confirm = v1alpha1.SourceTag, h.confirm || h.where == "image"
	}
	if h.revision == "" {
		h.from = ""
	}
	return h
}

// tagOf returns the commit id in the tag of an image, and whether it is a guess.
func tagOf(reference string) (revision string, guess bool) {
	revision, sure := image.FromTag(reference)
	return revision, !sure
}

func isCommit(said image.Source) bool {
	return said.Precision == image.FullID || said.Precision == image.ShortID
}

// nobody says why there is nobody to ask; empty where there may be somebody. It reads texts and the cache alone.
func (s *solver) nobody(q record.Question) string {
	w := &work{solver: s, question: q, site: &v1alpha1.JiraSite{}, notListed: true}
	if q.Repository != "" || q.Revision != "" || s.cfg.Client.Get(context.Background(), client.ObjectKey{Name: q.Site}, w.site, client.UnsafeDisableDeepCopy) != nil {
		return ""
	}
	w.head = headOf(q, image.Source{})
	if c := w.site.Spec.Commits; c == nil || image.Listed(c.Registries, q.Image) || w.head.repository != "" && w.head.revision != "" {
		return ""
	}
	return w.missing()
}

// missing says what is not known of the commit that runs, and what to do.
func (w *work) missing() string {
	what := "which commit runs"
	switch {
	case w.head.revision == "":
	case w.head.repository == "":
		what = "of which repository " + short(w.head.revision) + " is"
	}
	if w.question.Image == "" {
		return "The pod template does not say " + what + ": write the annotations " + v1alpha1.AnnotationRepository + " and " + v1alpha1.AnnotationRevision + " on it."
	}
	const help = "write the annotations " + v1alpha1.AnnotationRepository + " and " + v1alpha1.AnnotationRevision + " on the pod template, " +
		"or build the image with the labels org.opencontainers.image.source and org.opencontainers.image.revision"
	switch {
	case w.notListed:
		return fmt.Sprintf("The pod template does not say %s, and image %s is not asked: add its registry to spec.commits.registries of JiraSite %s, or %s.",
			what, w.image(), w.question.Site, help)
	case w.said.Doubt != "":
		return fmt.Sprintf("Neither the pod template nor image %s says %s (%s): %s.", w.image(), what, w.said.Doubt, help)
	case w.said.Precision == image.Name && w.head.revision == "":
		return fmt.Sprintf("Image %s names the branch or tag %q, which may have moved since, and no commit: %s.", w.image(), w.said.Revision, help)
	}
	return fmt.Sprintf("Neither the pod template nor image %s says %s: %s.", w.image(), what, help)
}
