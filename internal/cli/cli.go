// SPDX-License-Identifier: Apache-2.0

// Package cli is the command line of kubectl rollcall.
//
//	cmd/kubectl-rollcall -> Run -> a command -> internal/explain, the API server -> a table, JSON or YAML
package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/rollcall-dev/rollcall/internal/cli/check"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/cli/dashboard"
	"github.com/rollcall-dev/rollcall/internal/cli/explain"
	"github.com/rollcall-dev/rollcall/internal/cli/preview"
	"github.com/rollcall-dev/rollcall/internal/cli/releases"
	"github.com/rollcall-dev/rollcall/internal/cli/report"
	"github.com/rollcall-dev/rollcall/internal/cli/site"
	"github.com/rollcall-dev/rollcall/internal/cli/status"
	"github.com/rollcall-dev/rollcall/internal/cli/why"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// Version is what the program says of itself.
type Version struct{ Version, Commit, Date string }

// Run runs a command line with streams, a clock and a version, and returns its exit code: 0, 1 where the answer is no or something is wrong, 2 where the command
// line is not understood, and what a command documents beside.
func Run(ctx context.Context, streams genericiooptions.IOStreams, now func() time.Time, version Version, args []string) int {
	env := &command.Env{IOStreams: streams, Flags: genericclioptions.NewConfigFlags(true), Now: now, Version: version.Version}
	root := newRoot(env, version)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	code, untold := command.Code(err)
	if untold {
		fmt.Fprintln(streams.ErrOut, "Error:", terminal.Printable(err.Error()))
	}
	return code
}

// newRoot returns the command line.
func newRoot(env *command.Env, version Version) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-rollcall",
		Short: "Say why an issue shows in Jira, or does not",
		Long: "Rollcall puts every rollout on the Jira issues that it ships. This says what it told Jira, and why.\n\n" +
			"It reads with your rights; the role view and get on jirasites are enough for most of it.",
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl rollcall"},
		Version:           fmt.Sprintf("%s (commit %s, built %s)", version.Version, version.Commit, version.Date),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.ErrOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return command.Usage(err) })
	env.Flags.AddFlags(root.PersistentFlags())
	root.AddCommand(commands(env)...)
	completeNames(env, root)
	return root
}

// commands are all commands, in the order of the help.
func commands(env *command.Env) []*cobra.Command {
	return []*cobra.Command{
		why.New(env),
		status.New(env),
		releases.NewList(env),
		releases.NewTimeline(env),
		explain.New(env),
		preview.New(env),
		check.New(env),
		site.New(env),
		report.New(env),
		dashboard.New(env),
	}
}
