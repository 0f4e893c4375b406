package cluster

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// outputLines is how much of a failed command's output its error carries.
const outputLines = 20

// builder builds one binary of a plan and reports on it.
type builder struct {
	*plan
	binary
	report *reporter
	place  string // "2 of 5"

	downloaded, compiled, total atomic.Int64
	counted                     atomic.Bool // total is known
}

// build compiles and links the binary. It appears in the target folder complete, or not at all.
func (b *builder) build(ctx context.Context) error {
	started := b.report.clock.Now()
	stop := b.report.follow(func() string {
		return fmt.Sprintf("%s (%s): %s, %v", b.name, b.place, b.step(), b.report.since(started))
	})
	err := b.compile(ctx)
	stop()
	if err != nil {
		return fmt.Errorf("build %s from %s: %w", b.name, b.source, err)
	}
	b.report.line("%s %s (%s): built in %v", b.name, b.versions[b.module], b.place, b.report.since(started))
	return nil
}

func (b *builder) compile(ctx context.Context) error {
	if err := b.countPackages(ctx); err != nil {
		return err
	}
	partial := filepath.Join(b.target, "."+b.name+".partial")
	if err := b.goCommand(ctx, io.Discard, b.buildArgs(b.binary, partial)...); err != nil {
		return err
	}
	return os.Rename(partial, filepath.Join(b.target, b.name))
}

// countPackages asks how many packages the go command's cache does not hold yet, not counting the
// program itself. The first time, this is also what downloads the modules.
func (b *builder) countPackages(ctx context.Context) error {
	var stale bytes.Buffer
	const format = "{{if and .Stale .DepOnly}}{{.ImportPath}}{{end}}"
	err := b.goCommand(ctx, &stale, "list", "-deps", "-tags", b.tags, "-f", format, b.module+b.pkg)
	if err != nil {
		return err
	}
	b.total.Store(int64(bytes.Count(stale.Bytes(), []byte("\n"))))
	b.counted.Store(true)
	return nil
}

// step says in a few words what the go command is doing.
func (b *builder) step() string {
	compiled, total := b.compiled.Load(), b.total.Load()
	switch {
	case !b.counted.Load() && b.downloaded.Load() > 0:
		return fmt.Sprintf("downloaded %d modules", b.downloaded.Load())
	case !b.counted.Load():
		return "reading its modules"
	case compiled < total:
		return fmt.Sprintf("compiled %d of %d packages", compiled, total)
	default:
		return "linking"
	}
}

// watch counts what the go command says on stderr: a package when it starts to compile it, and the
// modules that it downloads. All else is the reason for a failure, and the end of it is returned.
func (b *builder) watch(stderr io.Reader) (reason string) {
	var rest []string
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "go: downloading "):
			b.downloaded.Add(1)
		case line != "" && !strings.ContainsAny(line, " \t#:"):
			b.compiled.Add(1)
		default:
			rest = append(rest, line)
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // a line too long for the scanner must not block the command
	return strings.Join(rest[max(0, len(rest)-outputLines):], "\n")
}

// goCommand runs the go command in the binary's module folder.
func (b *builder) goCommand(ctx context.Context, stdout io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(b.source, filepath.FromSlash(b.folder))
	cmd.Env = buildEnvironment(os.Environ(), b.cgo)
	cmd.Stdout = stdout
	// The go command ends its compilers when it is interrupted, not when it is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run go (is it in PATH?): %w", err)
	}
	reason := b.watch(stderr)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("go %s: %w\n%s%s", args[0], err, reason, advice(reason))
	}
	return nil
}

// buildEnvironment keeps what the caller says about proxies, flags and caches. The programs have to
// run here, whatever platform the caller is building for, and belong to no workspace.
func buildEnvironment(env []string, cgo bool) []string {
	enabled := "CGO_ENABLED=0"
	if cgo {
		enabled = "CGO_ENABLED=1"
	}
	return append(env[:len(env):len(env)], enabled, "GOWORK=off",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
}

// advice says what to do about the failures that happen on healthy machines.
func advice(reason string) string {
	for _, known := range []struct{ symptom, advice string }{
		{"signal: killed", "the machine ran out of memory: a build needs 3 GiB; GOFLAGS=-p=1 needs less"},
		{syscall.ENOSPC.Error(), "free some space: a build needs 5 GiB in the Go caches ('go env GOCACHE GOMODCACHE')"},
		{"dial tcp", "the Go module proxy cannot be reached: set GOPROXY or HTTPS_PROXY, then try again"},
		{"missing go.sum entry", "run 'go mod tidy' in the module that this is built from, below " + moduleFolder},
		{"Package libseccomp was not found", "install the headers of libseccomp (Debian: libseccomp-dev)"},
	} {
		if strings.Contains(reason, known.symptom) {
			return "\n" + known.advice
		}
	}
	return ""
}
