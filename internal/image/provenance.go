// SPDX-License-Identifier: Apache-2.0

package image

import "encoding/json"

// How BuildKit keeps attestations: a manifest in the index, marked by referenceType, about the image whose digest is
// referenceDigest. Each of its layers is one statement, and says of which kind.
const (
	referenceType   = "vnd.docker.reference.type"
	referenceDigest = "vnd.docker.reference.digest"
	predicateType   = "in-toto.io/predicate-type"
)

// provenanceTypes are the kinds of statements that are read.
var provenanceTypes = map[string]bool{"https://slsa.dev/provenance/v0.2": true, "https://slsa.dev/provenance/v1": true}

// configSource is where BuildKit itself fetched the build context from.
type configSource struct {
	URI    string `json:"uri"`
	Digest struct {
		SHA1 string `json:"sha1"`
	} `json:"digest"`
}

// buildKit is what the client of a local build context says of it. BuildKit does not check that.
type buildKit struct {
	VCS struct {
		Source   string `json:"source"`
		Revision string `json:"revision"`
	} `json:"vcs"`
}

// statement holds the parts of an in-toto statement that name the source, of SLSA 0.2 and of SLSA 1. BuildKit's first
// versions with SLSA 1 kept the name that its extension has in SLSA 0.2.
type statement struct {
	Predicate struct {
		Invocation struct {
			ConfigSource configSource `json:"configSource"`
		} `json:"invocation"`
		Metadata struct {
			BuildKit buildKit `json:"https://mobyproject.org/buildkit@v1#metadata"`
		} `json:"metadata"`

		BuildDefinition struct {
			ExternalParameters struct {
				ConfigSource configSource `json:"configSource"`
			} `json:"externalParameters"`
		} `json:"buildDefinition"`
		RunDetails struct {
			Metadata struct {
				BuildKit buildKit `json:"buildkit_metadata"`
				Former   buildKit `json:"https://mobyproject.org/buildkit@v1#metadata"`
			} `json:"metadata"`
		} `json:"runDetails"`
	} `json:"predicate"`
}

// fromProvenance reads a statement. Where the context was a Git URL, BuildKit knows the commit, and says it in configSource;
// else the client may have said it in vcs. What is no statement says nothing.
func fromProvenance(raw []byte) Source {
	var s statement
	if json.Unmarshal(raw, &s) != nil {
		return Source{}
	}
	var best Source
	for _, c := range []configSource{s.Predicate.Invocation.ConfigSource, s.Predicate.BuildDefinition.ExternalParameters.ConfigSource} {
		// A context that is an archive has a SHA-256, of its bytes. Only SHA-1 is a commit's for certain.
		if c.Digest.SHA1 != "" {
			best = better(best, pair(Provenance, c.URI, c.Digest.SHA1))
		}
	}
	run := s.Predicate.RunDetails.Metadata
	for _, b := range []buildKit{s.Predicate.Metadata.BuildKit, run.BuildKit, run.Former} {
		best = better(best, pair(Provenance, b.VCS.Source, b.VCS.Revision))
	}
	return best
}
