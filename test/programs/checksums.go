// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// checksumsFile pins checksums of released files, below moduleFolder: a line each, with the checksum and the URL.
const checksumsFile = "controlplane/checksums.txt"

// errNotPublished says that a file is not there, or its checksum is not.
var errNotPublished = errors.New("it is not published")

// pinned reads the checksums of the repository, by URL.
func (p *plan) pinned() (map[string]string, error) {
	content, err := os.ReadFile(filepath.Join(p.source, filepath.FromSlash(checksumsFile)))
	if err != nil {
		return nil, fmt.Errorf("read pinned checksums: %w", err)
	}
	pins := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) == 2 && !strings.HasPrefix(fields[0], "#") {
			pins[fields[1]] = fields[0]
		}
	}
	return pins, nil
}

// readChecksum reads a file that is about one other: the checksum is its first word.
func readChecksum(content []byte, _ string) (string, error) {
	if words := strings.Fields(string(content)); len(words) > 0 {
		return words[0], nil
	}
	return "", errNotPublished
}

// readChecksums reads what sha256sum writes: a line each, with the checksum and the name.
func readChecksums(content []byte, name string) (string, error) {
	for line := range bytes.Lines(content) {
		if words := strings.Fields(string(line)); len(words) == 2 && strings.TrimPrefix(words[1], "*") == name {
			return words[0], nil
		}
	}
	return "", errNotPublished
}

// readIndex reads the index of setup-envtest's archives.
func readIndex(content []byte, name string) (string, error) {
	var index struct {
		Releases map[string]map[string]struct{ Hash string } `json:"releases"`
	}
	if err := yaml.Unmarshal(content, &index); err != nil {
		return "", fmt.Errorf("read index of envtest: %w", err)
	}
	for _, archives := range index.Releases {
		if archive, found := archives[name]; found {
			return archive.Hash, nil
		}
	}
	return "", errNotPublished
}

// verifier computes the checksum of what is written to it.
type verifier struct {
	hash.Hash
	url, want string
}

// newVerifier knows SHA-256 and SHA-512 by their length.
func newVerifier(url, want string) (*verifier, error) {
	want = strings.ToLower(want)
	if digest, err := hex.DecodeString(want); err == nil {
		switch len(digest) {
		case sha256.Size:
			return &verifier{sha256.New(), url, want}, nil
		case sha512.Size:
			return &verifier{sha512.New(), url, want}, nil
		}
	}
	return nil, fmt.Errorf("the checksum of %s is no SHA-256 or SHA-512: %.80q", path.Base(url), want)
}

// verify compares the checksums.
func (v *verifier) verify() error {
	if got := hex.EncodeToString(v.Sum(nil)); got != v.want {
		return fmt.Errorf("refused %s: its checksum is %s, not %s", path.Base(v.url), got, v.want)
	}
	return nil
}
