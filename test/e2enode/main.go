// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rollcall-dev/rollcall/test/node"
)

// settings are the flags.
type settings struct {
	helm   string
	chart  string
	output string
	// packages asks for the packages that are missing, and for nothing else.
	packages bool
}

func main() {
	var s settings
	flag.StringVar(&s.helm, "helm", "helm", "the helm program")
	flag.StringVar(&s.chart, "chart", filepath.Join("charts", "rollcall"), "the chart, a folder or a package")
	flag.StringVar(&s.output, "output", filepath.Join("_output", "e2e-node"), "where images and logs go")
	flag.BoolVar(&s.packages, "packages", false, "print the Debian packages that this machine lacks for it, and end")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := s.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e-node:", err)
		os.Exit(1)
	}
}

// run asks what is missing at every start, in the namespaces too: it costs nothing, and changes nothing.
func (s settings) run(ctx context.Context) error {
	missing := node.Missing()
	if s.packages {
		fmt.Println(strings.Join(node.Packages(missing), " "))
		return nil
	}
	if len(missing) > 0 {
		return skip(os.Stdout, missing, inCI())
	}
	return node.Isolate(ctx, s.prepare, s.try)
}
