// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const megabyte = 1_000_000

// writeArchive writes one image as docker save does.
func writeArchive(file string, ref name.Tag, image v1.Image) error {
	if err := tarball.WriteToFile(file, ref, image); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// writeLayout writes an index as an OCI layout in one file, under the image's name.
func writeLayout(file string, ref name.Tag, index v1.ImageIndex) error {
	dir, err := os.MkdirTemp(filepath.Dir(file), ".layout-")
	if err != nil {
		return fmt.Errorf("make folder of the layout: %w", err)
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("make layout: %w", err)
	}
	named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": ref.String()})
	if err := path.AppendIndex(index, named); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	if err := errors.Join(pack(out, os.DirFS(dir)), out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// pack writes all files of a folder into one, in the order of their names, and without what the machine
// adds to them: times, owners, modes.
func pack(out io.Writer, folder fs.FS) error {
	w := tar.NewWriter(out)
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	return errors.Join(err, w.Close())
}

// report says how large an image is, as a registry stores it, and fails where it is too large.
func report(out io.Writer, file string, platform v1.Platform, image v1.Image, limit int64) error {
	size, err := compressed(image)
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %.1f MB compressed, %s\n", file, float64(size)/megabyte, digest)
	if size > limit {
		return fmt.Errorf("the image for %s has %.1f MB, more than the %d MB that are allowed: look what the program imports",
			platform, float64(size)/megabyte, limit/megabyte)
	}
	return nil
}

// compressed is what a machine downloads: manifest, config and layers.
func compressed(image v1.Image) (int64, error) {
	size, err := image.Size()
	if err != nil {
		return 0, err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return 0, err
	}
	size += manifest.Config.Size
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	return size, nil
}
