// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// request is what the flags ask for.
type request struct {
	program   program
	spec      spec
	platforms []v1.Platform
	output    string
	limit     int64 // of the compressed size, in bytes
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	r, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = r.run(ctx, os.Stdout)
	}
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func parse(args []string, usage io.Writer) (*request, error) {
	r := &request{}
	var ref, platforms, created string
	var megabytes int64
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&r.program.pkg, "package", "./cmd/manager", "the package of the program")
	flags.StringVar(&r.program.name, "program", "manager", "the program's name in the image")
	flags.StringVar(&r.program.ldflags, "ldflags", "-s -w", "flags of the linker")
	flags.StringVar(&ref, "ref", "rollcall:dev", "the image's name and tag")
	flags.StringVar(&r.spec.description, "description", "", "what the image is")
	flags.StringVar(&r.spec.commit, "commit", "unknown", "the commit that it is made from")
	flags.StringVar(&created, "created", "unknown", "the time of that commit (RFC 3339)")
	flags.StringVar(&platforms, "platforms", "linux/amd64,linux/arm64", "the platforms, comma-separated")
	flags.StringVar(&r.output, "output", filepath.Join("_output", "image"), "the folder to write to")
	flags.Int64Var(&megabytes, "max-megabytes", 40, "fail where an image is larger than this, compressed")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	r.limit = megabytes * megabyte
	var errs [3]error
	r.spec.ref, errs[0] = name.NewTag(ref)
	r.spec.created, errs[1] = parseTime(created)
	r.platforms, errs[2] = parsePlatforms(platforms)
	return r, errors.Join(errs[:]...)
}

func parsePlatforms(list string) ([]v1.Platform, error) {
	var platforms []v1.Platform
	for _, text := range strings.Split(list, ",") {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return nil, fmt.Errorf("-platforms: %w", err)
		}
		if platform.OS != "linux" || platform.Architecture == "" {
			return nil, fmt.Errorf("-platforms: %q is not linux/<architecture>", text)
		}
		platforms = append(platforms, *platform)
	}
	return platforms, nil
}

// run makes the images and says how large they are.
func (r *request) run(ctx context.Context, out io.Writer) error {
	base := filepath.Join(r.output, r.spec.file())
	var images []v1.Image
	for _, platform := range r.platforms {
		binary := filepath.Join(r.output, platform.OS+"_"+platform.Architecture, r.program.name)
		if err := r.program.build(ctx, platform, binary); err != nil {
			return err
		}
		image, err := r.spec.image(platform, binary)
		if err != nil {
			return fmt.Errorf("make image for %s: %w", platform, err)
		}
		file := fmt.Sprintf("%s.%s-%s.tar", base, platform.OS, platform.Architecture)
		if err := writeArchive(file, r.spec.ref, image); err != nil {
			return err
		}
		if err := report(out, file, platform, image, r.limit); err != nil {
			return err
		}
		images = append(images, image)
	}
	index, err := r.spec.index(images)
	if err != nil {
		return fmt.Errorf("make index: %w", err)
	}
	if err := writeLayout(base+".oci.tar", r.spec.ref, index); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: %d platforms, %s\n", base+".oci.tar", len(images), digest)
	return err
}
