// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// TestRehearsal publishes a release in a registry of its own, and has users verify it. Some registries list what refers to
// an image, by OCI's API; of others (ghcr.io) cosign finds it by a tag.
func TestRehearsal(t *testing.T) {
	for name, lists := range map[string]bool{"a registry that lists referrers": true, "a registry that does not": false} {
		t.Run(name, func(t *testing.T) { rehearse(t, setStage(t, registry.WithReferrersSupport(lists))) })
	}
}

func rehearse(t *testing.T, s *stage) {
	t.Helper()
	s.publish(t)
	found := blocks(t)
	if len(found) < 5 {
		t.Fatalf("docs/verify.md has %d commands", len(found))
	}
	downloaded := s.copied(t)
	for _, b := range found {
		t.Run("a user verifies: "+b.about, func(t *testing.T) { t.Log(s.must(t, downloaded, b.script)) })
	}
	t.Run("another key has signed nothing", s.testOtherKey)
	t.Run("a file that was changed is refused", s.testFiles)
	t.Run("an image that was replaced has no signature", s.testReplaced)
	t.Run("a blob that was changed is not pulled", s.testBlobs)
	t.Run("a version is published once", s.testOnce)
}

func (s *stage) refuse(t *testing.T, dir, script, want string, more map[string]string) {
	t.Helper()
	if out, err := s.run(t, dir, script, more); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, not one with %q:\n%s\n%s", err, want, script, out)
	}
}

func (s *stage) testOtherKey(t *testing.T) {
	other, dir := map[string]string{"SIGNER": s.env["OTHER_SIGNER"]}, s.copied(t)
	for _, heading := range []string{"The files", "The image", "Where the image comes from", "What is in the image", "The chart", "Where a file comes from"} {
		// Each line is a command of its own, and each has to refuse.
		for line := range strings.SplitSeq(strings.ReplaceAll(about(t, heading), "\\\n", ""), "\n") {
			if !strings.HasPrefix(line, "cosign ") {
				continue
			}
			setup := "DIGEST=" + s.manifest.image.digest.String() + "; "
			s.must(t, dir, setup+line)
			s.refuse(t, dir, setup+line, "Error: ", other)
		}
	}
}

func (s *stage) testFiles(t *testing.T) {
	archive := "kubectl-rollcall_" + s.manifest.version + "_linux_amd64.tar.gz"
	number := strings.TrimPrefix(s.manifest.version, "v")
	for _, file := range []string{archive, "kubectl-rollcall_" + s.manifest.version + "_linux_amd64.spdx.json", "install.yaml", "rollcall-" + number + ".tgz", "rollcall-image-" + number + ".oci.tar"} {
		dir := s.copied(t)
		flipByte(t, filepath.Join(dir, file))
		s.refuse(t, dir, about(t, "The files"), file+": FAILED", nil)
	}
	for file, heading := range map[string]string{"SHA256SUMS" + bundleEnding: "The files", provenanceFile + bundleEnding: "Where a file comes from"} {
		dir := s.copied(t)
		flipByte(t, filepath.Join(dir, file))
		s.refuse(t, dir, about(t, heading), "Error: ", nil)
	}
	// Who changes the sums as well has no signature.
	dir := s.copied(t)
	resum(archive)(t, dir)
	s.refuse(t, dir, about(t, "The files"), "Error: ", nil)
	s.refuse(t, dir, about(t, "Where a file comes from"), "Error: ", nil)
}

func (s *stage) copied(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "release")
	must(t, os.CopyFS(dir, os.DirFS(s.folder)))
	return dir
}

// testReplaced plays somebody who may write to the registry, and not sign.
func (s *stage) testReplaced(t *testing.T) {
	tag := get(name.NewTag(s.registry + "/charts/rollcall:" + strings.TrimPrefix(s.manifest.version, "v")))(t)
	before := get(remote.Get(tag, s.trust(t)))(t)
	evil := get(mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), static.NewLayer([]byte("evil"), types.OCILayer)))(t)
	must(t, remote.Write(tag, evil, s.trust(t)))
	defer func() { must(t, remote.Tag(tag, before, s.trust(t))) }()
	s.refuse(t, s.folder, about(t, "The chart"), "Error: ", nil)
}

