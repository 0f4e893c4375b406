package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/utils/clock"
)

// stagesFolder holds KWOK's own stages, below the folder of the binaries.
const stagesFolder = "stages"

// Binaries returns the folder that holds etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, kwok and KWOK's stages. What is missing is built first, which takes some ten minutes
// once a version; progress, which may be nil, is told how far it is.
//
// The folder lies in $ROLLCALL_CACHE, else in the user's cache folder. Processes that call it at the
// same time wait for each other; an interrupted build continues where it was.
func Binaries(ctx context.Context, progress io.Writer) (dir string, err error) {
	return provide(ctx, controlPlane, progress)
}

// NodeBinaries does the same for what a real node needs: kubelet, containerd, its shim and ctr, runc, and
// the CNI plug-ins ptp and host-local. runc needs a C compiler, pkg-config and the headers of libseccomp.
func NodeBinaries(ctx context.Context, progress io.Writer) (dir string, err error) {
	return provide(ctx, node, progress)
}

// provide returns the folder that holds a set of programs, and builds what is missing in it.
func provide(ctx context.Context, s set, progress io.Writer) (dir string, err error) {
	p, err := makePlan(s)
	if err != nil {
		return "", err
	}
	if p.complete() {
		return p.target, nil
	}
	if err := os.MkdirAll(p.target, 0o755); err != nil {
		return "", fmt.Errorf("create cache folder (set ROLLCALL_CACHE to choose another): %w", err)
	}
	report := newReporter(s.title, progress, clock.RealClock{})
	started := report.clock.Now()
	unlock, err := lock(ctx, p.target+".lock", func() {
		report.status(fmt.Sprintf("waiting for another build of %s, %v", p.target, report.since(started)))
	})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return p.target, p.build(ctx, report)
}

// complete reports whether nothing is left to build.
func (p *plan) complete() bool {
	return len(p.missing()) == 0 && !p.needsStages()
}

func (p *plan) needsStages() bool {
	return p.stages && !exists(filepath.Join(p.target, stagesFolder))
}

// missing are the binaries that are not in the target folder.
func (p *plan) missing() []binary {
	var missing []binary
	for _, b := range p.binaries {
		if !exists(filepath.Join(p.target, b.name)) {
			missing = append(missing, b)
		}
	}
	return missing
}

// build makes what is missing; the caller holds the lock.
func (p *plan) build(ctx context.Context, report *reporter) error {
	missing := p.missing()
	if len(missing) > 0 {
		report.line("building %s into %s: %s the first time, on two cores", names(missing), p.target, p.patience)
	}
	for i, b := range missing {
		one := &builder{plan: p, binary: b, report: report, place: fmt.Sprintf("%d of %d", i+1, len(missing))}
		if err := one.build(ctx); err != nil {
			return err
		}
	}
	if !p.needsStages() {
		return nil
	}
	return p.copyStages(ctx, report)
}

// copyStages takes KWOK's stages out of its module, which the go command downloads when it has to.
func (p *plan) copyStages(ctx context.Context, report *reporter) error {
	b := &builder{plan: p, binary: binary{name: stagesFolder, folder: kwokFolder}, report: report}
	var answer bytes.Buffer
	if err := b.goCommand(ctx, &answer, "mod", "download", "-json", kwokModule); err != nil {
		return fmt.Errorf("download stages of %s: %w", kwokModule, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(answer.Bytes(), &module); err != nil {
		return fmt.Errorf("read answer of go mod download: %w", err)
	}
	partial := filepath.Join(p.target, "."+stagesFolder+".partial")
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return fmt.Errorf("create folder of stages: %w", err)
	}
	for _, file := range stageFiles {
		content, err := os.ReadFile(filepath.Join(module.Dir, "kustomize", "stage", filepath.FromSlash(file)))
		if err != nil {
			return fmt.Errorf("read stage of %s: %w", kwokModule, err)
		}
		if err := os.WriteFile(filepath.Join(partial, filepath.Base(file)), content, 0o644); err != nil {
			return fmt.Errorf("write stage: %w", err)
		}
	}
	return os.Rename(partial, filepath.Join(p.target, stagesFolder))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func names(list []binary) string {
	var names []string
	for _, b := range list {
		names = append(names, b.name)
	}
	return strings.Join(names, ", ")
}
