// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// program is the one program of an image.
type program struct {
	pkg     string // as the go command takes it, from the working directory
	name    string
	ldflags string
}

// build writes the program for a platform into a file.
//
// Neither the paths of this machine (-trimpath) nor the state of its checkout (-buildvcs) get into it: who
// wants to know the commit asks the linker to set it, or looks at the image's labels.
func (p program) build(ctx context.Context, platform v1.Platform, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", p.ldflags, "-o", file, p.pkg)
	cmd.Env = buildEnvironment(os.Environ(), platform)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build %s for %s: %w", p.pkg, platform, err)
	}
	return requireStatic(file)
}

// buildEnvironment keeps what the caller says about proxies and caches, and leaves no choice in what
// decides which bytes come out.
func buildEnvironment(env []string, platform v1.Platform) []string {
	return append(env[:len(env):len(env)], "CGO_ENABLED=0", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off",
		"GOAMD64=v1", "GOARM64=v8.0", "GOOS="+platform.OS, "GOARCH="+platform.Architecture)
}

// requireStatic fails where a program needs a dynamic linker or a library: the image has neither.
func requireStatic(file string) error {
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("read libraries of %s: %w", file, err)
	}
	if len(libraries) > 0 {
		return fmt.Errorf("%s is not static: it needs %v", file, libraries)
	}
	for _, segment := range f.Progs {
		if segment.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static: it needs a dynamic linker", file)
		}
	}
	return nil
}
