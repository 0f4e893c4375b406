// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// made makes the images of a program, as make image-tarball does, and returns the folder.
func made(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{
		"-package=./testdata/hello", "-program=hello", "-ref=rollcall.test/shop/hello:1.2.3", "-output=" + dir,
		"-commit=0123456789abcdef", "-created=2026-03-01T12:00:00+01:00", "-description=It greets.",
	}, args...)
	r, err := parse(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.run(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	return dir
}

func sums(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.tar"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%x  %s\n", sha256.Sum256(content), filepath.Base(file))
	}
	return all.String()
}

func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	first, second := sums(t, made(t)), sums(t, made(t))
	if first != second {
		t.Errorf("the first build:\n%s\nthe second:\n%s", first, second)
	}
	for _, want := range []string{"hello-1.2.3.linux-amd64.tar", "hello-1.2.3.linux-arm64.tar", "hello-1.2.3.oci.tar"} {
		if !strings.Contains(first, want) {
			t.Errorf("there is no %s among\n%s", want, first)
		}
	}
}

// The program that counts. It takes a minute where the Go cache is cold.
func TestTwoBuildsOfTheManagerGiveTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the manager twice, which is not done under -short")
	}
	t.Chdir(filepath.Join("..", ".."))
	args := []string{"-package=./cmd/manager", "-program=manager", "-platforms=linux/amd64", "-ldflags=-s -w -X main.version=1.2.3"}
	if first, second := sums(t, made(t, args...)), sums(t, made(t, args...)); first != second {
		t.Errorf("the first build:\n%s\nthe second:\n%s", first, second)
	}
}

func TestImageRunsOneProgramAsNobodySpecial(t *testing.T) {
	dir := made(t, "-platforms=linux/arm64")
	image, err := tarball.ImageFromPath(filepath.Join(dir, "hello-1.2.3.linux-arm64.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s/%s %s %v %s", config.OS, config.Architecture, config.Config.User, config.Config.Entrypoint, config.Created.UTC())
	if want := "linux/arm64 65532:65532 [/hello] 2026-03-01 11:00:00 +0000 UTC"; got != want {
		t.Errorf("config is %q, not %q", got, want)
	}
	for label, want := range map[string]string{
		"title": "hello", "version": "1.2.3", "revision": "0123456789abcdef", "created": "2026-03-01T11:00:00Z",
		"description": "It greets.", "licenses": "Apache-2.0", "source": "https://github.com/rollcall-dev/rollcall",
	} {
		if got := config.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, not %q", label, got, want)
		}
	}
	files := mutate.Extract(image)
	defer files.Close()
	var listing bytes.Buffer
	if err := list(&listing, files); err != nil {
		t.Fatal(err)
	}
	if want := "-r-xr-xr-x 0 2026-03-01T11:00:00Z hello\n"; listing.String() != want {
		t.Errorf("the image holds %q, not %q", listing.String(), want)
	}
}

func TestIndexHoldsAllPlatforms(t *testing.T) {
	dir := t.TempDir()
	unpack(t, filepath.Join(made(t), "hello-1.2.3.oci.tar"), dir)
	top, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(top); err != nil {
		t.Fatal(err)
	}
	named, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if got := named.Manifests[0].Annotations["org.opencontainers.image.ref.name"]; got != "rollcall.test/shop/hello:1.2.3" {
		t.Errorf("the layout's name is %q", got)
	}
	index, err := top.ImageIndex(named.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if got := platforms(t, index); got != "linux/amd64 linux/arm64" {
		t.Errorf("the index holds %s", got)
	}
}

func platforms(t *testing.T, index v1.ImageIndex) string {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range manifest.Manifests {
		names = append(names, m.Platform.String())
	}
	return strings.Join(names, " ")
}
