// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nonRoot is the user and the group that the program runs as. They have numbers only: with a name,
// Kubernetes could not tell that it is not root.
const nonRoot = "65532:65532"

// spec is what an image is, but for its program.
type spec struct {
	ref         name.Tag
	description string
	commit      string
	created     time.Time
}

// parseTime reads the time of the commit. Where there is no commit (a source archive) it is the epoch.
func parseTime(text string) (time.Time, error) {
	if text == "unknown" {
		return time.Unix(0, 0).UTC(), nil
	}
	created, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("-created: %w", err)
	}
	return created.UTC(), nil
}

// title is the image's name without its registry and folder.
func (s spec) title() string { return path.Base(s.ref.RepositoryStr()) }

// file is the name that the files of the image begin with.
func (s spec) file() string { return s.title() + "-" + s.ref.TagStr() }

// annotations are the labels of an image, and the annotations of its manifests.
func (s spec) annotations() map[string]string {
	const prefix = "org.opencontainers.image."
	a := map[string]string{
		prefix + "title":    s.title(),
		prefix + "version":  s.ref.TagStr(),
		prefix + "revision": s.commit,
		prefix + "created":  s.created.Format(time.RFC3339),
		prefix + "source":   "https://github.com/rollcall-dev/rollcall",
		prefix + "licenses": "Apache-2.0",
	}
	if s.description != "" {
		a[prefix+"description"] = s.description
	}
	return a
}

// image is the image of one platform, of the program in the file.
func (s spec) image(platform v1.Platform, file string) (v1.Image, error) {
	layer, err := s.layer(file)
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{
		Created:   v1.Time{Time: s.created},
		CreatedBy: "hack/image",
	}})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: s.created}
	config.Config = v1.Config{Entrypoint: []string{"/" + filepath.Base(file)}, User: nonRoot, Labels: s.annotations()}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, s.annotations()).(v1.Image), nil
}

// layer holds the one file: root owns it, everybody may run it, nobody may write it.
func (s spec) layer(file string) (v1.Layer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	header := &tar.Header{Typeflag: tar.TypeReg, Name: filepath.Base(file), Mode: 0o555, Size: int64(len(content)), ModTime: s.created}
	if err := w.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithCompressedCaching)
}

// index is one image for several platforms. Each tells its own in its config.
func (s spec) index(images []v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, image := range images {
		config, err := image.ConfigFile()
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: config.Platform()},
		})
	}
	return mutate.Annotations(index, s.annotations()).(v1.ImageIndex), nil
}
