// SPDX-License-Identifier: Apache-2.0

package programs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/utils/clock"

	"github.com/rollcall-dev/rollcall/test/gobuild"
)

// ControlPlane returns the folder that holds etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok and KWOK's
// stages. What is missing is downloaded or built first, once a version; progress, which may be nil, is told how far it is.
// What else the caller needs is built in the same run, so that people see one count of all.
//
// The folder lies in $ROLLCALL_CACHE, else in the user's cache folder. Processes that call it at the
// same time wait for each other; an interrupted build continues where it was.
func ControlPlane(ctx context.Context, progress io.Writer, also ...gobuild.Build) (dir string, err error) {
	return provide(ctx, controlPlane, progress, also)
}

// Node does the same for what a real node needs: kubelet, containerd, its shim and ctr, runc, and
// the CNI plug-ins ptp and host-local. They are always built. runc needs a C compiler, pkg-config and the headers of libseccomp.
func Node(ctx context.Context, progress io.Writer) (dir string, err error) {
	return provide(ctx, node, progress, nil)
}

// provide returns the folder that holds a set of programs, and gets what is missing in it.
func provide(ctx context.Context, s set, progress io.Writer, also []gobuild.Build) (dir string, err error) {
	how, err := chosenMode()
	if err != nil {
		return "", err
	}
	p, err := makePlan(s)
	if err != nil {
		return "", err
	}
	report := gobuild.NewReporter(s.title, progress, clock.RealClock{})
	if found := p.find(how); found != nil {
		return found.target, gobuild.Run(ctx, report, also...)
	}
	if err := os.MkdirAll(filepath.Dir(p.target), 0o755); err != nil {
		return "", fmt.Errorf("create cache folder (set ROLLCALL_CACHE to choose another): %w", err)
	}
	started := report.Now()
	unlock, err := lock(ctx, p.target+".lock", func() {
		report.Status(fmt.Sprintf("waiting for another build of %s, %v", p.target, report.Since(started)))
	})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if found := p.find(how); found != nil { // while we waited
		return found.target, gobuild.Run(ctx, report, also...)
	}
	if p, err = p.download(ctx, how, report); err != nil {
		return "", err
	}
	return p.target, p.build(ctx, report, also)
}

// find returns the plan whose programs are all there, or nil.
func (p *plan) find(how mode) *plan {
	if how != modeDownload && p.complete() {
		return p
	}
	if d := p.downloaded(); how != modeBuild && d.complete() {
		return d
	}
	return nil
}

// complete reports whether nothing is left to get.
func (p *plan) complete() bool {
	return len(p.missing()) == 0 && !p.needsStages()
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
