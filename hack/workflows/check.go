// SPDX-License-Identifier: Apache-2.0

package workflows

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/rhysd/actionlint"
)

// Check returns what is wrong with the workflows of a repository, a sentence each with its file and line. Scripts in
// them are checked as well where shellcheck is installed.
func Check(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.y*ml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no workflow in %s", root)
	}
	goVersion, err := goVersion(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var found []string
	pins := map[string]pin{}
	for _, file := range files {
		problems, err := checkFile(file, goVersion, pins)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", file, err)
		}
		found = append(found, problems...)
	}
	return found, nil
}

func checkFile(file, goVersion string, pins map[string]pin) ([]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	shellcheck, _ := exec.LookPath("shellcheck")
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{
		Shellcheck: shellcheck,
		OnRulesCreated: func(rules []actionlint.Rule) []actionlint.Rule {
			return append(rules, newRule(content, goVersion, pins))
		},
	})
	if err != nil {
		return nil, err
	}
	// The path only names the file: with one that exists, actionlint looks for a repository around it.
	problems, err := linter.Lint(filepath.Base(file), content, nil)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, p := range problems {
		found = append(found, fmt.Sprintf("%s:%d: %s", filepath.Base(file), p.Line, p.Message))
	}
	return found, nil
}

var goDirective = regexp.MustCompile(`(?m)^go (\d+\.\d+)(\.\d+)?$`)

// goVersion is the version of a go.mod without its patch level: the workflows use the newest patch.
func goVersion(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	found := goDirective.FindSubmatch(content)
	if found == nil {
		return "", fmt.Errorf("no go directive in %s", file)
	}
	return string(found[1]), nil
}
