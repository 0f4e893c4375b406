// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// startScript runs a shell script as a program of a cluster.
func startScript(t *testing.T, script string) *process {
	t.Helper()
	on, dir := newThread(), t.TempDir()
	t.Cleanup(on.release)
	p, err := startProcess(on, dir, command{path: "/bin/sh", args: []string{"-c", script}})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return p
}

func TestProgramThatDiesEndsTheWait(t *testing.T) {
	g := NewWithT(t)
	c := &Cluster{processes: []*process{startScript(t, "echo the reason; exit 3")}}
	ctx, stop := c.failEarly(t.Context())
	defer stop()
	<-ctx.Done()
	err := cause(ctx, errors.New("hidden"))
	g.Expect(err).To(MatchError(And(ContainSubstring("exit status 3"), ContainSubstring("the reason"))))
}

func TestStoppedProgramIsGone(t *testing.T) {
	p := startScript(t, "exec sleep 1000")
	g := NewWithT(t)
	g.Expect(p.stop()).To(Succeed())
	g.Expect(p.done).To(BeClosed())
	g.Expect(p.stop()).To(Succeed(), "a second time is no error")
}

func TestProgramThatCannotStart(t *testing.T) {
	on := newThread()
	defer on.release()
	_, err := startProcess(on, t.TempDir(), command{path: "/nowhere/kwok"})
	NewWithT(t).Expect(err).To(MatchError(os.ErrNotExist))
}

func TestLogTailIsTheEnd(t *testing.T) {
	g, file := NewWithT(t), filepath.Join(t.TempDir(), "log")
	content := strings.Repeat("early\n", 10000) + strings.Repeat("late\n", tailLines)
	g.Expect(os.WriteFile(file, []byte(content), 0o644)).To(Succeed())
	g.Expect(logTail(file)).To(Equal(strings.TrimSpace(strings.Repeat("late\n", tailLines))))
}
