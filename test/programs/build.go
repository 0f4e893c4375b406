// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-dev/rollcall/test/gobuild"
)

// StagesFolder holds KWOK's own stages, below the folder of the programs.
const StagesFolder = "stages"

// StageFiles are the stages that we use, below kustomize/stage in KWOK's module: nodes that are Ready and
// stay so, pods that are ready as soon as they are bound, Jobs' pods that succeed, pods that go away
// when they are deleted.
var StageFiles = []string{
	"node/fast/node-initialize.yaml",
	"node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
	"pod/fast/pod-ready.yaml",
	"pod/fast/pod-complete.yaml",
	"pod/fast/pod-delete.yaml",
}

// partialFolder is where go build leaves its programs, below the target. They appear in the target complete, or not at all.
const partialFolder = ".partial"

// build makes what is missing, and what else is asked for; the caller holds the lock.
func (p *plan) build(ctx context.Context, report *gobuild.Reporter, also []gobuild.Build) error {
	partial := filepath.Join(p.target, partialFolder)
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return fmt.Errorf("create folder of programs: %w", err)
	}
	missing := p.missing()
	if len(missing) > 0 {
		report.Line("building %s into %s", names(missing), p.target)
	}
	var builds []gobuild.Build
	for _, g := range groups(missing) {
		builds = append(builds, p.goBuild(g, partial+string(filepath.Separator)))
	}
	if err := gobuild.Run(ctx, report, append(builds, also...)...); err != nil {
		return err
	}
	for _, b := range missing {
		if err := os.Rename(filepath.Join(partial, b.executable()), filepath.Join(p.target, b.name)); err != nil {
			return fmt.Errorf("keep %s: %w", b.name, err)
		}
	}
	if err := os.RemoveAll(partial); err != nil {
		return fmt.Errorf("remove folder of programs: %w", err)
	}
	if !p.needsStages() {
		return nil
	}
	return p.copyStages(ctx)
}

// groups are the binaries that one go build makes: those of one module folder, with the same flags. Two cores then link two of them
// at a time.
func groups(list []binary) [][]binary {
	var groups [][]binary
	for _, b := range list {
		i := slices.IndexFunc(groups, func(g []binary) bool {
			return g[0].folder == b.folder && g[0].tags == b.tags && g[0].cgo == b.cgo
		})
		if i < 0 {
			groups = append(groups, []binary{b})
			continue
		}
		groups[i] = append(groups[i], b)
	}
	return groups
}

// goBuild builds a group into a folder.
func (p *plan) goBuild(group []binary, out string) gobuild.Build {
	first := group[0]
	b := gobuild.Build{
		Title: names(group),
		Dir:   filepath.Join(p.source, filepath.FromSlash(first.folder)),
		Flags: append(p.linkerFlags(), "-o", out),
		Tags:  first.tags,
		CGO:   first.cgo,
	}
	for _, one := range group {
		b.Packages = append(b.Packages, one.module+one.pkg)
	}
	return b
}

// linkerFlags strip the debugging tables, and tell the Kubernetes commands their version: without it
// the API server reports v0.0.0.
func (p *plan) linkerFlags() []string {
	flags := []string{"-ldflags", "-s -w"}
	version := p.versions[kubernetesModule]
	if version == "" {
		return flags
	}
	const variable = " -X k8s.io/component-base/version."
	tell := "-s -w" + variable + "gitVersion=" + version + variable + "gitTreeState=clean"
	if parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3); len(parts) == 3 {
		tell += variable + "gitMajor=" + parts[0] + variable + "gitMinor=" + parts[1]
	}
	return append(flags, "-ldflags", kubernetesModule+"/...="+tell)
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// executable is the name that go build gives the program: the last part of its import path that is no version.
func (b binary) executable() string {
	pkg := b.module + b.pkg
	if majorVersion.MatchString(path.Base(pkg)) {
		pkg = path.Dir(pkg)
	}
	return path.Base(pkg)
}

func (p *plan) needsStages() bool {
	return p.stages && !exists(filepath.Join(p.target, StagesFolder))
}

// copyStages takes KWOK's stages out of its module, which the go command downloads when it has to.
func (p *plan) copyStages(ctx context.Context) error {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.Module.Dir}}", kwokModule+"/cmd/kwok")
	list.Dir = filepath.Join(p.source, filepath.FromSlash(kwokFolder))
	list.Env = append(os.Environ(), gobuild.Environment(false)...)
	var reason bytes.Buffer
	list.Stderr = &reason
	dir, err := list.Output()
	if err != nil {
		return fmt.Errorf("download stages of %s: %w\n%s%s", kwokModule, err, reason.String(), gobuild.Advice(reason.String()))
	}
	partial := filepath.Join(p.target, "."+StagesFolder+".partial")
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return fmt.Errorf("create folder of stages: %w", err)
	}
	for _, file := range StageFiles {
		content, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "kustomize", "stage", filepath.FromSlash(file)))
		if err != nil {
			return fmt.Errorf("read stage of %s: %w", kwokModule, err)
		}
		if err := os.WriteFile(filepath.Join(partial, filepath.Base(file)), content, 0o644); err != nil {
			return fmt.Errorf("write stage: %w", err)
		}
	}
	return os.Rename(partial, filepath.Join(p.target, StagesFolder))
}
