// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// holds fails where a Source breaks what source.go promises of every one.
func holds(t *testing.T, s Source) {
	t.Helper()
	if s.Repository != "" {
		u, err := url.Parse(s.Repository)
		if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" ||
			u.Host == "" || strings.Contains(u.Path, "/../") || strings.HasSuffix(u.Path, "/..") || len(s.Repository) > 2*maxRepository {
			t.Errorf("repository %q (%v)", s.Repository, err)
		}
	}
	if len(s.Revision) > maxRevision || strings.ContainsFunc(s.Revision, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) ||
		strings.HasPrefix(s.Revision, "-") || (s.Revision == "") != (s.Precision == "") {
		t.Errorf("revision %q (%s)", s.Revision, s.Precision)
	}
	if len(s.Message) > maxMessage || !utf8.ValidString(s.Message) {
		t.Errorf("message %q", s.Message)
	}
	if (s.rank() == nothing) != (s.From == "") {
		t.Errorf("%+v is from %q", s, s.From)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add("https://github.com/acme/checkout.git#main:dir", id40, "SHOP-12 Pay", "2026-11-20T08:00:00Z", "ghcr.io/acme/base:1")
	f.Add("git@github.com:acme/checkout.git", "v1.2-3-g41ac7e7-dirty", "\x00\xff", "", "")
	f.Add("https://user:secret@github.com/../x", "--upload-pack", "", "x", "@:/")
	f.Fuzz(func(t *testing.T, repository, revision, message, written, base string) {
		of := origin{image: "ghcr.io/acme/checkout", base: base, created: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
		for _, keys := range [][4]string{
			{"org.opencontainers.image.source", "org.opencontainers.image.revision", "org.opencontainers.image.created", "x"},
			{"org.label-schema.vcs-url", "org.label-schema.vcs-ref", "org.label-schema.build-date", "x"},
			{"io.openshift.build.source-location", "io.openshift.build.commit.id", "x", "io.openshift.build.commit.message"},
		} {
			w := words{keys[0]: repository, keys[1]: revision, keys[2]: written, keys[3]: message}
			holds(t, fromLabels(w, of))
			holds(t, ociPair(IndexAnnotation, w))
		}
	})
}

func FuzzBuildpacks(f *testing.F) {
	f.Add(`{"source":{"type":"git","version":{"commit":"` + id40 + `"},"metadata":{"repository":"https://github.com/acme/checkout"}}}`)
	f.Add(`{"source":{"type":"git","version":{"commit":5}}}`)
	f.Fuzz(func(t *testing.T, label string) {
		holds(t, buildpacks(words{"io.buildpacks.project.metadata": label}))
	})
}

func FuzzProvenance(f *testing.F) {
	f.Add([]byte(`{"predicate":{"metadata":{"https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"source":"git@github.com:acme/x.git","revision":"` + id40 + `"}}}}}`))
	f.Add([]byte(`{"predicate":{"buildDefinition":{"externalParameters":{"configSource":{"uri":"https://github.com/acme/x.git#main","digest":{"sha1":"` + id40 + `"}}}}}}`))
	f.Add([]byte(`{"predicate":{"runDetails":{"metadata":{"buildkit_metadata":{"vcs":[]}}}}}`))
	f.Fuzz(func(t *testing.T, statement []byte) {
		holds(t, fromProvenance(statement))
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","platform":{"os":"linux","architecture":"amd64"}}]}`))
	f.Add([]byte(`{"annotations":{"org.opencontainers.image.source":"https://github.com/acme/x"},"config":{"digest":"sha256:ab"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m manifest
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		holds(t, ociPair(ManifestAnnotation, m.Annotations))
		if images := m.images(); len(images) > len(m.Manifests) {
			t.Errorf("%d images of %d entries", len(images), len(m.Manifests))
		}
	})
}

func FuzzReference(f *testing.F) {
	f.Add("ghcr.io/acme/checkout:41ac7e7", "ghcr.io/acme/checkout@sha256:"+strings.Repeat("ab", 32))
	f.Add("user:secret@ghcr.io/acme/../x", "docker-pullable://nginx@sha256:ab")
	f.Fuzz(func(t *testing.T, image, imageID string) {
		if revision, _ := FromTag(image); revision != "" && !isTagID(revision) {
			t.Errorf("the tag of %q gives %q", image, revision)
		}
		ref, err := Reference{Image: image, ImageID: imageID}.parse()
		if err != nil {
			return
		}
		host := ref.Context().RegistryStr()
		if _, _, _, err := parseListed(host); err != nil {
			return // no such host is ever listed
		}
		u, failed := url.Parse("https://" + host + "/v2/" + ref.Context().RepositoryStr() + "/manifests/" + ref.Identifier())
		if failed != nil || u.User != nil || u.Host != host || path.Clean(u.Path) != u.Path || u.RawQuery != "" {
			t.Errorf("%q is asked at %v (%v)", image, u, failed)
		}
	})
}

func FuzzDockerConfig(f *testing.F) {
	f.Add([]byte(`{"auths": {"https://index.docker.io/v1/": {"auth": "YTpi"}, "*.azurecr.io": {"username": "a", "password": "b"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		keychain, err := ParseDockerConfig(raw)
		if err != nil {
			return
		}
		ref, failed := Reference{Image: "ghcr.io/acme/checkout"}.parse()
		if failed != nil {
			t.Fatal(failed)
		}
		if _, err := keychain.Resolve(ref.Context()); err != nil {
			t.Error(err)
		}
	})
}
