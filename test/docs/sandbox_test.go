// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/hack/pins"
	"github.com/rollcall-dev/rollcall/test/repository"
)

// patience is how long one block may take. The garbage collector alone may wait 30 s for the kinds that a block removes.
const patience = 3 * time.Minute

// pinned are the programs of the commands, by the names that hack/chart-tools/go.mod has for them. gojq is a jq.
var pinned = map[string]string{"kubectl": "kubectl", "helm": "helm", "kustomize": "kustomize", "gojq": "jq"}

// programs makes a folder of the programs that commands may call.
func programs(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	folder := t.TempDir()
	top, err := filepath.Abs(root)
	g.Expect(err).NotTo(HaveOccurred())
	var all sync.WaitGroup
	for name, as := range pinned {
		all.Go(func() {
			path, err := pins.Program(t.Context(), root, "hack/chart-tools", name)
			if err == nil {
				err = os.Symlink(path, filepath.Join(folder, as))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() { // kubectl finds its plug-ins on the PATH
		if err := repository.Build(t.Context(), "kubectl-rollcall", filepath.Join(folder, "kubectl-rollcall")); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	for _, name := range []string{"make", "go"} { // whose work is not what the documents are tested for
		g.Expect(os.Symlink(filepath.Join(top, "test", "docs", "testdata", "bin", name), filepath.Join(folder, name))).To(Succeed())
	}
	return folder
}

// sandbox is the folder that a reader of a page works in: a checkout of an application of theirs, with one of Rollcall in it.
type sandbox struct {
	*world
	folder string
}

func (w *world) sandbox(t *testing.T) *sandbox {
	t.Helper()
	g := NewWithT(t)
	s := &sandbox{w, t.TempDir()}
	top, err := filepath.Abs(root)
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range []string{"charts", "config", "dist", "docs"} {
		g.Expect(os.Symlink(filepath.Join(top, name), filepath.Join(s.folder, name))).To(Succeed())
	}
	g.Expect(os.Symlink(top, filepath.Join(s.folder, "rollcall"))).To(Succeed())
	s.write(t, ".config/go/telemetry/mode", "off") // it is written after the command has ended, while the folder is removed
	s.write(t, "client-secret.txt", clientSecret)
	s.write(t, "token.txt", "not-a-token")
	s.mustRun(t, "git init -q -b feature/SHOP-12-login . && git commit -q --allow-empty -m 'SHOP-12: mend the login'")
	return s
}

func (s *sandbox) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(s.folder, name)
	NewWithT(t).Expect(os.MkdirAll(filepath.Dir(path), 0o700)).To(Succeed())
	NewWithT(t).Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
}

// run runs a script, and returns what it prints, and an error that holds what it complains of.
func (s *sandbox) run(ctx context.Context, script string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	top, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	shell.Dir = s.folder
	shell.WaitDelay = time.Second
	shell.Env = []string{
		"PATH=" + s.programs + ":" + os.Getenv("PATH"), "REPOSITORY=" + top, "HOME=" + s.folder, "KUBECONFIG=" + s.Kubeconfig(),
		"KUBECACHEDIR=" + filepath.Join(s.Dir(), "kubectl-cache"),
		"GOFLAGS=" + os.Getenv("GOFLAGS"), "GOPATH=" + os.Getenv("GOPATH"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@acme.example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@acme.example",
	}
	var complaints strings.Builder
	shell.Stderr = &complaints
	out, err := shell.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s%s", errors.Join(err, ctx.Err()), out, complaints.String())
	}
	return string(out), err
}

// mustRun runs what has to be done before a block. Where it fails, the error holds its commands, each with its time.
func (s *sandbox) mustRun(t *testing.T, script string) {
	t.Helper()
	if _, err := s.run(t.Context(), "PS4='+ $(date +%T) '; set -x\n"+script); err != nil {
		t.Fatalf("before the block: %v", err)
	}
}
