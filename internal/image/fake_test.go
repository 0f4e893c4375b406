// SPDX-License-Identifier: Apache-2.0

package image_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/rollcall-dev/rollcall/internal/image"
	"github.com/rollcall-dev/rollcall/internal/image/imagetest"
)

const (
	commit  = "41ac7e7d9b0f6c2e8a1d3b5f7091a2b3c4d5e6f7"
	another = "e7f1aa02b3c4d5e6f70819a2b3c4d5e6f7081920"
	github  = "https://github.com/acme/checkout"
)

// fakeRegistry is a registry of a test.
type fakeRegistry struct{ *imagetest.Registry }

func newFakeRegistry(t *testing.T) *fakeRegistry {
	t.Helper()
	f := &fakeRegistry{imagetest.Start()}
	t.Cleanup(f.Close)
	return f
}

// always answers everything in the same way.
func (f *fakeRegistry) always(handler http.HandlerFunc) {
	f.Before(func(w http.ResponseWriter, r *http.Request) bool {
		handler(w, r)
		return true
	})
}

// push stores an image or index under a name, and returns its whole reference. The requests are forgotten.
func (f *fakeRegistry) push(t *testing.T, as string, what remote.Taggable) string {
	t.Helper()
	ref, err := f.Push(as, what)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// client asks the fake registry alone; configure changes what it is made of.
func (f *fakeRegistry) client(t *testing.T, configure ...func(*image.Config)) *image.Client {
	t.Helper()
	cfg := image.Config{Registries: []string{f.URL}, Now: newClock().now, Transport: &http.Transport{}}
	for _, change := range configure {
		change(&cfg)
	}
	c, err := image.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// source asks for an image, and fails the test where it cannot be read.
func source(t *testing.T, c *image.Client, ref image.Reference) image.Source {
	t.Helper()
	got, err := c.Source(t.Context(), ref)
	if err != nil {
		t.Fatalf("source of %v: %v", ref, err)
	}
	return got
}

// build is an image that is put together in steps.
type build struct{ v1.Image }

func makeImage() build {
	return build{}.must(imagetest.Image(nil))
}

func (b build) must(img v1.Image, err error) build {
	if err != nil {
		panic(err)
	}
	return build{img}
}

func (b build) labels(pairs ...string) build {
	return b.must(mutate.Config(b.Image, v1.Config{Labels: mapOf(pairs)}))
}

func (b build) created(at time.Time) build {
	return b.must(mutate.CreatedAt(b.Image, v1.Time{Time: at}))
}

func (b build) annotations(pairs ...string) build {
	return build{mutate.Annotations(b.Image, mapOf(pairs)).(v1.Image)}
}

func (b build) layer(content string, kind types.MediaType, pairs ...string) build {
	return b.must(mutate.Append(b.Image, mutate.Addendum{Layer: static.NewLayer([]byte(content), kind), Annotations: mapOf(pairs)}))
}

func (b build) digest() string {
	d, err := b.Digest()
	if err != nil {
		panic(err)
	}
	return d.String()
}

// oci are the two labels, or annotations, of the OCI image specification.
func oci(repository, revision string) []string {
	return []string{"org.opencontainers.image.source", repository, "org.opencontainers.image.revision", revision}
}

func mapOf(pairs []string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// entry is an image in an index.
type entry struct {
	build
	platform    string
	annotations []string
}

func makeIndex(annotations []string, entries ...entry) v1.ImageIndex {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, e := range entries {
		platform, err := v1.ParsePlatform(e.platform)
		if err != nil {
			panic(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: e.Image, Descriptor: v1.Descriptor{Platform: platform, Annotations: mapOf(e.annotations)},
		})
	}
	return mutate.Annotations(index, mapOf(annotations)).(v1.ImageIndex)
}

// attested is an index as buildx makes it: an image, and beside it what BuildKit says of its build.
func attested(b build, statement string) v1.ImageIndex {
	beside := makeImage().layer(statement, "application/vnd.in-toto+json", "in-toto.io/predicate-type", "https://slsa.dev/provenance/v0.2")
	return makeIndex(nil, entry{b, "linux/amd64", nil}, entry{beside, "unknown/unknown", []string{
		"vnd.docker.reference.type", "attestation-manifest", "vnd.docker.reference.digest", b.digest(),
	}})
}

// vcs is a statement about a local context.
func vcs(repository, revision string) string {
	return fmt.Sprintf(`{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2",
		"predicate": {"metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": {"source": %q, "revision": %q}}}}}`, repository, revision)
}
