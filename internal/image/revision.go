// SPDX-License-Identifier: Apache-2.0

package image

import (
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// maxRevision bounds a revision, in bytes. A SHA-256 id has 64; names of branches are rarely longer.
const maxRevision = 128

var (
	fullID  = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)
	shortID = regexp.MustCompile(`^[0-9a-f]{7,39}$`)
	// describe is the end of what `git describe` says: v1.2-3-g41ac7e7, three commits after v1.2.
	describe = regexp.MustCompile(`-[0-9]+-g([0-9a-f]{7,40})$`)
	// dirty is added by git describe, buildx and others where the working tree had changes that are in no commit.
	dirty = regexp.MustCompile(`[-+.](?:dirty|modified)$`)
	// refName is what is accepted as a branch or tag. Git allows more; none of these begins like an option.
	refName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+@-]*$`)
	digits  = regexp.MustCompile(`^[0-9]+$`)
	letters = regexp.MustCompile(`^[a-f]+$`)
	zeros   = regexp.MustCompile(`^0+$`)
)

// placeholders are written where a build did not know its revision.
var placeholders = map[string]bool{
	"unknown": true, "none": true, "null": true, "nil": true, "undefined": true, "n/a": true, "na": true, "unset": true,
	"head": true, "dev": true, "local": true, "devel": true, "snapshot": true, "latest": true,
}

// parseRevision reads a text that is meant as a revision. It returns nothing for placeholders and for what is neither a
// commit id nor a name that Git allows.
func parseRevision(text string) (string, Precision) {
	text = strings.TrimSpace(text)
	if len(text) > maxRevision {
		return "", ""
	}
	clean := dirty.ReplaceAllString(text, "")
	id := strings.ToLower(clean)
	if found := describe.FindStringSubmatch(id); found != nil {
		id = found[1]
	}
	switch {
	case zeros.MatchString(id), placeholders[id]:
		return "", ""
	case fullID.MatchString(id):
		return id, FullID
	case shortID.MatchString(id):
		return id, ShortID
	case refName.MatchString(clean) && !strings.Contains(clean, "..") && !strings.Contains(clean, "@{"):
		return clean, Name
	}
	return "", ""
}

// FromTag finds a commit id in the tag of an image reference. It reads the text alone and asks nobody. Sure says that the form
// leaves no other meaning; otherwise the repository has to confirm that it has such a commit.
//
//	41ac7e7, 41ac7e7... (40)      a commit id                        sure
//	v1.2-3-g41ac7e7               git describe                       sure
//	sha-41ac7e7, git-41ac7e7      docker/metadata-action, and others sure
//	main-<40 digits>              nothing else is that long          sure
//	main-41ac7e7                  a part that looks like one         not sure
//	main-41ac7e7-1712345678       Flux' branch, commit and time      not sure
//	41ac7e7-alpine                a variant                          not sure
//	20240102, deadbeef            a date, a word, or a commit id     not sure
//	bookworm-20240102, main-face  a date, or a word, beside others   nothing
//	v1.2.3, latest, sha256-...    no commit id                       nothing
func FromTag(image string) (revision string, sure bool) {
	base, _, _ := strings.Cut(image, "@")
	tag, err := name.NewTag(base)
	if err != nil {
		return "", false
	}
	text := dirty.ReplaceAllString(tag.TagStr(), "")
	if zeros.MatchString(text) {
		return "", false
	}
	if found := describe.FindStringSubmatch(text); found != nil {
		return found[1], true
	}
	if isTagID(text) {
		return text, len(text) == 40 || mixed(text)
	}
	for _, prefix := range []string{"sha-", "git-"} {
		if id, ok := strings.CutPrefix(text, prefix); ok && isTagID(id) {
			return id, true
		}
	}
	return partOf(text)
}

// partOf looks at the last part of a tag, times and build numbers aside, and at its first.
func partOf(tag string) (string, bool) {
	parts := strings.FieldsFunc(tag, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	for len(parts) > 0 && digits.MatchString(parts[len(parts)-1]) && len(parts[len(parts)-1]) != 40 {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return "", false
	}
	for _, part := range []string{parts[len(parts)-1], parts[0]} {
		if isTagID(part) && (len(part) == 40 || mixed(part)) {
			return part, len(part) == 40
		}
	}
	return "", false
}

// isTagID says whether a text has the form of a commit id. Tags hold no ids of SHA-256: 64 digits are a digest.
func isTagID(text string) bool {
	return shortID.MatchString(text) || len(text) == 40 && fullID.MatchString(text)
}

// mixed says whether an id has both digits and letters, so that it is neither a number nor a word.
func mixed(id string) bool {
	return !digits.MatchString(id) && !letters.MatchString(id)
}
