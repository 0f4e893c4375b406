// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

type layoutPath = layout.Path

// withLayout opens a layout for as long as a function runs.
func withLayout(file string, do func(layoutPath, v1.Descriptor) error) error {
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	path, top, err := openLayout(file, dir)
	if err != nil {
		return err
	}
	return do(path, top)
}

// push pushes image and chart under their version, with the credentials of docker login. What is there is not replaced.
func push(ctx context.Context, s *settings, out io.Writer) error {
	if err := checkFolder(s.output, out); err != nil {
		return err
	}
	m, err := readProvenance(s.output)
	if err != nil {
		return err
	}
	m = m.in(s.registry)
	for file, what := range m.layouts() {
		tag, err := name.NewTag(what.repository + ":" + strings.TrimPrefix(m.version, "v"))
		if err != nil {
			return fmt.Errorf("-registry: %w", err)
		}
		if err := withLayout(filepath.Join(s.output, file), func(path layoutPath, top v1.Descriptor) error {
			return pushOne(ctx, tag, path, top)
		}); err != nil {
			return fmt.Errorf("push %s: %w", tag, err)
		}
		fmt.Fprintf(out, "Pushed %s@%s\n", tag, what.digest)
	}
	return nil
}

func pushOne(ctx context.Context, tag name.Tag, path layoutPath, top v1.Descriptor) error {
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
	there, err := remote.Head(tag, options...)
	var refused *transport.Error
	switch {
	case err == nil && there.Digest == top.Digest:
		return nil
	case err == nil:
		return fmt.Errorf("it is there already, as %s: a version is published once", there.Digest)
	case !errors.As(err, &refused) || refused.StatusCode != http.StatusNotFound:
		return fmt.Errorf("ask whether it is there: %w", err)
	}
	index, err := path.ImageIndex()
	if err != nil {
		return err
	}
	if top.MediaType.IsIndex() {
		if index, err = index.ImageIndex(top.Digest); err != nil {
			return err
		}
		return remote.WriteIndex(tag, index, options...)
	}
	image, err := index.Image(top.Digest)
	if err != nil {
		return err
	}
	return remote.Write(tag, image, options...)
}

// in returns the manifest for another registry than the release names; it may be empty.
func (m manifest) in(registry string) manifest {
	if registry != "" {
		m.registry = registry
		m.image.repository, m.chart.repository = imageRepository(registry), chartRepository(registry)
	}
	return m
}
