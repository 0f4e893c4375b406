// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rollcall-dev/rollcall/test/manager"
)

// binaries are the paths of both reporters' programs.
type binaries struct {
	bare, rollcall string
}

// build builds both reporters.
func build(ctx context.Context) (binaries, error) {
	fmt.Println("--> build the manager and the bare reporter")
	rollcall, err := manager.Build(ctx, output, os.Stderr)
	if err != nil {
		return binaries{}, err
	}
	bare, err := filepath.Abs(filepath.Join(output, "bare-reporter"))
	if err != nil {
		return binaries{}, fmt.Errorf("find folder: %w", err)
	}
	command := exec.CommandContext(ctx, "go", "-C", "test", "build", "-o", bare, "./bench/bare")
	if out, err := command.CombinedOutput(); err != nil {
		return binaries{}, fmt.Errorf("build bare reporter: %w\n%s", err, out)
	}
	return binaries{bare: bare, rollcall: rollcall}, nil
}
