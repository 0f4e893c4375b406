// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// list writes a line about each file of a tar archive.
func list(out io.Writer, archive io.Reader) error {
	return each(archive, func(h *tar.Header, _ io.Reader) error {
		_, err := fmt.Fprintln(out, h.FileInfo().Mode(), h.Uid, h.ModTime.UTC().Format(time.RFC3339), h.Name)
		return err
	})
}

// unpack puts the files of a tar archive into a folder.
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	archive, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if err := each(archive, func(h *tar.Header, content io.Reader) error {
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	}); err != nil {
		t.Fatal(err)
	}
}

func each(archive io.Reader, f func(*tar.Header, io.Reader) error) error {
	r := tar.NewReader(archive)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(header, r); err != nil {
			return err
		}
	}
}
