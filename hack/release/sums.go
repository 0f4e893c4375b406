// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	sumsFile       = "SHA256SUMS"
	provenanceFile = "provenance.intoto.json"
	// bundleEnding is what a file of a signature ends with.
	bundleEnding = ".sigstore.json"
)

// sum is a line of SHA256SUMS.
type sum struct{ hex, file string }

// sumFolder returns the sums of all files that SHA256SUMS lists, by name.
func sumFolder(folder string) ([]sum, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read release: %w", err)
	}
	var sums []sum
	for _, entry := range entries {
		name := entry.Name()
		if name == sumsFile || name == provenanceFile || strings.HasSuffix(name, bundleEnding) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("read release: %w", err)
		}
		sums = append(sums, sum{fmt.Sprintf("%x", sha256.Sum256(content)), name})
	}
	return sums, nil
}

// formatSums writes them as sha256sum does.
func formatSums(sums []sum) []byte {
	var text strings.Builder
	for _, s := range sums {
		fmt.Fprintf(&text, "%s  %s\n", s.hex, s.file)
	}
	return []byte(text.String())
}

// checkFolder compares the files of a release with SHA256SUMS, that with the provenance, and the digests of image and
// chart with what the provenance says.
func checkFolder(folder string, out io.Writer) error {
	m, err := readProvenance(folder)
	if err != nil {
		return err
	}
	listed, err := os.ReadFile(filepath.Join(folder, sumsFile))
	if err != nil {
		return fmt.Errorf("read release: %w", err)
	}
	if string(listed) != string(formatSums(m.sums)) {
		return fmt.Errorf("%s and %s do not list the same", sumsFile, provenanceFile)
	}
	are, err := sumFolder(folder)
	if err != nil {
		return err
	}
	if err := compare(m.sums, are); err != nil {
		return err
	}
	if err := m.checkLayouts(folder); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: Rollcall %s, %d files as %s says\n  %s@%s\n  %s@%s\n", folder, m.version, len(are), sumsFile,
		m.image.repository, m.image.digest, m.chart.repository, m.chart.digest)
	return nil
}

// compare says of each file what is wrong with it.
func compare(listed, are []sum) error {
	var errs []error
	for _, want := range listed {
		i := slices.IndexFunc(are, func(s sum) bool { return s.file == want.file })
		switch {
		case i < 0:
			errs = append(errs, fmt.Errorf("%s is missing", want.file))
		case are[i].hex != want.hex:
			errs = append(errs, fmt.Errorf("%s is not what %s says: its sum is %s, not %s", want.file, sumsFile, are[i].hex, want.hex))
		}
	}
	for _, s := range are {
		if !slices.ContainsFunc(listed, func(l sum) bool { return l.file == s.file }) {
			errs = append(errs, fmt.Errorf("%s is not in %s", s.file, sumsFile))
		}
	}
	return errors.Join(errs...)
}

// layouts are the files of image and chart.
func (m manifest) layouts() map[string]published {
	number := strings.TrimPrefix(m.version, "v")
	return map[string]published{
		"rollcall-image-" + number + ".oci.tar": m.image,
		"rollcall-chart-" + number + ".oci.tar": m.chart,
	}
}

func (m manifest) checkLayouts(folder string) error {
	for name, want := range m.layouts() {
		if err := withLayout(filepath.Join(folder, name), func(_ layoutPath, d v1.Descriptor) error {
			if d.Digest != want.digest {
				return fmt.Errorf("%s holds %s, and not %s, which %s names", name, d.Digest, want.digest, provenanceFile)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
