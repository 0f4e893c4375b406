// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// makers make what a release is put together of, below a folder that is removed afterwards.
type makers struct {
	// image returns the file of an OCI layout.
	image func(ctx context.Context, s source, repository, work string) (string, error)
	// plugin writes archives and krew's manifest into the folder.
	plugin func(ctx context.Context, s source, work string) error
	// chart returns the packed chart, which installs the image.
	chart func(ctx context.Context, s source, image published) ([]byte, error)
}

// release is one that is being written.
type release struct {
	source   source
	registry string
	builder  string
	output   string
	make     makers
	out      io.Writer

	image, chart published
}

func build(ctx context.Context, s *settings, out io.Writer) error {
	src, err := openSource(ctx, ".", s.version)
	if err != nil {
		return err
	}
	if s.registry == "" {
		return errors.New("say where image and chart will be: -registry=ghcr.io/rollcall-dev")
	}
	r := &release{
		source: src, registry: s.registry, builder: s.builder, output: s.output, out: out,
		make: makers{image: buildImage, plugin: buildPlugin, chart: func(ctx context.Context, s source, image published) ([]byte, error) { return s.packChart(ctx, image) }},
	}
	return r.write(ctx)
}

// write writes everything. What the changelog lacks is found before anything is built.
func (r *release) write(ctx context.Context) error {
	changelog, err := r.source.file("CHANGELOG.md")
	if err != nil {
		return err
	}
	changes, err := section(string(changelog), r.source.number())
	if err != nil {
		return err
	}
	if err := emptyFolder(r.output); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(work)
	fmt.Fprintf(r.out, "Making Rollcall %s of %s. Where the Go cache is cold, each platform takes minutes.\n", r.source.version, r.source.commit)
	for _, step := range []struct {
		what string
		do   func(context.Context, string) error
	}{
		{"the image for two platforms", r.writeImage},
		{"the chart", r.writeChart},
		{"install.yaml", r.writeInstall},
		{"the plug-in for six platforms", r.writePlugin},
	} {
		began := time.Now()
		fmt.Fprintf(r.out, "Making %s\n", step.what)
		if err := step.do(ctx, work); err != nil {
			return fmt.Errorf("make %s: %w", step.what, err)
		}
		fmt.Fprintf(r.out, "  %.0f s\n", time.Since(began).Seconds())
	}
	if err := r.put("RELEASE_NOTES.md", notes(changes, r.source, r.image, r.chart)); err != nil {
		return err
	}
	return r.finish()
}

// finish writes the sums of all files, and the provenance of what they list.
func (r *release) finish() error {
	sums, err := sumFolder(r.output)
	if err != nil {
		return err
	}
	if err := r.put(sumsFile, formatSums(sums)); err != nil {
		return err
	}
	statement, err := provenance{source: r.source, registry: r.registry, builder: r.builder, sums: sums, image: r.image, chart: r.chart}.statement()
	if err != nil {
		return err
	}
	if err := r.put(provenanceFile, statement); err != nil {
		return err
	}
	return checkFolder(r.output, r.out)
}

func (r *release) put(name string, content []byte) error {
	return writeFile(filepath.Join(r.output, name), content)
}

// emptyFolder removes a release that is there, and nothing else.
func emptyFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(folder, sumsFile)); err != nil {
			return fmt.Errorf("%s holds something else than a release: remove it, or name another folder", folder)
		}
		err = os.RemoveAll(folder)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("empty folder: %w", err)
	}
	return os.MkdirAll(folder, 0o755)
}
