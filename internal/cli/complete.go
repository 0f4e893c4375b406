// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// completeNames has the arguments of commands, and their flags, completed with what the cluster has.
func completeNames(env *command.Env, root *cobra.Command) {
	arguments := map[string]command.Completer{
		"why":     command.CompleteIssues(env),
		"explain": command.CompleteWorkloads(env),
		"status":  command.CompleteWorkloads(env),
		"wait":    command.CompleteSites(env),
	}
	flags := map[string]command.Completer{
		"namespace":          command.CompleteNamespaces(env),
		"operator-namespace": command.CompleteNamespaces(env),
		"issue":              command.CompleteIssues(env),
		"env":                command.CompleteEnvironments(env),
		"site":               command.CompleteSites(env),
		"state":              command.CompleteStates(),
	}
	for _, cmd := range append(root.Commands(), root) {
		if cmd != root {
			completeNames(env, cmd)
		}
		if completer, is := arguments[cmd.Name()]; is {
			cmd.ValidArgsFunction = completer
		}
		for name, completer := range flags {
			if cmd.Flags().Lookup(name) != nil || cmd.PersistentFlags().Lookup(name) != nil {
				_ = cmd.RegisterFlagCompletionFunc(name, completer) // it fails where there is one already
			}
		}
	}
}
