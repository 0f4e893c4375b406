// SPDX-License-Identifier: Apache-2.0

// Package dashboard is kubectl rollcall dashboard: the page on loopback, until Ctrl-C.
package dashboard

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/page"
)

// options are the flags of the command.
type options struct {
	scope   command.Scope
	address string
	port    int
	open    bool
}

// New returns the command.
func New(env *command.Env) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "dashboard",
		Short: "Show on a page on this machine where issues are and what runs where",
		Long: "It shows where an issue is, what runs where, what happened, and what Jira was not told and why.\n\n" +
			"The page only reads, with your own rights, and answers on this machine alone. It shows the namespace of -n, else all namespaces; " +
			"where you may not list the records of all of them, that of the current context. It ends with Ctrl-C.",
		Example: "  kubectl rollcall dashboard\n  kubectl rollcall dashboard -n shop-prod --port 8080 --open",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), env) },
	}
	o.scope.AddTo(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.address, "address", "127.0.0.1", "Where to listen: 127.0.0.1 or ::1. The page has no login, so that there is no other.")
	flags.IntVar(&o.port, "port", 0, "The port; 0 for one that is free.")
	flags.BoolVar(&o.open, "open", false, "Open the page in a browser.")
	return cmd
}

func (o *options) run(ctx context.Context, env *command.Env) error {
	if o.port < 0 || o.port > 65535 {
		return command.Usage(fmt.Errorf("--port %d: a port is a number up to 65535", o.port))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	current, err := env.Namespace()
	if err != nil {
		return err
	}
	namespace, err := o.scope.Namespace(env)
	if err != nil {
		return err
	}
	if given := env.Flags.Namespace; given == nil || *given == "" {
		namespace = ""
	}
	c, err := env.Client()
	if err != nil {
		return err
	}
	server, err := page.Listen(ctx, o.address, o.port, page.Watch(ctx, c, namespace, current, env.Now), env.Now)
	if errors.Is(err, page.ErrAddress) {
		return command.Usage(err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "Watch it: %s\nIt reads with your rights and changes nothing. Ctrl-C ends it.\n", server.URL())
	if o.open {
		if err := browse(ctx, server.URL()); err != nil {
			fmt.Fprintf(env.ErrOut, "No browser could be opened (%v): open the address yourself.\n", err)
		}
	}
	return server.Serve(ctx)
}

// openers open an address in a browser, by operating system.
var openers = map[string][]string{
	"darwin":  {"open"},
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
}

func browse(ctx context.Context, url string) error {
	opener, ok := openers[runtime.GOOS]
	if !ok {
		opener = []string{"xdg-open"}
	}
	return exec.CommandContext(context.WithoutCancel(ctx), opener[0], append(opener[1:], url)...).Start()
}
