// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/rollcall-dev/rollcall/hack/pins"
)

const root = "../.."

// made writes a release, and returns its folder.
func made(t *testing.T, platforms []platform, build func(platform) ([]byte, error)) string {
	t.Helper()
	r := &release{
		version: "v1.2.3", created: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), uri: "https://releases.example", license: []byte("a licence"),
		output: t.TempDir(), build: build,
	}
	NewWithT(t).Expect(r.write(platforms)).To(Succeed())
	return r.output
}

func fake(p platform) ([]byte, error) { return []byte("#!/bin/sh\necho " + p.String() + "\n"), nil }

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(out))
	return string(out)
}

func TestKrewTakesTheManifest(t *testing.T) {
	g := NewWithT(t)
	folder := made(t, platforms, fake)
	validator, err := pins.Program(t.Context(), root, "hack/plugin/krew", "validate-krew-manifest")
	g.Expect(err).NotTo(HaveOccurred())
	out := command(t, folder, validator, "-manifest=rollcall.yaml", "-skip-install")
	g.Expect(out).To(And(ContainSubstring("structural validation OK"), ContainSubstring("all spec.platform[] items are used"), ContainSubstring("no overlapping")))

	manifest := read(t, folder, "rollcall.yaml")
	g.Expect(manifest).To(ContainSubstring("uri: https://releases.example/v1.2.3/kubectl-rollcall_v1.2.3_windows_arm64.zip"))
	lines := strings.Split(strings.TrimSpace(read(t, folder, "SHA256SUMS")), "\n")
	g.Expect(lines).To(HaveLen(len(platforms)))
	for _, line := range lines {
		sum, _, _ := strings.Cut(line, " ")
		g.Expect(manifest).To(ContainSubstring("sha256: " + sum))
	}
	command(t, folder, "sha256sum", "--check", "--strict", "SHA256SUMS")

	broken := strings.Replace(manifest, "sha256: ", "sha256: x", 1)
	g.Expect(os.WriteFile(filepath.Join(folder, "rollcall.yaml"), []byte(broken), 0o600)).To(Succeed())
	g.Expect(exec.CommandContext(t.Context(), validator, "-manifest="+filepath.Join(folder, "rollcall.yaml"), "-skip-install").Run()).NotTo(Succeed(), "a broken manifest")
}

func TestTheArchivesHoldWhatKrewDemands(t *testing.T) {
	g := NewWithT(t)
	folder := made(t, []platform{{"linux", "arm64"}, {"windows", "amd64"}}, fake)
	unpacked := t.TempDir()
	command(t, unpacked, "tar", "xzf", filepath.Join(folder, "kubectl-rollcall_v1.2.3_linux_arm64.tar.gz"))
	g.Expect(read(t, unpacked, "LICENSE")).To(Equal("a licence"))
	g.Expect(command(t, unpacked, "./kubectl-rollcall")).To(Equal("linux_arm64\n"))

	archive, err := zip.OpenReader(filepath.Join(folder, "kubectl-rollcall_v1.2.3_windows_amd64.zip"))
	g.Expect(err).NotTo(HaveOccurred())
	defer archive.Close()
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
	}
	g.Expect(names).To(Equal([]string{"LICENSE", "kubectl-rollcall.exe", "kubectl_complete-rollcall.cmd"}))
}

func TestTheScriptOfCompletionPassesTheArgumentsOn(t *testing.T) {
	bin := t.TempDir()
	g := NewWithT(t)
	g.Expect(os.WriteFile(filepath.Join(bin, "kubectl"), []byte("#!/bin/sh\nprintf '<%s>' \"$@\"\n"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(bin, "kubectl_complete-rollcall"), complete, 0o755)).To(Succeed())
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	g.Expect(command(t, bin, "kubectl_complete-rollcall", "why", "SHOP 1", "")).To(Equal("<rollcall><__complete><why><SHOP 1><>"))
}

// It links the plug-in twice: half a minute where the Go cache is cold.
func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the plug-in twice, which is not done under -short")
	}
	g := NewWithT(t)
	here := []platform{{runtime.GOOS, runtime.GOARCH}}
	linked := func(p platform) ([]byte, error) {
		return build(context.WithoutCancel(t.Context()), p, "-s -w -X main.version=v1.2.3")
	}
	first, second := made(t, here, linked), made(t, here, linked)
	g.Expect(read(t, first, "SHA256SUMS")).To(Equal(read(t, second, "SHA256SUMS")))

	unpacked := t.TempDir()
	command(t, unpacked, "tar", "xzf", filepath.Join(first, "kubectl-rollcall_v1.2.3_"+here[0].String()+".tar.gz"))
	g.Expect(command(t, unpacked, "./kubectl-rollcall", "--version")).To(HavePrefix("kubectl rollcall version v1.2.3 "))
}

func TestAVersionThatKrewDoesNotTake(t *testing.T) {
	for _, version := range []string{"1.2.3", "2a49e0a", ""} {
		r := &release{version: version, output: t.TempDir(), build: fake}
		NewWithT(t).Expect(r.write(platforms)).To(MatchError(ContainSubstring("semantic versions with a v")))
	}
}
