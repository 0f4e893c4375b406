// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// What kubectl calls to complete the plug-in's arguments: a script of a shell, and one of Windows.
var (
	//go:embed kubectl_complete-rollcall
	complete []byte
	//go:embed kubectl_complete-rollcall.cmd
	completeWindows []byte
)

// archive is one that was written.
type archive struct {
	platform
	name, sum string
	// program is the name of the program in it.
	program string
}

type file struct {
	name    string
	mode    int64
	content []byte
}

// pack writes the archive of a platform: tar.gz, and zip for Windows.
func (r *release) pack(p platform, program []byte) (archive, error) {
	a := archive{platform: p, name: fmt.Sprintf("kubectl-rollcall_%s_%s.tar.gz", r.version, p), program: "kubectl-rollcall"}
	script, pack := file{"kubectl_complete-rollcall", 0o755, complete}, tarball
	if p.os == "windows" {
		a.name, a.program = fmt.Sprintf("kubectl-rollcall_%s_%s.zip", r.version, p), "kubectl-rollcall.exe"
		script, pack = file{"kubectl_complete-rollcall.cmd", 0o755, completeWindows}, zipped
	}
	packed, err := pack([]file{{"LICENSE", 0o644, r.license}, {a.program, 0o755, program}, script}, r.created)
	if err != nil {
		return archive{}, fmt.Errorf("pack %s: %w", a.name, err)
	}
	a.sum = fmt.Sprintf("%x", sha256.Sum256(packed))
	if err := os.WriteFile(filepath.Join(r.output, a.name), packed, 0o644); err != nil {
		return archive{}, fmt.Errorf("write archive: %w", err)
	}
	return a, nil
}

func tarball(files []file, created time.Time) ([]byte, error) {
	var out bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	writer := tar.NewWriter(compressed)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: created.UTC(), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func zipped(files []file, created time.Time) ([]byte, error) {
	var out bytes.Buffer
	writer := zip.NewWriter(&out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: created.UTC()}
		header.SetMode(os.FileMode(f.mode))
		entry, err := writer.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
