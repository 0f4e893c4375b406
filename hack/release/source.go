// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
	"sigs.k8s.io/yaml"
)

// apiModule is the module of the API's types.
const apiModule = "github.com/rollcall-dev/rollcall/api"

// source is the checkout that a release is made from.
type source struct {
	dir     string
	version string
	commit  string
	created time.Time
}

// number is the version as Helm and registries have it.
func (s source) number() string { return strings.TrimPrefix(s.version, "v") }

// file is the content of a file of the checkout.
func (s source) file(path string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path)))
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	return content, nil
}

// checkVersion takes what Go, Helm, krew and registries all take: a full semantic version without metadata of the build.
func checkVersion(version string) error {
	if version == "" {
		return errors.New("say which version: make release VERSION=v0.1.0")
	}
	if !semver.IsValid(version) || semver.Canonical(version) != version {
		return fmt.Errorf("VERSION=%s is no version: write a v and three numbers, as v0.1.0 or v0.1.0-rc.1", version)
	}
	return nil
}

// openSource reads which commit the checkout is of, and refuses what cannot be built again from that commit.
func openSource(ctx context.Context, dir, version string) (source, error) {
	s := source{dir: dir, version: version}
	if err := checkVersion(version); err != nil {
		return s, err
	}
	changes, err := git(ctx, dir, "status", "--porcelain")
	if err != nil {
		return s, err
	}
	if changes != "" {
		return s, fmt.Errorf("the working tree is not the commit; commit or remove this first:\n%s", firstLines(changes, 10))
	}
	head, err := git(ctx, dir, "log", "-1", "--format=%H %cI")
	if err != nil {
		return s, err
	}
	commit, date, _ := strings.Cut(head, " ")
	created, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return s, fmt.Errorf("read the commit's time: %w", err)
	}
	s.commit, s.created = commit, created.UTC()
	return s, errors.Join(s.checkTag(ctx), s.checkChart(), s.checkClient())
}

// checkTag refuses a version that is another commit's already.
func (s source) checkTag(ctx context.Context) error {
	tagged, err := git(ctx, s.dir, "for-each-ref", "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)", "refs/tags/"+s.version)
	if err != nil {
		return err
	}
	if tagged != "" && tagged != s.commit {
		return fmt.Errorf("the tag %s is at %s, and this is %s: check the tag out, or choose another version", s.version, tagged, s.commit)
	}
	return nil
}

// checkChart refuses a chart of another version. The manifests that are made of the chart hold it, too.
func (s source) checkChart() error {
	content, err := s.file(chartFolder + "/Chart.yaml")
	if err != nil {
		return err
	}
	var chart struct {
		Version    string `json:"version"`
		AppVersion string `json:"appVersion"`
	}
	if err := yaml.Unmarshal(content, &chart); err != nil {
		return fmt.Errorf("read Chart.yaml: %w", err)
	}
	if chart.Version != s.number() || chart.AppVersion != s.number() {
		return fmt.Errorf("%s/Chart.yaml has version %s and appVersion %s: set both to %s, run make chart, and commit",
			chartFolder, chart.Version, chart.AppVersion, s.number())
	}
	return nil
}

// checkClient refuses a client that requires another version of the API: whoever imports it would get that.
func (s source) checkClient() error {
	content, err := s.file("client/go.mod")
	if err != nil {
		return err
	}
	mod, err := modfile.Parse("client/go.mod", content, nil)
	if err != nil {
		return err
	}
	for _, require := range mod.Require {
		if require.Mod.Path == apiModule && require.Mod.Version == s.version {
			return nil
		}
	}
	return fmt.Errorf("client/go.mod does not require %s %[2]s: run go -C client mod edit -require=%[1]s@%[2]s, the same with -C test, and commit", apiModule, s.version)
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	return command(ctx, dir, nil, "git", args...)
}

// command runs a program, and returns what it prints, without the last end of a line.
func command(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var complaints bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), &complaints
	out, err := cmd.Output()
	if err != nil {
		what := append([]string{filepath.Base(name)}, args...)
		return "", fmt.Errorf("run %s: %w\n%s", strings.Join(what[:min(len(what), 4)], " "), err, complaints.String())
	}
	return strings.TrimRight(string(out), "\n"), nil
}

func firstLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	if len(lines) > n {
		lines = append(lines[:n], fmt.Sprintf("and %d more", len(lines)-n))
	}
	return strings.Join(lines, "\n")
}
