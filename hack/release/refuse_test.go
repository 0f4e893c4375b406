// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersionsThatAreNone(t *testing.T) {
	for version, want := range map[string]string{
		"":              "say which version: make release VERSION=v0.1.0",
		"1.2.3":         "VERSION=1.2.3 is no version",
		"v1":            "is no version",
		"v1.2":          "is no version",
		"v1.2.3+linux":  "is no version",
		"v01.2.3":       "is no version",
		"2a49e0a-dirty": "is no version",
	} {
		if err := checkVersion(version); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, not one with %q", version, err, want)
		}
	}
	for _, version := range []string{"v0.1.0", "v1.2.3-rc.1"} {
		must(t, checkVersion(version))
	}
}

// A checkout is broken in one way, and then a release is asked for.
func TestSourcesThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"a change that is not committed": {func(t *testing.T, dir string) { put(t, dir, "dist/install.yaml", "other") }, "commit or remove this first:\n M dist/install.yaml"},
		"a file that git does not know":  {func(t *testing.T, dir string) { put(t, dir, "extra.go", "package extra") }, "?? extra.go"},
		"a tag of another commit": {func(t *testing.T, dir string) {
			shell(t, dir, "git tag -a -m old v1.2.3 && git commit -q --allow-empty -m more")
		}, "the tag v1.2.3 is at"},
		"a chart of another version": {func(t *testing.T, dir string) {
			put(t, dir, chartFolder+"/Chart.yaml", "version: 1.2.2\nappVersion: 1.2.2\n")
			shell(t, dir, "git commit -q -a -m chart")
		}, "set both to 1.2.3, run make chart, and commit"},
		"a client of another API": {func(t *testing.T, dir string) {
			put(t, dir, "client/go.mod", "module client\n\nrequire "+apiModule+" v1.2.2\n")
			shell(t, dir, "git commit -q -a -m client")
		}, "client/go.mod does not require " + apiModule + " v1.2.3"},
		"no commit at all": {func(t *testing.T, dir string) { must(t, os.RemoveAll(filepath.Join(dir, ".git"))) }, "not a git repository"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := testSource(t).dir
			t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
			shell(t, dir, "git init -q && git add . && git commit -q -m first")
			must(t, get(openSource(t.Context(), dir, "v1.2.3"))(t).checkChart())
			test.spoil(t, dir)
			if _, err := openSource(t.Context(), dir, "v1.2.3"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, not one with %q", err, test.want)
			}
		})
	}
}

func TestATagOfThisCommitIsTaken(t *testing.T) {
	dir := testSource(t).dir
	shell(t, dir, "git init -q && git add . && git commit -q -m first && git tag -a -m it v1.2.3")
	get(openSource(t.Context(), dir, "v1.2.3"))(t)
}

