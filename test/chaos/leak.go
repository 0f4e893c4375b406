// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// leaks returns the files of a folder, but not of the folders in it, that hold a secret.
func leaks(dir, secret string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var found []string
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("look for leaks: %w", err)
		}
		if info.IsDir() {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("look for leaks: %w", err)
		}
		if bytes.Contains(content, []byte(secret)) {
			found = append(found, file)
		}
	}
	return found, nil
}
