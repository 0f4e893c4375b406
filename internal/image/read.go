// SPDX-License-Identifier: Apache-2.0

package image

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxCandidates is how many images of an index are tried. Mirrors copy one platform and keep the index of all.
const maxCandidates = 3

// manifest holds the parts that are read of an index and of an image's manifest.
type manifest struct {
	Annotations words           `json:"annotations"`
	Manifests   []v1.Descriptor `json:"manifests"`
	Config      v1.Descriptor   `json:"config"`
	Layers      []v1.Descriptor `json:"layers"`
}

// read finds out what an image says. A tag that was known is asked for its digest first.
func (c *Client) read(ctx context.Context, r *registry, ref name.Reference) (Source, error) {
	s, err := c.session(r, ref.Context())
	if err != nil {
		return Source{}, err
	}
	if same, ok := c.unchanged(ctx, s, ref); ok {
		return same, nil
	}
	top, digest, err := s.manifest(ctx, ref)
	if err != nil {
		return Source{}, err
	}
	found, err := s.source(ctx, top)
	found.Digest = digest
	return found, err
}

// session returns that of a repository: its images share a token.
func (c *Client) session(r *registry, repository name.Repository) (*session, error) {
	c.beginning.Lock()
	defer c.beginning.Unlock()
	if kept, ok := c.sessions.Get(repository.Name()); ok {
		if s, ok := kept.(*session); ok {
			return s, nil
		}
	}
	s, err := newSession(r, repository, c.keychain)
	if err == nil {
		c.sessions.Add(repository.Name(), s)
	}
	return s, err
}

// unchanged says whether a tag names what it did, and what that said. HEAD is cheap, and Docker Hub does not count it; a
// registry that does not answer it with a digest is asked for the manifest.
func (c *Client) unchanged(ctx context.Context, s *session, ref name.Reference) (Source, bool) {
	former, ok := c.kept(ref)
	if !ok || former.digest == "" {
		return Source{}, false
	}
	now, err := s.puller.Head(ctx, ref)
	if err != nil || now.Digest.String() != former.digest {
		return Source{}, false
	}
	kept, ok := c.kept(ref.Context().Digest(former.digest))
	if !ok || kept.err != nil {
		return Source{}, false
	}
	return kept.source, true
}

// source looks from the best evidence to the least, and stops at what says both repository and commit.
func (s *session) source(ctx context.Context, top *manifest) (Source, error) {
	if len(top.Manifests) == 0 {
		return s.ofImage(ctx, top, Source{})
	}
	best := ociPair(IndexAnnotation, top.Annotations)
	images := top.images()
	if len(images) > 0 {
		best = better(best, ociPair(ManifestAnnotation, images[0].Annotations))
	}
	if best.rank() == complete || len(images) == 0 {
		return best, nil
	}
	chosen, image, err := s.choose(ctx, images)
	if err != nil {
		return best, err
	}
	best, err = s.ofImage(ctx, image, best)
	if err != nil || best.rank() == complete {
		return best, err
	}
	built, err := s.provenance(ctx, top, chosen)
	return better(best, built), err
}

// ofImage looks at an image's annotations, and at its labels if they are needed.
func (s *session) ofImage(ctx context.Context, image *manifest, best Source) (Source, error) {
	best = better(best, ociPair(ManifestAnnotation, image.Annotations))
	if best.rank() == complete || !image.Config.MediaType.IsConfig() {
		return best, nil
	}
	raw, err := s.blob(ctx, image.Config)
	if err != nil {
		return best, err
	}
	var config struct {
		Created string `json:"created"`
		Config  struct {
			Labels words `json:"Labels"`
		} `json:"config"`
	}
	if json.Unmarshal(raw, &config) != nil {
		return best, &Error{Reason: ErrMalformed, Detail: "its configuration cannot be read"}
	}
	of := origin{image: s.repository.Name(), base: image.Annotations[baseName]}
	of.created, _ = time.Parse(time.RFC3339, config.Created) // zero where it does not say
	if of.base == "" {
		of.base = config.Config.Labels[baseName]
	}
	return better(best, fromLabels(config.Config.Labels, of)), nil
}

const baseName = "org.opencontainers.image.base.name"

// images returns the images of an index: that for linux/amd64, then the others. All are built from one commit.
func (m *manifest) images() []v1.Descriptor {
	images := slices.DeleteFunc(slices.Clone(m.Manifests), func(d v1.Descriptor) bool {
		return !d.MediaType.IsImage() || d.Annotations[referenceType] != ""
	})
	slices.SortStableFunc(images, func(a, b v1.Descriptor) int { return preference(a) - preference(b) })
	return images
}

// choose fetches the first image that is there, and returns its digest, too.
func (s *session) choose(ctx context.Context, images []v1.Descriptor) (v1.Hash, *manifest, error) {
	for tried, candidate := range images {
		image, _, err := s.manifest(ctx, s.repository.Digest(candidate.Digest.String()))
		if err == nil {
			return candidate.Digest, image, nil
		}
		if tried+1 == min(len(images), maxCandidates) || !errors.Is(classify(err), ErrNotFound) {
			return v1.Hash{}, nil, err
		}
	}
	return v1.Hash{}, nil, &Error{Reason: ErrNotFound}
}

func preference(d v1.Descriptor) int {
	if p := d.Platform; p == nil || p.OS == "linux" && p.Architecture == "amd64" {
		return 0
	}
	return 1
}

// provenance reads what BuildKit wrote beside an image. Mirrors leave it out: what is not found says nothing.
func (s *session) provenance(ctx context.Context, index *manifest, image v1.Hash) (Source, error) {
	for _, d := range index.Manifests {
		if d.Annotations[referenceDigest] != image.String() {
			continue
		}
		beside, _, err := s.manifest(ctx, s.repository.Digest(d.Digest.String()))
		if err != nil {
			return Source{}, unlessMissing(err)
		}
		for _, layer := range beside.Layers {
			if provenanceTypes[layer.Annotations[predicateType]] {
				raw, err := s.blob(ctx, layer)
				if err != nil {
					return Source{}, unlessMissing(err)
				}
				return fromProvenance(raw), nil
			}
		}
	}
	return Source{}, nil
}

func unlessMissing(err error) error {
	if errors.Is(classify(err), ErrNotFound) {
		return nil
	}
	return err
}

// manifest fetches an index or an image's manifest. The library compares it with the digest that was asked for.
func (s *session) manifest(ctx context.Context, ref name.Reference) (*manifest, string, error) {
	fetched, err := s.puller.Get(ctx, ref)
	if err != nil {
		return nil, "", err
	}
	m := &manifest{}
	if json.Unmarshal(fetched.Manifest, m) != nil {
		return nil, "", &Error{Reason: ErrMalformed, Detail: "its manifest cannot be read"}
	}
	return m, fetched.Digest.String(), nil
}

// blob fetches a configuration or a statement. The library compares it with its digest.
func (s *session) blob(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	layer, err := s.puller.Layer(ctx, s.repository.Digest(d.Digest.String()))
	if err != nil {
		return nil, err
	}
	body, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}
