// SPDX-License-Identifier: Apache-2.0

package build

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Results by which Tekton Chains knows what a run was built of, and what it produced. An image is known by two results:
// *IMAGE_URL and *IMAGE_DIGEST with the same beginning. See docs/slsa-provenance.md of tektoncd/chains.
const (
	hintGitURL      = "CHAINS-GIT_URL"
	hintGitCommit   = "CHAINS-GIT_COMMIT"
	hintImages      = "IMAGES"
	hintImageURL    = "IMAGE_URL"
	hintImageDigest = "IMAGE_DIGEST"
)

// result is a text that a run gives out under a name.
type result struct {
	name, value string
}

// longest returns how long the value of a result may be; 0 where the result is not read.
func longest(name string) int {
	switch {
	case name == hintImages:
		return maxList
	case name == hintGitURL, name == hintGitCommit:
		return maxURL
	case strings.HasSuffix(name, hintImageURL):
		return maxImage
	case strings.HasSuffix(name, hintImageDigest), isTestCount(name):
		return maxName
	}
	return 0
}

func valueOf(results []result, name string) string {
	for _, r := range results {
		if r.name == name {
			return r.value
		}
	}
	return ""
}

// digest is what names the content of an image.
var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// addImages notes the images that the run produced: those that people wrote on it, else those of its results.
func (b *Build) addImages(results []result) {
	if text := b.Annotations[v1alpha1.AnnotationImageDigest]; strings.TrimSpace(text) != "" {
		b.Images = nil
		b.addImageList(text)
		return
	}
	for _, r := range results {
		if beginning, ok := strings.CutSuffix(r.name, hintImageDigest); ok && valueOf(results, beginning+hintImageURL) != "" {
			b.addImage(r.value)
		}
	}
	b.addImageList(valueOf(results, hintImages))
}

// addImageList notes images in a list, with commas or spaces between them.
func (b *Build) addImageList(list string) {
	for _, image := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		b.addImage(image)
	}
}

// addImage notes an image: its digest, or a reference that ends in it.
func (b *Build) addImage(image string) {
	image = image[strings.LastIndex(image, "@")+1:]
	if !digest.MatchString(image) || len(b.Images) == maxImages || slices.Contains(b.Images, image) {
		return
	}
	b.Images = append(b.Images, image)
}
