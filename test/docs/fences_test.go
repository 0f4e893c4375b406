// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/not-run.txt")

// notRun is the list of what is not run, and why.
const notRun = "testdata/not-run.txt"

// notes are the words that may stand behind a language, but for no-run.
var notes = map[string]*regexp.Regexp{
	"sh":      regexp.MustCompile(`^$`),
	"console": regexp.MustCompile(`^$`),
	"text":    regexp.MustCompile(`^(output)?$`),
	"yaml":    regexp.MustCompile(`^(values|workflow|gitlab|kustomization|chart|part: [A-Z][A-Za-z]+)?$`),
	"go":      regexp.MustCompile(`^$`),
	"groovy":  regexp.MustCompile(`^$`),
}

// commandLine is how a command begins. In a text it would be one that nobody runs.
var commandLine = regexp.MustCompile(`(?m)^(\$ )?(kubectl|helm|make|kustomize|docker|go (run|test)) `)

func TestEveryBlockSaysWhatItIs(t *testing.T) {
	for _, p := range pages(t) {
		for _, line := range p.indented {
			t.Errorf("%s:%d is code by its indentation: write a fence, with its language", p.name, line)
		}
		for _, b := range p.blocks {
			allowed, known := notes[b.language]
			if !known {
				t.Errorf("%s: the language %q is none of those that are tested", b.at(), b.language)
				continue
			}
			if _, excused := b.excuse(); !excused && !allowed.MatchString(b.note) {
				t.Errorf("%s: nothing is known of the note %q", b.at(), b.note)
			}
			if b.language == "text" && commandLine.MatchString(b.text) {
				t.Errorf("%s: a text holds a command: make it sh or console", b.at())
			}
		}
	}
}

// What is not run is still read: a shell has to be able to.
func TestEveryCommandParses(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			switch b.language {
			case "sh", "console":
				shell := exec.CommandContext(t.Context(), "bash", "-n")
				shell.Stdin = strings.NewReader(b.script())
				if out, err := shell.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", b.at(), err, out)
				}
			case "go":
				if _, err := format.Source([]byte(b.text)); err != nil {
					t.Errorf("%s: %v", b.at(), err)
				}
			}
		}
	}
}

// The list is committed, so that a review sees what is added to it: go -C test test ./docs -run NotRun -update
func TestTheListOfWhatIsNotRun(t *testing.T) {
	var list strings.Builder
	run := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			reason, excused := b.excuse()
			if !excused {
				run++
				continue
			}
			if reason == "" {
				t.Errorf("%s is not run, and does not say why", b.at())
			}
			first, _, _ := strings.Cut(strings.TrimSpace(b.text), "\n")
			fmt.Fprintf(&list, "%s: %s: %s\n", b.page, reason, first)
		}
	}
	t.Logf("%d blocks are run or read, %d are not run:\n%s", run, strings.Count(list.String(), "\n"), list.String())
	if *update {
		if err := os.WriteFile(notRun, []byte(list.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(notRun)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != list.String() {
		t.Errorf("%s lists something else; look at the difference, and run with -update:\n%s", notRun, want)
	}
}

func (b block) at() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// excuse is why a block is not run.
func (b block) excuse() (reason string, excused bool) {
	reason, excused = strings.CutPrefix(b.note, "no-run:")
	return strings.TrimSpace(reason), excused
}

// script is what a shell runs of a block: of a console, the lines behind "$ " and those that go on with them.
func (b block) script() string {
	if b.language == "sh" {
		return b.text
	}
	var commands strings.Builder
	more := false
	for line := range strings.Lines(b.text) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok && !more {
			continue
		}
		commands.WriteString(command)
		more = strings.HasSuffix(strings.TrimSpace(line), `\`)
	}
	return commands.String()
}
