// SPDX-License-Identifier: Apache-2.0

// Package why is the command that says why an issue is in Jira, or is not.
package why

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/why"
)

// options are those of the command.
type options struct {
	env    *command.Env
	scope  command.Scope
	output command.Output
	// operator is the namespace that Rollcall runs in.
	operator string
}

// New returns the command.
func New(env *command.Env) *cobra.Command {
	o := &options{env: env}
	cmd := &cobra.Command{
		Use:   "why ISSUE",
		Short: "Say why an issue is in Jira, or is not",
		Long: "Shows every record and build with the issue key and what Jira said to it. Where there is none, it looks for what stands in the way: " +
			"workloads whose texts nearly name the issue, the JiraSites, the manager.\n\n" +
			"It reads all namespaces that you may read; else the one of your context, or of -n. The exit code is 0 where Jira has the issue, and 1 where it has not.",
		Example: "  kubectl rollcall why SHOP-12\n  kubectl rollcall why SHOP-12 -n shop-prod -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usage(fmt.Errorf("why takes one issue key, such as SHOP-12; there are %d arguments", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	o.scope.AddTo(cmd)
	o.output.AddTo(cmd)
	command.AddOperatorNamespace(cmd, &o.operator)
	return cmd
}

func (o *options) run(ctx context.Context, text string) error {
	issue, err := issuekey.Parse(text)
	if err != nil {
		return command.Usage(err)
	}
	input, err := o.read(ctx, issue)
	if err != nil {
		return err
	}
	answer := why.Ask(input)
	printed, err := o.output.Print(o.env.Out, answer)
	if err == nil && !printed {
		err = write(o.env.Out, answer, input.Now)
	}
	if err != nil {
		return err
	}
	if !answer.InJira {
		return command.No()
	}
	return nil
}
