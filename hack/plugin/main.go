// SPDX-License-Identifier: Apache-2.0

// Command plugin builds what the plug-in of kubectl is published as: an archive a platform, their sums, and krew's manifest.
// From one commit and version come the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// platform is one that the plug-in runs on.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "_" + p.arch }

// platforms are all of them.
var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}

// release is what is published.
type release struct {
	// version is a semantic version, with a v.
	version string
	// created is the time of the files in the archives.
	created time.Time
	// uri is where the archives will be.
	uri string
	// license is the text of the licence, which krew demands in every archive.
	license []byte
	// output is the folder that they are written to.
	output string
	// build returns the program of a platform.
	build func(platform) ([]byte, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "plugin:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var r release
	var created, ldflags string
	flags := flag.NewFlagSet("plugin", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "the version, such as v1.2.3")
	flags.StringVar(&created, "created", "", "the time of the commit (RFC 3339)")
	flags.StringVar(&ldflags, "ldflags", "-s -w", "flags of the linker")
	flags.StringVar(&r.uri, "uri", "https://github.com/rollcall-dev/rollcall/releases/download", "where the archives will be, in a folder of the version")
	flags.StringVar(&r.output, "output", filepath.Join("_output", "plugin"), "the folder to write to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if r.created, err = time.Parse(time.RFC3339, created); err != nil {
		return fmt.Errorf("-created: %w", err)
	}
	if r.license, err = os.ReadFile("LICENSE"); err != nil {
		return fmt.Errorf("read the licence: %w", err)
	}
	r.build = func(p platform) ([]byte, error) { return build(ctx, p, ldflags) }
	return r.write(platforms)
}

// write writes the archives, their sums and the manifest.
func (r *release) write(platforms []platform) error {
	if err := checkVersion(r.version); err != nil {
		return err
	}
	if err := os.MkdirAll(r.output, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	var archives []archive
	for _, p := range platforms {
		program, err := r.build(p)
		if err != nil {
			return err
		}
		a, err := r.pack(p, program)
		if err != nil {
			return err
		}
		fmt.Println(filepath.Join(r.output, a.name))
		archives = append(archives, a)
	}
	manifest, err := r.manifest(archives)
	if err != nil {
		return err
	}
	slices.SortFunc(archives, func(a, b archive) int { return strings.Compare(a.name, b.name) })
	var sums strings.Builder
	for _, a := range archives {
		fmt.Fprintf(&sums, "%s  %s\n", a.sum, a.name)
	}
	for name, text := range map[string][]byte{"SHA256SUMS": []byte(sums.String()), "rollcall.yaml": manifest} {
		if err := os.WriteFile(filepath.Join(r.output, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// build builds the plug-in for a platform.
func build(ctx context.Context, p platform, ldflags string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "plugin")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "kubectl-rollcall")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", file, "github.com/rollcall-dev/rollcall/cmd/kubectl-rollcall")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build for %s: %w\n%s", p, err, out)
	}
	return os.ReadFile(file)
}