// testBlobs plays a registry whose store was written to: the manifests are signed, and what they name is not what comes.
func (s *stage) testBlobs(t *testing.T) {
	defer s.blobs.spoil(v1.Hash{})
	ref := get(name.NewDigest(s.registry + "/rollcall@" + s.manifest.image.digest.String()))(t)
	image := get(remote.Image(ref, s.trust(t), remote.WithPlatform(v1.Platform{OS: "linux", Architecture: "arm64"})))(t)
	layer := get(image.Layers())(t)[0]
	must(t, drain(layer))
	s.blobs.spoil(get(layer.Digest())(t))
	if err := drain(layer); err == nil || !strings.Contains(err.Error(), "error verifying sha256 checksum") {
		t.Errorf("error is %v", err)
	}
	chart := get(name.NewDigest(s.registry + "/charts/rollcall@" + s.manifest.chart.digest.String()))(t)
	s.blobs.spoil(get(get(get(remote.Image(chart, s.trust(t)))(t).Layers())(t)[0].Digest())(t))
	s.refuse(t, t.TempDir(), "helm pull oci://$REGISTRY/charts/rollcall --version ${VERSION#v}", "Error: ", nil)
}

func (s *stage) testOnce(t *testing.T) {
	s.program(t, "push -registry=$REGISTRY -output=.")
	tag := get(name.NewTag(s.registry + "/rollcall:" + strings.TrimPrefix(s.manifest.version, "v")))(t)
	must(t, remote.Write(tag, empty.Image, s.trust(t)))
	s.refuse(t, s.folder, "RELEASE_MAIN=1 "+get(os.Executable())(t)+" push -registry=$REGISTRY -output=.", "a version is published once", nil)
}

// TestRehearsalOfTheBillsOfMaterials compares each SBOM with what `go version -m` says of the program.
func TestRehearsalOfTheBillsOfMaterials(t *testing.T) {
	s := setStage(t)
	bills := get(filepath.Glob(filepath.Join(s.folder, "*.spdx.json")))(t)
	if len(bills) < 7 {
		t.Fatalf("there are %d SBOMs", len(bills))
	}
	for _, bill := range bills {
		doc := parseBill(t, []byte(read(t, bill)))
		want := map[string]string{}
		for line := range strings.SplitSeq(get(command(t.Context(), "", nil, "go", "version", "-m", s.programOf(t, bill)))(t), "\n") {
			switch fields := strings.Fields(line); {
			case len(fields) == 4 && fields[0] == "dep":
				want[fields[1]] = fields[2] + " " + fields[3]
			case len(fields) == 3 && fields[0] == "dep": // a folder of the repository
				want[fields[1]] = s.manifest.version + " git commit " + s.manifest.commit
			}
		}
		got := modules(doc)
		if len(want) < 20 || len(got) != len(want)+2 {
			t.Errorf("%s lists %d modules, and the program has %d besides itself and the standard library", filepath.Base(bill), len(got), len(want))
		}
		for path, version := range want {
			if got[path] != version {
				t.Errorf("%s: of %s it says %q, not %q", filepath.Base(bill), path, got[path], version)
			}
		}
	}
}

// programOf unpacks the program that an SBOM is of.
func (s *stage) programOf(t *testing.T, bill string) string {
	t.Helper()
	var files []content
	base := strings.TrimSuffix(bill, ".spdx.json")
	if arch, isImage := strings.CutPrefix(base[strings.LastIndex(base, "_linux_")+1:], "linux_"); isImage && strings.HasPrefix(filepath.Base(bill), "rollcall-image-") {
		files = s.filesOfImage(t, arch)
	} else {
		for _, ending := range []string{".tar.gz", ".zip"} {
			if data, err := os.ReadFile(base + ending); err == nil {
				files = get(unpack(ending, data))(t)
			}
		}
	}
	for _, f := range files {
		if f.program {
			path := filepath.Join(t.TempDir(), f.name)
			must(t, os.WriteFile(path, f.data, 0o700))
			return path
		}
	}
	t.Fatalf("there is no program for %s", bill)
	return ""
}

// TestRehearsalOfASecondBuild makes the release again, from a clone in another folder.
func TestRehearsalOfASecondBuild(t *testing.T) {
	s := setStage(t)
	clone := filepath.Join(t.TempDir(), "elsewhere")
	commit := s.manifest.commit
	for _, args := range [][]string{{"clone", "--quiet", get(filepath.Abs(root))(t), clone}, {"-C", clone, "checkout", "--quiet", commit}} {
		get(git(t.Context(), "", args...))(t)
	}
	cmd := exec.CommandContext(t.Context(), "make", "release", "VERSION="+s.manifest.version, "RELEASE_REGISTRY="+s.manifest.registry, "RELEASE_BUILDER="+s.manifest.builder)
	cmd.Dir, cmd.Stdout, cmd.Stderr = clone, os.Stderr, os.Stderr
	must(t, cmd.Run())
	if first, second := snapshot(t, s.folder), snapshot(t, filepath.Join(clone, "_output", "release")); first != second {
		t.Errorf("the release:\n%s\nmade again from %s:\n%s", first, commit, second)
	}
	fmt.Fprintln(os.Stderr, "The second build has the same bytes")
}
