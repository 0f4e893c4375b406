// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"Go":                    {"a/b.go", "// Package b does.\npackage b\n", "// SPDX-License-Identifier: Apache-2.0\n\n// Package b does.\npackage b\n"},
		"a script":              {"a/run", "#!/bin/sh\nset -e\n", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\nset -e\n"},
		"a stylesheet":          {"a.css", "p {}\n", "/* SPDX-License-Identifier: Apache-2.0 */\n\np {}\n"},
		"a command":             {"a.cmd", "@echo off\n", "@rem SPDX-License-Identifier: Apache-2.0\n\n@echo off\n"},
		"the Makefile":          {"Makefile", "all:\n", "# SPDX-License-Identifier: Apache-2.0\n\nall:\n"},
		"a script with the end": {"a.sh", "true\n", "# SPDX-License-Identifier: Apache-2.0\n\ntrue\n"},
	} {
		t.Run(name, func(t *testing.T) {
			line, source := header(c.file, []byte(c.content))
			if !source || has([]byte(c.content), line) {
				t.Fatalf("header() = %q, %v; want a source without it", line, source)
			}
			got := insert([]byte(c.content), line)
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("insert() (-want +got):\n%s", diff)
			}
			if !has(got, line) {
				t.Error("has() of what was inserted = false, want true")
			}
		})
	}
}

func TestWhatIsNoSource(t *testing.T) {
	for _, file := range []string{"a.yaml", "LICENSE", "README.md", "templates/_rules.tpl", "page.html"} {
		if line, source := header(file, []byte("text\n")); source {
			t.Errorf("header(%s) = %q, want none", file, line)
		}
	}
}

func TestTheHeaderIsAtTheTop(t *testing.T) {
	const line = "// SPDX-License-Identifier: Apache-2.0"
	for content, want := range map[string]bool{
		"//go:build !ignore\n\n" + line + "\n\n// Code generated.\n": true,
		line + "\r\npackage a\r\n":                                   true,
		"package a\n\n\n\n\n" + line + "\n":                          false,
		"package a\n\nconst c = `" + line + "`\n":                    false,
		"// SPDX-License-Identifier: MIT\n\npackage a\n":             false,
		"": false,
	} {
		if got := has([]byte(content), line); got != want {
			t.Errorf("has(%q) = %v, want %v", content, got, want)
		}
	}
}

func TestARepository(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{"a.go": "package a\n", "b.sh": "#!/bin/sh\n# " + identifier + "\n", "c.txt": "text", ".gitignore": "d.go\n", "d.go": "package a\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.go", filepath.Join(root, "e.go")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "git", "-C", root, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	for _, c := range []struct {
		write bool
		want  int
	}{{false, 1}, {true, 1}, {false, 0}} {
		var out strings.Builder
		got, err := run(root, c.write, &out)
		if err != nil || got != c.want || strings.Count(out.String(), "a.go\n") != c.want {
			t.Errorf("run(write %v) = %d, %v, and names %q; want %d", c.write, got, err, out.String(), c.want)
		}
	}
	if _, err := run(t.TempDir(), false, &strings.Builder{}); err == nil {
		t.Error("run() outside of a repository: error = nil, want one")
	}
}
