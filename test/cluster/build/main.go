// SPDX-License-Identifier: Apache-2.0

// Command build gets the programs of the control plane that package cluster runs, unless they are there already, and
// prints the folder that holds them. Tests would do the same, but silently and within the time limit of go test.
//
// With packages as arguments it builds these, too, and people see how far all of it is. They are named from the root of
// the repository; those below test are in the module test, as is what has no dot in front.
//
//	go -C test run ./cluster/build -o bin/ ./test/demo ./cmd/manager
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rollcall-dev/rollcall/test/gobuild"
	"github.com/rollcall-dev/rollcall/test/programs"
	"github.com/rollcall-dev/rollcall/test/repository"
)

func main() {
	out := flag.String("o", "", "the folder of the repository that the packages' programs are written into, as of go build; it ends in a slash")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	dir, err := provide(ctx, *out, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}

func provide(ctx context.Context, out string, packages []string) (string, error) {
	root, err := repository.Root()
	if err != nil {
		return "", err
	}
	var product, tests []string
	for _, pkg := range packages {
		below, isTest := strings.CutPrefix(pkg, "./test/")
		switch {
		case isTest:
			tests = append(tests, "./"+below)
		case strings.HasPrefix(pkg, "."):
			product = append(product, pkg)
		default:
			tests = append(tests, pkg)
		}
	}
	var builds []gobuild.Build
	for _, module := range []struct {
		folder   string
		packages []string
	}{{root, product}, {filepath.Join(root, "test"), tests}} {
		if len(module.packages) > 0 {
			builds = append(builds, build(root, out, module.folder, module.packages))
		}
	}
	return programs.ControlPlane(ctx, os.Stderr, builds...)
}

// build is the build of packages of one module.
func build(root, out, module string, packages []string) gobuild.Build {
	b := gobuild.Build{Title: "the packages", Dir: module, Packages: packages}
	if out != "" {
		b.Flags = []string{"-o", filepath.Join(root, out) + "/"}
		var titles []string
		for _, pkg := range packages {
			titles = append(titles, path.Base(pkg))
		}
		b.Title = strings.Join(titles, ", ")
	}
	return b
}
