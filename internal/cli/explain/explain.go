// SPDX-License-Identifier: Apache-2.0

// Package explain is the command that says what a workload's release is, and why Jira shows it where it does.
package explain

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/snapshot"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// New returns the command.
func New(env *command.Env) *cobra.Command {
	var output command.Output
	var options explain.Options
	cmd := &cobra.Command{
		Use:   "explain TYPE/NAME",
		Short: "Say what the release of a workload is, what Jira is told of it, and why",
		Long: "Says of a workload which revision runs, what it is beside the releases before it, which issue keys it has and where each was read,\n" +
			"which environment it is in and which rule decided that, what its record says, and what Jira answered.\n\n" +
			"TYPE is deploy, sts, ds or rollout.",
		Example: "  kubectl rollcall explain deploy/web\n  kubectl rollcall explain sts db -n shop-prod -o yaml",
		Args:    cobra.ArbitraryArgs, // run says what is wrong with them
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), env, output, options, args)
		},
	}
	output.AddTo(cmd)
	command.AddOperatorNamespace(cmd, &options.Namespace)
	return cmd
}

func run(ctx context.Context, env *command.Env, output command.Output, options explain.Options, args []string) error {
	kind, name, err := explain.ParseWorkload(args)
	if err != nil {
		return command.Usage(err)
	}
	namespace, err := env.Namespace()
	if err != nil {
		return err
	}
	reader, err := env.Client()
	if err != nil {
		return err
	}
	read, err := snapshot.Read(ctx, reader, snapshot.Options{Namespaces: []string{namespace}})
	if err != nil {
		return err
	}
	options.Now = env.Now
	explainer, err := explain.New(ctx, read, options)
	if err != nil {
		return err
	}
	for _, gap := range read.Gaps() {
		fmt.Fprintln(env.ErrOut, "Warning:", terminal.Printable(gap.String()))
	}
	explanation, err := explainer.Workload(ctx, kind, namespace, name)
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("%w, and has no record: kubectl get %s -n %s lists those that are there", err, kind.Resource, namespace)
	} else if err != nil {
		return err
	}
	if printed, err := output.Print(env.Out, explanation); printed || err != nil {
		return err
	}
	return write(env.Out, command.PaintFor(env.Out), explanation, env.Now())
}
