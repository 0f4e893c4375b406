// SPDX-License-Identifier: Apache-2.0

// Package repository finds the checkout that the tests run in, and builds the product's programs from it.
package repository

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// module is the product's module. The modules below its folder, such as that of the tests, are passed by.
const module = "github.com/rollcall-dev/rollcall"

// Root walks up from the working directory to the folder of the product's module. It works from any package's test.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find working directory: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if isRoot(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find module %s above %s: run this inside a checkout of the repository", module, start)
		}
	}
}

func isRoot(dir string) bool {
	content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(content) == module
}

// Build builds a program below cmd, such as manager, into a file. The product's go.mod says the versions, not that of
// the tests, so that what is tested is what is shipped.
func Build(ctx context.Context, program, file string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "-C", root, "build", "-o", file, "./cmd/"+program)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", program, err, out)
	}
	return nil
}
