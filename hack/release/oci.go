// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// published is what is in a registry.
type published struct {
	repository string // with the registry
	digest     v1.Hash
}

// openLayout unpacks an OCI layout into a folder, and returns it with the descriptor of the one thing in it. Every
// byte of it has the digest that names it.
func openLayout(file, dir string) (layout.Path, v1.Descriptor, error) {
	if err := unpackLayout(file, dir); err != nil {
		return "", v1.Descriptor{}, fmt.Errorf("unpack %s: %w", filepath.Base(file), err)
	}
	path := layout.Path(dir)
	index, err := path.ImageIndex()
	if err != nil {
		return "", v1.Descriptor{}, fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return "", v1.Descriptor{}, fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	if n := len(manifest.Manifests); n != 1 {
		return "", v1.Descriptor{}, fmt.Errorf("%s holds %d things, not one", filepath.Base(file), n)
	}
	if err := checkBlobs(path, manifest.Manifests[0]); err != nil {
		return "", v1.Descriptor{}, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return path, manifest.Manifests[0], nil
}

// checkBlobs compares what a descriptor names, and all below it, with the digests.
func checkBlobs(path layout.Path, d v1.Descriptor) error {
	content, err := path.Bytes(d.Digest)
	if err != nil {
		return fmt.Errorf("read %s: %w", d.Digest, err)
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != d.Digest.Hex || int64(len(content)) != d.Size {
		return fmt.Errorf("what should be %s with %d bytes is sha256:%s with %d", d.Digest, d.Size, got, len(content))
	}
	var below []v1.Descriptor
	switch {
	case d.MediaType.IsIndex():
		index, err := v1.ParseIndexManifest(bytes.NewReader(content))
		if err != nil {
			return fmt.Errorf("read index %s: %w", d.Digest, err)
		}
		below = index.Manifests
	case d.MediaType.IsImage():
		manifest, err := v1.ParseManifest(bytes.NewReader(content))
		if err != nil {
			return fmt.Errorf("read manifest %s: %w", d.Digest, err)
		}
		below = slices.Concat(manifest.Layers, []v1.Descriptor{manifest.Config})
	}
	for _, child := range below {
		if err := checkBlobs(path, child); err != nil {
			return err
		}
	}
	return nil
}

func unpackLayout(file, dir string) error {
	archive, err := os.Open(file)
	if err != nil {
		return err
	}
	defer archive.Close()
	r := tar.NewReader(archive)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg || !filepath.IsLocal(header.Name) {
			return fmt.Errorf("%q is no file of a layout", header.Name)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
}

// writeLayout writes an image as an OCI layout in one file, under a name, with nothing in it of the machine.
func writeLayout(file, ref string, image v1.Image) error {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("make layout: %w", err)
	}
	if err := path.AppendImage(image, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": ref})); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	archive, err := packFolder(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return writeFile(file, archive)
}

func packFolder(folder fs.FS) ([]byte, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		return addFile(w, &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content)
	})
	err = errors.Join(err, w.Close())
	return archive.Bytes(), err
}

func addFile(w *tar.Writer, header *tar.Header, content []byte) error {
	header.Size = int64(len(content))
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

func writeFile(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	return nil
}
