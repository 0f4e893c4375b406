// Command build gets the programs of the control plane that package cluster runs, unless they are there already, and
// prints the folder that holds them. Tests would do the same, but silently and within the time limit of go test.
//
// With packages as arguments it builds these, too, and people see how far all of it is:
//
//	go run ./test/cluster/build -o bin/ ./hack/demo ./cmd/manager
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"

	"github.com/rollcall-dev/rollcall/test/gobuild"
	"github.com/rollcall-dev/rollcall/test/programs"
)

func main() {
	out := flag.String("o", "", "the folder that the packages' programs are written into, as of go build; it ends in a slash")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	dir, err := programs.ControlPlane(ctx, os.Stderr, builds(*out, flag.Args())...)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	fmt.Println(dir)
}

// builds is the build of the packages of this module, if there are any.
func builds(out string, packages []string) []gobuild.Build {
	if len(packages) == 0 {
		return nil
	}
	b := gobuild.Build{Title: "the packages", Packages: packages}
	if out != "" {
		b.Flags = []string{"-o", out}
		var titles []string
		for _, pkg := range packages {
			titles = append(titles, path.Base(pkg))
		}
		b.Title = strings.Join(titles, ", ")
	}
	return []gobuild.Build{b}
}
