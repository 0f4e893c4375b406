// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds a commit message, in bytes. Keys stand in its first lines.
const maxMessage = 2 << 10

// words are annotations or labels.
type words map[string]string

// ociPair reads the annotations of the OCI image specification, which are used as labels, too.
func ociPair(from From, w words) Source {
	return pair(from, w["org.opencontainers.image.source"], w["org.opencontainers.image.revision"])
}

// vocabulary is one way in which builders write labels.
type vocabulary struct {
	read func(words) Source
	// written names the label that holds when the labels were written. Empty: the builder writes its labels with every
	// build, so that they are never a base image's.
	written string
}

// vocabularies, best evidence first.
var vocabularies = []vocabulary{
	{func(w words) Source { return ociPair(ConfigLabel, w) }, "org.opencontainers.image.created"},
	{func(w words) Source {
		return pair(LabelSchema, w["org.label-schema.vcs-url"], w["org.label-schema.vcs-ref"])
	}, "org.label-schema.build-date"},
	{openShift, ""},
	{buildpacks, ""},
}

// fromLabels returns the best that an image's labels say. A commit message belongs to whoever names its commit.
func fromLabels(w words, of origin) Source {
	var best Source
	for _, v := range vocabularies {
		found := v.read(w)
		if v.written != "" && found.rank() > nothing {
			found.Doubt = of.doubt(found, w[v.written])
		}
		best = better(best, found)
	}
	if said := openShift(w); best.Revision == said.Revision {
		best.Message = said.Message
	}
	return best
}

func openShift(w words) Source {
	s := pair(OpenShift, w["io.openshift.build.source-location"], w["io.openshift.build.commit.id"])
	if s.Revision != "" {
		s.Message = bounded(w["io.openshift.build.commit.message"], maxMessage)
	}
	return s
}

// buildpacks reads the label that the lifecycle makes of project-metadata.toml. The convention is metadata.repository; pack
// itself writes metadata.url, and lists what it knows about the commit.
func buildpacks(w words) Source {
	var project struct {
		Source struct {
			Type    string `json:"type"`
			Version struct {
				Commit string `json:"commit"`
			} `json:"version"`
			Metadata struct {
				Repository string `json:"repository"`
				URL        string `json:"url"`
			} `json:"metadata"`
		} `json:"source"`
	}
	if json.Unmarshal([]byte(w["io.buildpacks.project.metadata"]), &project) != nil || project.Source.Type != "git" {
		return Source{}
	}
	repository := project.Source.Metadata.Repository
	if repository == "" {
		repository = project.Source.Metadata.URL
	}
	return pair(Buildpacks, repository, project.Source.Version.Commit)
}

// origin is what tells an image's own labels from those of its base image, which every build inherits.
type origin struct {
	image   string    // ghcr.io/acme/checkout
	base    string    // what org.opencontainers.image.base.name says
	created time.Time // when the image was made; zero: it does not say
}

// staleLabels is how much older than their image labels may be. A build writes them and takes hours at most.
const staleLabels = 24 * time.Hour

// doubt says why labels may be the base image's. Example: image and labels are of the same base as an hour ago, but say that
// they were written a month before the image was made.
func (o origin) doubt(s Source, written string) string {
	at, err := time.Parse(time.RFC3339, written)
	if err == nil && o.created.Sub(at) > staleLabels {
		return "the labels are older than the image, and may be those of its base image"
	}
	repository := repositoryPath(s.Repository)
	if repository != "" && repository == imagePath(o.base) && repository != imagePath(o.image) {
		return "the repository has the name of the base image"
	}
	return ""
}

// repositoryPath returns acme/base for https://github.com/acme/base.git.
func repositoryPath(repository string) string {
	_, rest, _ := strings.Cut(repository, "://")
	_, path, _ := strings.Cut(rest, "/")
	return strings.ToLower(strings.TrimSuffix(path, ".git"))
}

// imagePath returns acme/base for ghcr.io/acme/base:1.2 and for acme/base.
func imagePath(image string) string {
	image, _, _ = strings.Cut(image, "@")
	first, rest, found := strings.Cut(image, "/")
	if found && strings.ContainsAny(first, ".:") {
		image = rest
	}
	image, _, _ = strings.Cut(image, ":")
	return strings.ToLower(image)
}

// bounded returns text that an API server and a terminal accept, cut to limit bytes between two characters.
func bounded(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return strings.TrimSpace(text)
}
