// SPDX-License-Identifier: Apache-2.0

package image

// Source is what an image says about where it comes from. Whoever pushes an image can write all of it.
type Source struct {
	// Repository is the URL of a repository, without user, query and fragment, and with the scheme https or http. Empty: the
	// image does not say.
	Repository string
	// Revision is a commit id in lower case, else the name of a branch or tag. Empty: the image does not say.
	Revision string
	// Precision says which of these Revision is.
	Precision Precision
	// Message is the commit's message, which OpenShift puts into the image. It may be cut.
	Message string
	// From is where Repository and Revision were read, both from there.
	From From
	// Doubt says why this may be of the base image, not of this one. Empty: nothing speaks for that.
	Doubt string
	// Digest is that of the image, or index, which was read: sha256:...
	Digest string
}

// Precision says how exactly a revision names a commit.
type Precision string

// The precisions.
const (
	// FullID is a whole commit id, of 40 or 64 hex digits.
	FullID Precision = "FullID"
	// ShortID is the beginning of a commit id, of 7 digits or more. The repository has to complete it.
	ShortID Precision = "ShortID"
	// Name is a branch or a tag. A branch moves: what it names now need not be what was built.
	Name Precision = "Name"
)

// From says where a Source was read.
type From string

// The places, best evidence first.
const (
	IndexAnnotation    From = "IndexAnnotation"
	ManifestAnnotation From = "ManifestAnnotation"
	ConfigLabel        From = "ConfigLabel"
	LabelSchema        From = "LabelSchema"
	OpenShift          From = "OpenShift"
	Buildpacks         From = "Buildpacks"
	Provenance         From = "Provenance"
	// Tag is for callers of FromTag: Client.Source never returns it.
	Tag From = "Tag"
)

// rank orders evidence. What says both repository and commit ends the search.
func (s Source) rank() int {
	commit := s.Precision == FullID || s.Precision == ShortID
	switch {
	case s.Repository == "" && s.Revision == "":
		return nothing
	case s.Doubt != "":
		return doubtful
	case commit && s.Repository != "":
		return complete
	case commit:
		return commitAlone
	case s.Revision != "" && s.Repository != "":
		return branchOrTag
	}
	return halfKnown
}

// The ranks of evidence. A commit id without a repository is worth more than a name with one: the name may have moved, and a
// repository may be configured.
const (
	nothing = iota
	doubtful
	halfKnown
	branchOrTag
	commitAlone
	complete
)

// better returns the one with the higher rank, and the first of two equal ones.
func better(first, second Source) Source {
	if second.rank() > first.rank() {
		return second
	}
	return first
}

// pair makes a Source of a repository and a revision from one place. Where that place names no revision, a commit id in the
// repository's fragment is one: https://github.com/docker-library/postgres.git#<commit>:16/bookworm.
func pair(from From, repository, revision string) Source {
	s := Source{From: from}
	var fragment string
	s.Repository, fragment = parseRepository(repository)
	s.Revision, s.Precision = parseRevision(revision)
	if s.Revision == "" {
		if id, precision := parseRevision(fragment); precision == FullID {
			s.Revision, s.Precision = id, precision
		}
	}
	if s.rank() == nothing {
		return Source{}
	}
	return s
}
