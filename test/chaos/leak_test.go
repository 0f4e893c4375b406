// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASecretInAFileIsFound(t *testing.T) {
	dir := t.TempDir()
	etcd := filepath.Join(dir, "cluster")
	if err := os.Mkdir(etcd, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{
		filepath.Join(dir, "manager-001.log"): "all is well",
		filepath.Join(dir, "manager-002.log"): "the secret is canary-1, and that is bad",
		filepath.Join(etcd, "data"):           "canary-1 is where it belongs",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := leaks(dir, "canary-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(dir, "manager-002.log")}, got); diff != "" {
		t.Errorf("leaks (-want +got):\n%s", diff)
	}
}