func shell(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@acme.example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@acme.example")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

func TestChangelogsThatSayNothing(t *testing.T) {
	for text, want := range map[string]string{
		"# Changelog\n\n## 1.2.2\n\n- Older.\n":      "has no section of this version",
		"## 1.2.3\n\n## 1.2.2\n\n- Older.\n":         "says nothing of 1.2.3",
		"## 1.2.30\n\n- Another.\n":                  "has no section of this version",
		"## 1.2.3-rc.1\n\n- A candidate.\n":          "has no section of this version",
		"## [1.2.3]\n\n[1.2.3]: https://a.example\n": "says nothing of 1.2.3",
	} {
		if _, err := section(text, "1.2.3"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, not one with %q", text, err, want)
		}
	}
}

func TestAManifestOfAnotherVersion(t *testing.T) {
	for name, text := range map[string]string{
		"another version": strings.ReplaceAll(install, "1.2.3", "1.2.2"),
		"no image":        "kind: Deployment\n",
		"two images":      install + install,
	} {
		r := small(t)
		put(t, r.source.dir, "dist/install.yaml", text)
		if err := r.write(t.Context()); err == nil || !strings.Contains(err.Error(), "run make chart") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestValuesThatHaveAnImageAlready(t *testing.T) {
	file := filepath.Join(t.TempDir(), "values.yaml")
	must(t, os.WriteFile(file, []byte("other:\n  digest: \"\"\nimage:\n  repository: acme.example/x\n  digest: \"\"\n"), 0o600))
	if err := nameImage(file, published{}); err == nil || !strings.Contains(err.Error(), "empty image.repository") {
		t.Errorf("error is %v", err)
	}
}

func TestABuilderIsAURI(t *testing.T) {
	r := small(t)
	r.builder = "me"
	if err := r.write(t.Context()); err == nil || !strings.Contains(err.Error(), `"me" is no URI`) {
		t.Errorf("error is %v", err)
	}
}

func TestArguments(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "say what to do",
		"publish":              "say what to do",
		"check everything":     "check takes flags only, not everything",
		"build":                "say which version",
		"check -output=absent": "make release VERSION=v0.1.0 makes one",
		"push -output=absent":  "make release VERSION=v0.1.0 makes one",
		"sign -output=absent":  "make release VERSION=v0.1.0 makes one",
	} {
		if err := run(t.Context(), strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, not one with %q", args, err, want)
		}
	}
}

// One thing is changed in a release, and check has to name it.
func TestWhatWasTamperedWith(t *testing.T) {
	flip := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { flipByte(t, filepath.Join(dir, name)) }
	}
	for name, test := range map[string]struct {
		tamper func(*testing.T, string)
		want   string
	}{
		"a byte of an archive":    {flip("kubectl-rollcall_v1.2.3_linux_amd64.tar.gz"), "kubectl-rollcall_v1.2.3_linux_amd64.tar.gz is not what SHA256SUMS says"},
		"a byte of an SBOM":       {flip("rollcall-image-1.2.3_linux_arm64.spdx.json"), "rollcall-image-1.2.3_linux_arm64.spdx.json is not what"},
		"a byte of the image":     {flip("rollcall-image-1.2.3.oci.tar"), "rollcall-image-1.2.3.oci.tar is not what"},
		"a byte of the chart":     {flip("rollcall-1.2.3.tgz"), "rollcall-1.2.3.tgz is not what"},
		"a file that is gone":     {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "install.yaml"))) }, "install.yaml is missing"},
		"a file more":             {func(t *testing.T, dir string) { put(t, dir, "extra.sh", "rm -rf /") }, "extra.sh is not in SHA256SUMS"},
		"an archive and its sum":  {resum("kubectl-rollcall_v1.2.3_linux_amd64.tar.gz"), "SHA256SUMS and provenance.intoto.json do not list the same"},
		"a layer and all sums":    {func(t *testing.T, dir string) { flipLayer(t, dir); resumAll(t, dir) }, "what should be sha256:"},
		"another image, all sums": {func(t *testing.T, dir string) { otherImage(t, dir); resumAll(t, dir) }, "which provenance.intoto.json names"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := made(t).output
			must(t, checkFolder(dir, io.Discard))
			test.tamper(t, dir)
			if err := checkFolder(dir, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, not one with %q", err, test.want)
			}
		})
	}
}

func flipByte(t *testing.T, file string) {
	t.Helper()
	data := get(os.ReadFile(file))(t)
	data[len(data)/2] ^= 1
	must(t, os.WriteFile(file, data, 0o644))
}

// resum changes a file, and its line of SHA256SUMS.
func resum(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		before := read(t, dir, name)
		flipByte(t, filepath.Join(dir, name))
		replaceIn(t, filepath.Join(dir, sumsFile), hexDigest(before), hexDigest(read(t, dir, name)))
	}
}

// resumAll makes sums and provenance fit the files.
func resumAll(t *testing.T, dir string) {
	t.Helper()
	m := get(readProvenance(dir))(t)
	are := get(sumFolder(dir))(t)
	for i, s := range m.sums {
		for _, file := range []string{sumsFile, provenanceFile} {
			replaceIn(t, filepath.Join(dir, file), s.hex, are[i].hex)
		}
	}
}

func replaceIn(t *testing.T, file, old, text string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(read(t, file), old, text)), 0o644))
}

// flipLayer changes a byte in the middle of the image's file, which is in a layer.
func flipLayer(t *testing.T, dir string) {
	t.Helper()
	flipByte(t, filepath.Join(dir, "rollcall-image-1.2.3.oci.tar"))
}

func otherImage(t *testing.T, dir string) {
	t.Helper()
	work := t.TempDir()
	other := testImage(t, work, get(pack(created, content{"manager", []byte("another"), false}))(t))
	must(t, os.WriteFile(filepath.Join(dir, "rollcall-image-1.2.3.oci.tar"), get(os.ReadFile(other))(t), 0o644))
}
