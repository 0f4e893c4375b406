// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

var (
	releaseFolder = flag.String("release", "", "the folder of the release that the rehearsal publishes")
	cosignProgram = flag.String("cosign", "", "the program cosign")
)

// root is the checkout.
const root = "../.."

// stage is a registry, keys and a folder of files that a rehearsal has to itself.
type stage struct {
	folder   string
	registry string // with the project's folder
	env      map[string]string
	blobs    *spoiledBlobs
	manifest manifest
	client   http.RoundTripper
}

// store is all that a registry asks of one.
type store interface {
	registry.BlobHandler
	registry.BlobPutHandler
	registry.BlobStatHandler
}

// spoiledBlobs is a registry's store that may hand one blob out with another byte.
type spoiledBlobs struct {
	store
	lock    sync.Mutex
	spoiled v1.Hash
}

func (s *spoiledBlobs) spoil(h v1.Hash) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.spoiled = h
}

func (s *spoiledBlobs) Get(ctx context.Context, repo string, h v1.Hash) (io.ReadCloser, error) {
	blob, err := s.store.Get(ctx, repo, h)
	s.lock.Lock()
	defer s.lock.Unlock()
	if err != nil || h != s.spoiled {
		return blob, err
	}
	defer blob.Close()
	data, err := io.ReadAll(blob)
	if err != nil {
		return nil, err
	}
	data[len(data)/2] ^= 1
	return io.NopCloser(bytes.NewReader(data)), nil
}

// setStage starts a registry in this process, which speaks TLS as a real one does, and copies the release.
func setStage(t *testing.T, options ...registry.Option) *stage {
	t.Helper()
	if *releaseFolder == "" {
		t.Skip("it needs a release: make release VERSION=v0.1.0 && make release-verify")
	}
	s := &stage{folder: filepath.Join(t.TempDir(), "release"), blobs: &spoiledBlobs{store: registry.NewInMemoryBlobHandler().(store)}}
	must(t, os.CopyFS(s.folder, os.DirFS(*releaseFolder)))
	for _, bundle := range get(filepath.Glob(filepath.Join(s.folder, "*"+bundleEnding)))(t) {
		must(t, os.Remove(bundle))
	}
	s.manifest = get(readProvenance(s.folder))(t)
	options = append(options, registry.WithBlobHandler(s.blobs), registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewTLSServer(registry.New(options...))
	t.Cleanup(server.Close)
	s.client = server.Client().Transport
	s.registry = strings.TrimPrefix(server.URL, "https://") + "/rollcall-dev"
	work := t.TempDir()
	roots := filepath.Join(work, "roots.pem")
	must(t, os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	bin := filepath.Join(work, "bin")
	must(t, os.Mkdir(bin, 0o700))
	for name, path := range map[string]string{"cosign": *cosignProgram, "helm": pinnedTool(t, "helm"), "jq": pinnedTool(t, "gojq")} {
		must(t, os.Symlink(path, filepath.Join(bin, name)))
	}
	s.env = map[string]string{
		"PATH": bin + ":" + os.Getenv("PATH"), "HOME": work, "SSL_CERT_FILE": roots, "COSIGN_PASSWORD": "throw-away",
		"VERSION": s.manifest.version, "REGISTRY": s.registry,
	}
	for _, key := range []string{"ours", "theirs"} {
		s.must(t, work, "cosign generate-key-pair --output-key-prefix="+key)
	}
	s.env["SIGNER"] = "--insecure-ignore-tlog --key=" + filepath.Join(work, "ours.pub")
	s.env["OTHER_SIGNER"] = "--insecure-ignore-tlog --key=" + filepath.Join(work, "theirs.pub")
	s.env["KEY"] = filepath.Join(work, "ours.key")
	return s
}

func pinnedTool(t *testing.T, name string) string {
	t.Helper()
	return get(command(t.Context(), root, nil, "go", "-C", "hack/chart-tools", "tool", "-n", name))(t)
}

// run runs a script in a folder, in the stage's environment alone.
func (s *stage) run(t *testing.T, dir, script string, more map[string]string) (string, error) {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	shell.Dir = dir
	env := maps.Clone(s.env)
	maps.Copy(env, more)
	for key, value := range env {
		shell.Env = append(shell.Env, key+"="+value)
	}
	out, err := shell.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return string(out), err
}

func (s *stage) must(t *testing.T, dir, script string) string {
	t.Helper()
	out, err := s.run(t, dir, script, nil)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return out
}

// publish pushes and signs as `make release-push` and `make release-sign` do.
func (s *stage) publish(t *testing.T) {
	t.Helper()
	s.program(t, "push -registry=$REGISTRY -output=.")
	config := filepath.Join(s.folder, "..", "signing-config.json")
	s.must(t, s.folder, "cosign signing-config create --out="+config)
	s.program(t, "sign -registry=$REGISTRY -output=. -- --key=$KEY --signing-config="+config)
}

// program runs this program with arguments, in a process of its own.
func (s *stage) program(t *testing.T, args string) string {
	t.Helper()
	return s.must(t, s.folder, "RELEASE_MAIN=1 "+get(os.Executable())(t)+" "+args)
}

// block is a command that the documents give to users.
type block struct{ about, script string }

var ranHere = regexp.MustCompile("(?ms)^(?:### ([^\n]*)|```sh no-run: make release-verify runs it\n(.*?)^```)$") //nolint:gocritic // with (?m) a ^ begins a line, wherever it stands

// blocks are those of docs/verify.md that need no more than a rehearsal has, by the heading above them.
func blocks(t *testing.T) []block {
	t.Helper()
	var found []block
	heading := ""
	for _, match := range ranHere.FindAllStringSubmatch(read(t, root, "docs", "verify.md"), -1) {
		if match[1] != "" {
			heading = match[1]
			continue
		}
		found = append(found, block{heading, match[2]})
	}
	return found
}

// about returns the one below a heading.
func about(t *testing.T, heading string) string {
	t.Helper()
	for _, b := range blocks(t) {
		if b.about == heading {
			return b.script
		}
	}
	t.Fatalf("docs/verify.md has no commands below %q", heading)
	return ""
}

// trust is how this process talks to the registry.
func (s *stage) trust(t *testing.T) remote.Option {
	t.Helper()
	return remote.WithTransport(s.client)
}

func drain(layer v1.Layer) error {
	blob, err := layer.Compressed()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, blob)
	return errors.Join(err, blob.Close())
}

// filesOfImage are the files of the image of a platform.
func (s *stage) filesOfImage(t *testing.T, arch string) []content {
	t.Helper()
	var files []content
	number := strings.TrimPrefix(s.manifest.version, "v")
	must(t, withLayout(filepath.Join(s.folder, "rollcall-image-"+number+".oci.tar"), func(path layoutPath, d v1.Descriptor) error {
		index := get(get(path.ImageIndex())(t).ImageIndex(d.Digest))(t)
		for _, m := range get(index.IndexManifest())(t).Manifests {
			if m.Platform.Architecture == arch {
				layer := get(get(index.Image(m.Digest))(t).Layers())(t)[0]
				files = get(untar(get(layer.Uncompressed())(t)))(t)
			}
		}
		return nil
	}))
	return files
}
