// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// unpack takes programs out of an archive, wherever they lie in it.
func (d *downloader) unpack(archive *os.File, programs []string) error {
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	zipped, err := gzip.NewReader(archive)
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	left := slices.Clone(programs)
	for files := tar.NewReader(zipped); len(left) > 0; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the archive has no %s", strings.Join(left, ", "))
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		i := slices.Index(left, path.Base(header.Name))
		if header.Typeflag != tar.TypeReg || i < 0 {
			continue
		}
		if err := d.unpackOne(files, left[i]); err != nil {
			return err
		}
		left = slices.Delete(left, i, i+1)
	}
	return nil
}

func (d *downloader) unpackOne(content io.Reader, name string) error {
	file, err := os.CreateTemp(d.target, ".unpack-*")
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	return d.keep(file, name)
}
