// SPDX-License-Identifier: Apache-2.0

// Package site is the commands about JiraSites: create writes one with its Secret, wait waits until some are Ready.
package site

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rollcall-dev/rollcall/internal/cli/await"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// New returns the command.
func New(env *command.Env) *cobra.Command {
	cmd := &cobra.Command{Use: "site", Short: "Create a JiraSite, or wait for it", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return cmd.Help()
	}}
	cmd.AddCommand(newCreate(env), newWait(env))
	return cmd
}

func newWait(env *command.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wait [SITE...]",
		Short: "Wait until JiraSites, all where none is named, are Ready",
	}
	timeout := cmd.Flags().Duration("timeout", time.Minute, "How long to wait.")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		config, err := env.Config()
		if err != nil {
			return err
		}
		reader, err := await.NewReader(config)
		if err != nil {
			return err
		}
		if err := await.Sites(cmd.Context(), reader, env.Out, *timeout, names); err != nil {
			return fmt.Errorf("%w (what to do: kubectl rollcall check)", err)
		}
		return nil
	}
	return cmd
}
