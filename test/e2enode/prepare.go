// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/rollcall-dev/rollcall/test/node"
	"github.com/rollcall-dev/rollcall/test/programs"
)

// The images. The manager has two versions, which differ in what they say of themselves.
const (
	managerImage = "rollcall.test/rollcall"
	oldVersion   = "0.0.1-old"
	newVersion   = "0.0.2-new"
	webImage     = "rollcall.test/web:1"
)

// images are what the node gets.
var images = []struct{ ref, program, module, pkg, version string }{
	{node.PauseImage, "pause", "test", "./node/pause", ""},
	{webImage, "web", "test", "./e2enode/web", ""},
	{managerImage + ":" + oldVersion, "manager", ".", "./cmd/manager", oldVersion},
	{managerImage + ":" + newVersion, "manager", ".", "./cmd/manager", newVersion},
}

// prepare builds all that the steps need: in the namespaces there is no network.
func (s settings) prepare(ctx context.Context) error {
	if _, err := exec.LookPath(s.helm); err != nil {
		return fmt.Errorf("find helm (name it with -helm): %w", err)
	}
	if _, err := programs.ControlPlane(ctx, os.Stderr); err != nil {
		return err
	}
	if _, err := programs.Node(ctx, os.Stderr); err != nil {
		return err
	}
	folder, err := filepath.Abs(s.imageFolder())
	if err != nil {
		return fmt.Errorf("find output folder: %w", err)
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove old images: %w", err)
	}
	builder := filepath.Join(folder, "builder")
	fmt.Println("Building the images (a minute, where the Go cache is cold)")
	if err := run(ctx, "go", "build", "-C", "hack/image", "-o", builder, "."); err != nil {
		return err
	}
	for _, image := range images {
		if err := runIn(ctx, image.module, builder, "-ref="+image.ref, "-program="+image.program, "-package="+image.pkg,
			"-ldflags=-s -w -X main.version="+image.version, "-platforms=linux/"+runtime.GOARCH, "-output="+folder); err != nil {
			return err
		}
	}
	return nil
}

func (s settings) imageFolder() string { return filepath.Join(s.output, "images") }

// imageFiles are what prepare made.
func (s settings) imageFiles() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(s.imageFolder(), "*.linux-*.tar"))
	if err == nil && len(files) != len(images) {
		err = fmt.Errorf("find %d images in %s: there are %d", len(images), s.imageFolder(), len(files))
	}
	return files, err
}

// run runs a command whose output is for people.
func run(ctx context.Context, name string, args ...string) error {
	return runIn(ctx, ".", name, args...)
}

// runIn runs it in a folder.
func runIn(ctx context.Context, folder, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w", filepath.Base(name), err)
	}
	return nil
}
