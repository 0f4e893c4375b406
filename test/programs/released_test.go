// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// What the programs of the tests print.
const (
	builtHere  = "built here"
	downloaded = "downloaded"
)

// buildable makes a checkout whose programs are a line each, so that they are built in a moment, without a network.
func buildable(t *testing.T) (root string) {
	t.Helper()
	root = checkout(t, "")
	hack := filepath.Join(root, "hack", "controlplane")
	files := map[string]string{
		"go.mod": "module a\n\ngo 1.26\n\nrequire (\n\tk8s.io/kubernetes v1.99.3\n\tgo.etcd.io/etcd/server/v3 v3.9.1\n)\n\n" +
			"replace (\n\tk8s.io/kubernetes => ./kubernetes\n\tgo.etcd.io/etcd/server/v3 => ./etcd\n)\n",
		"kwok/go.mod":        "module b\n\ngo 1.26\n\nrequire sigs.k8s.io/kwok v0.99.0\n\nreplace sigs.k8s.io/kwok => ./kwok\n",
		"etcd/go.mod":        "module go.etcd.io/etcd/server/v3\n\ngo 1.26\n",
		"kubernetes/go.mod":  "module k8s.io/kubernetes\n\ngo 1.26\n",
		"kwok/kwok/go.mod":   "module sigs.k8s.io/kwok\n\ngo 1.26\n",
		"etcd/main.go":       "",
		"kwok/kwok/cmd/kwok": "",
	}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		files["kubernetes/cmd/"+name+"/main.go"] = ""
	}
	delete(files, "kwok/kwok/cmd/kwok")
	files["kwok/kwok/cmd/kwok/main.go"] = ""
	for _, stage := range StageFiles {
		files["kwok/kwok/kustomize/stage/"+stage] = "kind: Stage\n"
	}
	for name, content := range files {
		if strings.HasSuffix(name, "main.go") {
			content = fmt.Sprintf("package main\n\nfunc main() { println(%q) }\n", builtHere)
		}
		write(t, filepath.Join(hack, filepath.FromSlash(name)), content)
	}
	t.Setenv("ROLLCALL_CACHE", t.TempDir())
	return root
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mirror is a server that stands in for all that release programs.
type mirror struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]http.HandlerFunc // by path
	asked []string
}

// startMirror serves the sources of a plan with right checksums, and pins KWOK's in the checkout. The environment names it.
func startMirror(t *testing.T, root string, sources []source) *mirror {
	t.Helper()
	m := &mirror{files: map[string]http.HandlerFunc{}}
	for _, s := range sources {
		m.publish(t, root, s)
	}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	t.Setenv(mirrorVariable, m.URL)
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked = append(m.asked, r.URL.Path)
	answer := m.files[r.URL.Path]
	m.mu.Unlock()
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

// publish serves a source, and its checksum in the form that its publisher has.
func (m *mirror) publish(t *testing.T, root string, s source) {
	t.Helper()
	content, name := []byte("#!/bin/sh\necho "+downloaded+"\n"), path.Base(s.url)
	if s.archive {
		content = pack(t, content, s.programs)
	}
	m.files[onMirror(s.url)] = serve(content)
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	switch {
	case s.checksums == envtestIndex:
		sum = fmt.Sprintf("releases:\n  v1.99.3:\n    %s:\n      hash: %x\n      selfLink: %s\n", name, sha512.Sum512(content), s.url)
	case path.Base(s.checksums) == "SHA256SUMS":
		sum = strings.Repeat("0", 64) + "  another.tar.gz\n" + sum + "  " + name + "\n"
	case s.checksums == "":
		write(t, filepath.Join(root, "hack", filepath.FromSlash(checksumsFile)), "# KWOK\n"+sum+" "+s.url+"\n")
		return
	}
	m.files[onMirror(s.checksums)] = serve([]byte(sum))
}

func onMirror(url string) string { return strings.TrimPrefix(url, "https:/") }

func serve(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }
}

// change has the mirror answer otherwise for the files whose path ends so.
func (m *mirror) change(suffix string, answer http.HandlerFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range maps.Clone(m.files) {
		if strings.HasSuffix(name, suffix) {
			m.files[name] = answer
		}
	}
}

// pack makes an archive in which the programs lie beside what is not wanted.
func pack(t *testing.T, content []byte, programs []string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	files := tar.NewWriter(zipped)
	for _, name := range append([]string{"README.md"}, programs...) {
		header := &tar.Header{Name: "some/folder/" + name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}
		if err := files.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
