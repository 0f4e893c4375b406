// SPDX-License-Identifier: Apache-2.0

// Command licence says which source files of the repository do not name their licence, and with -write gives it to them:
//
//	// SPDX-License-Identifier: Apache-2.0
//
// It is the first line of a file, or the second behind #!. Sources are Go, shell, JavaScript, CSS, the Makefile and the Dockerfile.
// The rest has none. YAML and JSON are data, most of them generated; a template's comment would show in what it renders; the
// files of a chart are packed with Chart.yaml, which names the licence; texts are covered by LICENSE.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const identifier = "SPDX-License-Identifier: Apache-2.0"

// within is how many lines at the top may come before the header: those of the build constraints of generated code.
const within = 5

// comments are how a line of a comment begins and ends, by the ending or the name of a file.
var comments = map[string][2]string{
	".go":        {"// ", ""},
	".js":        {"// ", ""},
	".css":       {"/* ", " */"},
	".sh":        {"# ", ""},
	".cmd":       {"@rem ", ""},
	"Makefile":   {"# ", ""},
	"Dockerfile": {"# ", ""},
}

func main() {
	write := flag.Bool("write", false, "write the header into the files that lack it")
	flag.Parse()
	lacking, err := run(".", *write, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "licence:", err)
		os.Exit(1)
	}
	if lacking > 0 && !*write {
		fmt.Fprintf(os.Stderr, "%d files do not name their licence: make licence-headers\n", lacking)
		os.Exit(1)
	}
}

// run names the files that lack the header, and returns how many they are.
func run(root string, write bool, out io.Writer) (int, error) {
	files, err := tracked(root)
	if err != nil {
		return 0, err
	}
	lacking, sources := 0, 0
	for _, file := range files {
		name := filepath.Join(root, filepath.FromSlash(file))
		info, err := os.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue // deleted and not yet committed; a link
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		line, source := header(file, content)
		if !source {
			continue
		}
		sources++
		if has(content, line) {
			continue
		}
		lacking++
		fmt.Fprintln(out, file)
		if !write {
			continue
		}
		if err := os.WriteFile(name, insert(content, line), info.Mode()); err != nil {
			return 0, err
		}
	}
	if sources == 0 {
		return 0, errors.New("no source file was found")
	}
	return lacking, nil
}

// tracked are the files of the repository, committed or not, but for those that it ignores.
func tracked(root string) ([]string, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	files := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	slices.Sort(files)
	return slices.Compact(files), nil
}

// header is the line that a file has to have, if it is a source.
func header(file string, content []byte) (string, bool) {
	comment, known := comments[path.Ext(file)]
	if !known {
		comment, known = comments[path.Base(file)]
	}
	if !known && bytes.HasPrefix(content, []byte("#!")) {
		comment, known = comments[".sh"], true
	}
	return comment[0] + identifier + comment[1], known
}

func has(content []byte, header string) bool {
	lines := bytes.SplitN(content, []byte("\n"), within+1)
	return slices.ContainsFunc(lines[:min(within, len(lines))], func(line []byte) bool {
		return string(bytes.TrimRight(line, "\r")) == header
	})
}

// insert puts the header at the top. An empty line keeps it from being a part of the comment below.
func insert(content []byte, header string) []byte {
	if bytes.HasPrefix(content, []byte("#!")) {
		shebang, rest, _ := bytes.Cut(content, []byte("\n"))
		return slices.Concat(shebang, []byte("\n"+header+"\n"), rest)
	}
	return slices.Concat([]byte(header+"\n\n"), content)
}
