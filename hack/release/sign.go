// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sign has cosign sign what was pushed, and the files. Flags behind -- say with what: none in a workflow whose identity
// signs, --key=cosign.key with a key.
//
//	image, chart    a signature, and the provenance as an attestation
//	image           an SBOM a platform, as attestations
//	SHA256SUMS      a signature, and with it of each file that it lists
//	provenance      an attestation of the same files
func sign(ctx context.Context, s *settings, out io.Writer) error {
	if err := checkFolder(s.output, out); err != nil {
		return err
	}
	m, err := readProvenance(s.output)
	if err != nil {
		return err
	}
	m = m.in(s.registry)
	folder, err := os.MkdirTemp("", "sign")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(folder)
	predicate := filepath.Join(folder, "predicate.json")
	if err := writeFile(predicate, m.predicate); err != nil {
		return err
	}
	for _, args := range m.signatures(s.output, predicate) {
		args = slices.Concat(args[:1], []string{"--yes"}, s.args, args[1:])
		if _, err := command(ctx, "", nil, s.cosign, args...); err != nil {
			return err
		}
		fmt.Fprintf(out, "cosign %s: %s\n", args[0], args[len(args)-1])
	}
	return nil
}

// signatures are the arguments of cosign. The last is what is signed.
func (m manifest) signatures(output, predicate string) [][]string {
	image, chart := m.image.repository+"@"+m.image.digest.String(), m.chart.repository+"@"+m.chart.digest.String()
	list := [][]string{
		{"sign", image},
		{"sign", chart},
		{"attest", "--type=slsaprovenance1", "--predicate=" + predicate, image},
		{"attest", "--type=slsaprovenance1", "--predicate=" + predicate, chart},
	}
	for _, file := range m.names() {
		if strings.HasPrefix(file, "rollcall-image-") && strings.HasSuffix(file, ".spdx.json") {
			list = append(list, []string{"attest", "--type=spdxjson", "--predicate=" + filepath.Join(output, file), image})
		}
	}
	sums, statement := filepath.Join(output, sumsFile), filepath.Join(output, provenanceFile)
	return append(list,
		[]string{"sign-blob", "--bundle=" + sums + bundleEnding, sums},
		[]string{"attest-blob", "--bundle=" + statement + bundleEnding, "--statement=" + statement})
}
