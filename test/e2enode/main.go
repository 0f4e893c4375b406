package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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
}

func main() {
	var s settings
	flag.StringVar(&s.helm, "helm", "helm", "the helm program")
	flag.StringVar(&s.chart, "chart", filepath.Join("charts", "rollcall"), "the chart, a folder or a package")
	flag.StringVar(&s.output, "output", filepath.Join("_output", "e2e-node"), "where images and logs go")
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
	if missing := node.Missing(); len(missing) > 0 {
		fmt.Println("SKIPPED: this machine cannot have a real node. What it takes:")
		for _, need := range missing {
			fmt.Println("  -", need)
		}
		return nil
	}
	return node.Isolate(ctx, s.prepare, s.try)
}
