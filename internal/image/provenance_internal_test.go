// SPDX-License-Identifier: Apache-2.0

package image

import "testing"

// The statements are shortened from BuildKit's documentation and from what buildx writes.
func TestProvenanceOfBuildKit(t *testing.T) {
	const repository = "https://github.com/acme/checkout.git"
	whole := Source{From: Provenance, Repository: repository, Revision: id40, Precision: FullID}
	for built, tc := range map[string]struct {
		statement string
		want      Source
	}{
		"SLSA 0.2, from a directory": {
			`{"predicate": {"metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {
				"localdir:context": ".", "revision": "` + id40 + `", "source": "git@github.com:acme/checkout.git"}}}}}`, whole,
		},
		"SLSA 0.2, from a directory with changes": {
			`{"predicate": {"metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {
				"revision": "` + id40 + `-dirty", "source": "` + repository + `"}}}}}`, whole,
		},
		"SLSA 0.2, from a Git URL": {
			`{"predicate": {"invocation": {"configSource": {"uri": "` + repository + `#refs/heads/main",
				"digest": {"sha1": "` + id40 + `"}, "entryPoint": "Dockerfile"}}}}`, whole,
		},
		"SLSA 0.2, from an archive": {
			`{"predicate": {"invocation": {"configSource": {"uri": "https://example.com/checkout.tar.gz", "digest": {"sha256": "` + id40 + `"}}}}}`, Source{},
		},
		"SLSA 1, from a directory": {
			`{"predicate": {"runDetails": {"metadata": {"buildkit_metadata": {"vcs": {
				"revision": "` + id40 + `", "source": "` + repository + `"}}}}}}`, whole,
		},
		"SLSA 1, from a directory, by an early BuildKit": {
			`{"predicate": {"runDetails": {"metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {
				"revision": "` + id40 + `", "source": "` + repository + `"}}}}}}`, whole,
		},
		"SLSA 1, from a Git URL, which BuildKit knows better than its client": {
			`{"predicate": {"buildDefinition": {"externalParameters": {"configSource": {"uri": "` + repository + `#refs/tags/v1",
				"digest": {"sha1": "` + id40 + `"}, "path": "Dockerfile"}}},
				"runDetails": {"metadata": {"buildkit_metadata": {"vcs": {"revision": "main", "source": "https://github.com/acme/ci"}}}}}}`, whole,
		},
		"from a directory without Git": {`{"predicate": {"metadata": {}}}`, Source{}},
		"by something else":            {`{"predicate": {"metadata": [1, 2]}}`, Source{}},
		"by nobody":                    {``, Source{}},
	} {
		if got := fromProvenance([]byte(tc.statement)); got != tc.want {
			t.Errorf("%s: %+v, want %+v", built, got, tc.want)
		}
	}
}
