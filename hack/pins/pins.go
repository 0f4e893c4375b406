// SPDX-License-Identifier: Apache-2.0

// Package pins finds the programs that the modules below hack pin, such as helm and kubectl.
package pins

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program returns the path of a program that a module of the repository pins. go builds it once, and keeps it.
func Program(ctx context.Context, root, module, name string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "-C", filepath.Join(root, module), "tool", "-n", name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build %s of %s: %w", name, module, err)
	}
	return strings.TrimSpace(string(out)), nil
}
