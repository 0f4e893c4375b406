// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// content is a file of an image or of an archive.
type content struct {
	name string
	data []byte
	// program says that it has to be one of Go.
	program bool
}

// imageBill is the SBOM of the image of one platform: its layers, their files, and the modules of the programs.
func imageBill(s source, file, repository string, image v1.Image) ([]byte, error) {
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	locator := fmt.Sprintf("pkg:oci/%s@sha256%%3A%s?arch=%s&repository_url=%s&tag=%s", path.Base(repository), digest.Hex, config.Architecture, repository, s.number())
	b := newBill(s, file, &v2_3.Package{
		PackageName: repository, PackageVersion: s.number(), PackageSPDXIdentifier: "Image", PrimaryPackagePurpose: "CONTAINER", PackageLicenseDeclared: "Apache-2.0",
		PackageChecksums: checksum(digest.Hex), PackageExternalReferences: []*v2_3.PackageExternalReference{purl(locator)},
	})
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for i, layer := range layers {
		if err := b.addLayer(common.ElementID(fmt.Sprintf("Layer-%d", i)), layer); err != nil {
			return nil, err
		}
	}
	return b.text()
}

func (b *bill) addLayer(id common.ElementID, layer v1.Layer) error {
	digest, err := layer.Digest()
	if err != nil {
		return err
	}
	b.add(&v2_3.Package{PackageName: digest.String(), PackageSPDXIdentifier: id, PrimaryPackagePurpose: "ARCHIVE", PackageChecksums: checksum(digest.Hex)})
	b.relate("Image", "CONTAINS", id)
	archive, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer archive.Close()
	files, err := untar(archive)
	if err != nil {
		return fmt.Errorf("read layer %s: %w", digest, err)
	}
	return b.addContents(id, files)
}

func (b *bill) addContents(in common.ElementID, files []content) error {
	for _, f := range files {
		if err := b.addContent(in, f); err != nil {
			return err
		}
	}
	return nil
}

// archiveBill is the SBOM of an archive of the plug-in.
func archiveBill(s source, file, archive string, data []byte) ([]byte, error) {
	files, err := unpack(archive, data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", archive, err)
	}
	b := newBill(s, file, &v2_3.Package{
		PackageName: archive, PackageFileName: archive, PackageVersion: s.version, PackageSPDXIdentifier: "Archive", PrimaryPackagePurpose: "ARCHIVE",
		PackageLicenseDeclared: "Apache-2.0", PackageDownloadLocation: home + "/releases/download/" + s.version + "/" + archive,
		PackageChecksums: checksum(fmt.Sprintf("%x", sha256.Sum256(data))),
	})
	if err := b.addContents("Archive", files); err != nil {
		return nil, err
	}
	return b.text()
}

func checksum(hex string) []common.Checksum {
	return []common.Checksum{{Algorithm: common.SHA256, Value: hex}}
}

// unpack returns the files of a .tar.gz, .tgz or .zip.
func unpack(name string, data []byte) ([]content, error) {
	if !strings.HasSuffix(name, ".zip") {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return untar(r)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var files []content
	for _, f := range r.File {
		entry, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(entry)
		if err := errors.Join(err, entry.Close()); err != nil {
			return nil, err
		}
		files = append(files, content{f.Name, data, isProgram(f.Name)})
	}
	return files, nil
}

func untar(archive io.Reader) ([]content, error) {
	var files []content
	r := tar.NewReader(archive)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(path.Clean("/"+header.Name), "/")
		files = append(files, content{name, data, isProgram(name)})
	}
}

// isProgram says which files have to tell what they are made of.
func isProgram(name string) bool {
	return name == "manager" || name == "kubectl-rollcall" || name == "kubectl-rollcall.exe"
}
