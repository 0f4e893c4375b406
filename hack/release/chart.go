// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"sigs.k8s.io/yaml"
)

const chartFolder = "charts/rollcall"

// What Helm calls the parts of a chart in a registry.
const (
	chartConfig types.MediaType = "application/vnd.cncf.helm.config.v1+json"
	chartLayer  types.MediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// The values that a checkout leaves empty: there is no image before there is a release.
var (
	noRepository = regexp.MustCompile(`(?m)^(image:\n(?:(?:  .*)?\n)*?  repository: )""$`)
	noDigest     = regexp.MustCompile(`(?m)^(image:\n(?:(?:  .*)?\n)*?  digest: )""$`)
)

// packChart lets Helm pack the chart, with the image of the release in its values, and has Helm render it to see that it
// is that image that gets installed.
func (s source) packChart(ctx context.Context, image published) ([]byte, error) {
	folder, err := os.MkdirTemp("", "chart")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(folder)
	copied := filepath.Join(folder, "rollcall")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(s.dir, filepath.FromSlash(chartFolder)))); err != nil {
		return nil, fmt.Errorf("copy chart: %w", err)
	}
	if err := nameImage(filepath.Join(copied, "values.yaml"), image); err != nil {
		return nil, err
	}
	if err := s.listImage(filepath.Join(copied, "Chart.yaml"), image); err != nil {
		return nil, err
	}
	helm, err := command(ctx, s.dir, nil, "go", "-C", "hack/chart-tools", "tool", "-n", "helm")
	if err != nil {
		return nil, err
	}
	if _, err := command(ctx, folder, nil, helm, "package", copied, "--destination="+folder); err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "rollcall-"+s.number()+".tgz")
	rendered, err := command(ctx, folder, nil, helm, "template", "rollcall", file)
	if err != nil {
		return nil, err
	}
	if want := "image: " + s.reference(image) + "\n"; !strings.Contains(rendered, want) {
		return nil, fmt.Errorf("the packed chart does not install %s", s.reference(image))
	}
	packed, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	return repack(packed, s.created)
}

// reference is how manifests name an image: the tag is for people, the digest counts.
func (s source) reference(image published) string {
	return image.repository + ":" + s.number() + "@" + image.digest.String()
}

func nameImage(file string, image published) error {
	values, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read values: %w", err)
	}
	for place, value := range map[*regexp.Regexp]string{noRepository: image.repository, noDigest: image.digest.String()} {
		if n := len(place.FindAll(values, -1)); n != 1 {
			return fmt.Errorf("%s/values.yaml has to have an empty image.repository and image.digest, once each", chartFolder)
		}
		values = place.ReplaceAll(values, []byte("${1}"+value))
	}
	return writeFile(file, values)
}

// listImage names the image in what Chart.yaml tells Artifact Hub.
func (s source) listImage(file string, image published) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read chart: %w", err)
	}
	from := placeholder + s.number()
	if n := bytes.Count(text, []byte(from)); n != 1 {
		return fmt.Errorf("%s/Chart.yaml has to list one image, %s: run make chart", chartFolder, from)
	}
	return writeFile(file, bytes.Replace(text, []byte(from), []byte("image: "+s.reference(image)), 1))
}

// repack gives all files of an archive one time and one owner.
func repack(packed []byte, created time.Time) ([]byte, error) {
	files, err := unpack("chart.tgz", packed)
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	return pack(created, files...)
}

// pack makes a .tar.gz of files, and nothing in it is the machine's.
func pack(created time.Time, files ...content) ([]byte, error) {
	var out bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(compressed)
	for _, f := range files {
		if err := addFile(w, &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: 0o644, ModTime: created, Format: tar.FormatUSTAR}, f.data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.name, err)
		}
	}
	if err := errors.Join(w.Close(), compressed.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// chartImage is a chart as it is in a registry: what Helm pushes, with one layer, and Chart.yaml as its config.
type chartImage struct {
	manifest, config []byte
	layer            v1.Layer
}

var _ partial.CompressedImageCore = (*chartImage)(nil)

func (c *chartImage) RawConfigFile() ([]byte, error)                         { return c.config, nil }
func (c *chartImage) RawManifest() ([]byte, error)                           { return c.manifest, nil }
func (c *chartImage) MediaType() (types.MediaType, error)                    { return types.OCIManifestSchema1, nil }
func (c *chartImage) LayerByDigest(v1.Hash) (partial.CompressedLayer, error) { return c.layer, nil }

// artifact makes the OCI artifact of a packed chart.
func (s source) artifact(packed []byte) (v1.Image, error) {
	files, err := unpack("chart.tgz", packed)
	if err != nil {
		return nil, fmt.Errorf("read chart: %w", err)
	}
	c := &chartImage{layer: static.NewLayer(packed, chartLayer)}
	for _, f := range files {
		if f.name == "rollcall/Chart.yaml" {
			if c.config, err = yaml.YAMLToJSON(f.data); err != nil {
				return nil, fmt.Errorf("read Chart.yaml: %w", err)
			}
		}
	}
	config, err := partial.Descriptor(static.NewLayer(c.config, chartConfig))
	if err != nil {
		return nil, err
	}
	layer, err := partial.Descriptor(c.layer)
	if err != nil {
		return nil, err
	}
	const prefix = "org.opencontainers.image."
	c.manifest, err = json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: *config, Layers: []v1.Descriptor{*layer},
		Annotations: map[string]string{
			prefix + "title": "rollcall", prefix + "version": s.number(), prefix + "revision": s.commit, prefix + "created": s.created.Format(time.RFC3339),
			prefix + "source": home, prefix + "licenses": "Apache-2.0", prefix + "description": "The Helm chart of Rollcall.",
		},
	})
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(c)
}
