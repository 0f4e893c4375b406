// SPDX-License-Identifier: Apache-2.0

package gobuild

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// outputLines is how much of a failed command's output its error carries.
const outputLines = 20

// arguments are those of the go command. With -v it names each package that it compiles.
func (b Build) arguments() []string {
	return slices.Concat([]string{"build", "-v", "-tags", b.Tags}, b.Flags, b.Packages)
}

// stale are the packages that the go command's cache does not hold yet, each by its folder, which tells versions apart. The
// programs themselves are left out.
func (b Build) stale(ctx context.Context, downloaded *atomic.Int64) ([]string, error) {
	var stale bytes.Buffer
	const format = `{{if and .Stale (ne .Name "main")}}{{.Dir}}{{end}}`
	args := slices.Concat([]string{"list", "-deps", "-tags", b.Tags, "-f", format}, b.Packages)
	if err := b.goCommand(ctx, downloaded, new(atomic.Int64), &stale, args...); err != nil {
		return nil, err
	}
	return strings.Fields(stale.String()), nil
}

// goCommand runs the go command in the build's folder, and counts what it downloads and compiles.
func (b Build) goCommand(ctx context.Context, downloaded, compiled *atomic.Int64, stdout io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stdout = b.Dir, stdout
	cmd.Env = append(os.Environ(), Environment(b.CGO)...)
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
	reason := watch(stderr, downloaded, compiled)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("go %s: %w\n%s%s", args[0], err, reason, Advice(reason))
	}
	return nil
}

// watch counts what the go command says on stderr: a package when it starts to compile it, and the
// modules that it downloads. All else is the reason for a failure, and the end of it is returned.
func watch(stderr io.Reader, downloaded, compiled *atomic.Int64) (reason string) {
	var rest []string
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "go: downloading "):
			downloaded.Add(1)
		case line != "" && !strings.ContainsAny(line, " \t#:"):
			compiled.Add(1)
		default:
			rest = append(rest, line)
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // a line too long for the scanner must not block the command
	return strings.Join(rest[max(0, len(rest)-outputLines):], "\n")
}

// Environment is what a build adds to the caller's environment. The programs have to run here, whatever platform the
// caller is building for, and belong to no workspace. CGO_ENABLED is the same for all but those that need C: with another
// value, most packages are compiled anew.
func Environment(cgo bool) []string {
	enabled := "CGO_ENABLED=0"
	if cgo {
		enabled = "CGO_ENABLED=1"
	}
	return []string{enabled, "GOWORK=off", "GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH}
}

// Advice says what to do about the failures that happen on healthy machines.
func Advice(reason string) string {
	for _, known := range []struct{ symptom, advice string }{
		{"signal: killed", "the machine ran out of memory: a build needs 3 GiB; GOFLAGS=-p=1 needs less"},
		{syscall.ENOSPC.Error(), "free some space: a build needs 5 GiB in the Go caches ('go env GOCACHE GOMODCACHE')"},
		{"dial tcp", "the Go module proxy cannot be reached: set GOPROXY or HTTPS_PROXY, then try again"},
		{"missing go.sum entry", "run 'go mod tidy' in the module that this is built from"},
		{"Package libseccomp was not found", "install the headers of libseccomp (Debian: libseccomp-dev)"},
	} {
		if strings.Contains(reason, known.symptom) {
			return "\n" + known.advice
		}
	}
	return ""
}
