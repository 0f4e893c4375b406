// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// writeImage writes the image's layout, and an SBOM a platform.
func (r *release) writeImage(ctx context.Context, work string) error {
	repository := imageRepository(r.registry)
	built, err := r.make.image(ctx, r.source, repository, work)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(work, "layout")
	if err != nil {
		return err
	}
	path, top, err := openLayout(built, dir)
	if err != nil {
		return err
	}
	r.image = published{repository: repository, digest: top.Digest}
	content, err := os.ReadFile(built)
	if err != nil {
		return err
	}
	if err := r.put(fmt.Sprintf("rollcall-image-%s.oci.tar", r.source.number()), content); err != nil {
		return err
	}
	named, err := path.ImageIndex()
	if err != nil {
		return err
	}
	index, err := named.ImageIndex(top.Digest)
	if err != nil {
		return err
	}
	list, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, d := range list.Manifests {
		if err := r.writeImageBill(index, d); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) writeImageBill(index v1.ImageIndex, d v1.Descriptor) error {
	image, err := index.Image(d.Digest)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("rollcall-image-%s_%s_%s.spdx.json", r.source.number(), d.Platform.OS, d.Platform.Architecture)
	text, err := imageBill(r.source, name, r.image.repository, image)
	if err != nil {
		return err
	}
	return r.put(name, text)
}

// writeChart writes the chart as a file and as what it is in a registry.
func (r *release) writeChart(ctx context.Context, _ string) error {
	packed, err := r.make.chart(ctx, r.source, r.image)
	if err != nil {
		return err
	}
	image, err := r.source.artifact(packed)
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	r.chart = published{repository: chartRepository(r.registry), digest: digest}
	layout := filepath.Join(r.output, fmt.Sprintf("rollcall-chart-%s.oci.tar", r.source.number()))
	if err := writeLayout(layout, r.chart.repository+":"+r.source.number(), image); err != nil {
		return err
	}
	return r.put("rollcall-"+r.source.number()+".tgz", packed)
}

// placeholder is the image in dist/install.yaml, and hint the comment that says how to replace it.
const (
	placeholder = "image: registry.invalid/rollcall:"
	hint        = "# sed 's|registry.invalid/"
)

// writeInstall writes dist/install.yaml with the image of the release.
func (r *release) writeInstall(context.Context, string) error {
	manifest, err := r.source.file("dist/install.yaml")
	if err != nil {
		return err
	}
	from := placeholder + r.source.number() + "\n"
	if n := strings.Count(string(manifest), placeholder); n != 1 || !strings.Contains(string(manifest), from) {
		return fmt.Errorf("dist/install.yaml has to have one image, %s: run make chart", strings.TrimSpace(from))
	}
	text := strings.Replace(string(manifest), from, "image: "+r.source.reference(r.image)+"\n", 1)
	head, rest, _ := strings.Cut(text, "\n")
	if strings.HasPrefix(rest, hint) {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return r.put("install.yaml", []byte(head+"\n# kubectl apply --server-side -f install.yaml\n"+rest))
}

// writePlugin writes archives and an SBOM each, and krew's manifest.
func (r *release) writePlugin(ctx context.Context, work string) error {
	dir, err := os.MkdirTemp(work, "plugin")
	if err != nil {
		return err
	}
	if err := r.make.plugin(ctx, r.source, dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == sumsFile { // of these files alone
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := r.put(name, content); err != nil {
			return err
		}
		base, archive := archiveBase(name)
		if !archive {
			continue
		}
		bill := base + ".spdx.json"
		text, err := archiveBill(r.source, bill, name, content)
		if err != nil {
			return err
		}
		if err := r.put(bill, text); err != nil {
			return err
		}
	}
	return nil
}

// archiveBase returns the name without what tells that it is an archive.
func archiveBase(name string) (string, bool) {
	for _, ending := range []string{".tar.gz", ".zip"} {
		if base, ok := strings.CutSuffix(name, ending); ok {
			return base, true
		}
	}
	return name, false
}
