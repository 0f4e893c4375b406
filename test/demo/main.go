// SPDX-License-Identifier: Apache-2.0

// Command demo plays a story on a real control plane and a local Jira: a release is promoted through three
// environments, another never becomes ready, and is rolled back. It prints each step with the kubectl
// command that it stands for, and then what Jira shows.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

// output is where the demo leaves what it wrote.
var output = filepath.Join("_output", "demo")

func main() {
	picture := flag.String("picture", cmp.Or(os.Getenv("DEMO_SCREENSHOT"), filepath.Join(output, "jira.png")), "where the picture of the page goes, if there is a Chromium")
	up := flag.Bool("up", false, "stay up after the story, until Ctrl-C")
	check := flag.String("check", "", "check that a jira.json of an earlier demo tells the whole story, and do nothing else")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := run(*up, *check, *picture); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(up bool, check, picture string) error {
	if check != "" {
		return checkStory(check)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	started := time.Now()
	w, err := startWorld(ctx)
	if err != nil {
		return err
	}
	err = play(ctx, w)
	if err == nil {
		err = show(w, os.Stdout)
	}
	if err == nil {
		err = takePictures(ctx, w, picture)
	}
	if err == nil {
		fmt.Printf("\nThe story took %s, the start of the control plane included.\n", time.Since(started).Round(time.Second))
	}
	if err == nil && up {
		invite(os.Stdout, w)
		<-ctx.Done()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "The manager's log is in %s.\n", w.managerLog)
	}
	return errors.Join(err, w.stop())
}

// invite says how to go on by hand.
func invite(out io.Writer, w *world) {
	fmt.Fprintf(out, `
It all stays up until Ctrl-C, and so does the page: %s
In another terminal:

  export KUBECONFIG=%s
  kubectl get jira -A
  kubectl -n shop-dev create deployment hello --image=hello:SHOP-42-1.0
  kubectl -n shop-dev get jiradeployments -o wide --watch

The local Jira knows SHOP-1 to SHOP-100. What it has stored is rewritten here with every change:

  %s
`, w.page.URL(), w.kubeconfig, filepath.Join(output, "jira.json"))
	go w.keepJSON()
}
