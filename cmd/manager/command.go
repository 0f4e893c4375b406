// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/client/config"

	"github.com/rollcall-dev/rollcall/internal/cli/await"
	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/options"
)

// newCommand returns the command line: the manager itself, and what `helm test` runs.
func newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "manager",
		Short:             "Watch workloads, and report their rollouts to Jira",
		Args:              cobra.ArbitraryArgs, // the options say what is wrong with them
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	addKubeconfig(cmd.Flags())
	flags := options.Add(cmd.Flags(), options.Known{Workloads: resources(workload.Kinds), Builds: resources(runs.Kinds)})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o, err := flags.Options(args)
		if err != nil {
			return fmt.Errorf("read options: %w", err)
		}
		if o.Version {
			fmt.Fprintf(cmd.OutOrStdout(), "rollcall %s (commit %s, built %s)\n", version, commit, date)
			return nil
		}
		return run(cmd.Context(), o)
	}
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(newWaitSites())
	return cmd
}

// newWaitSites returns the command that `helm test` runs.
func newWaitSites() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wait-sites [SITE...]",
		Short: "Wait until the JiraSites, all where none is named, are Ready",
	}
	addKubeconfig(cmd.Flags())
	timeout := cmd.Flags().Duration("timeout", time.Minute, "How long to wait.")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		config, err := ctrlconfig.GetConfig()
		if err != nil {
			return fmt.Errorf("find kubeconfig: %w", err)
		}
		reader, err := await.NewReader(config)
		if err != nil {
			return err
		}
		return await.Sites(cmd.Context(), reader, cmd.OutOrStdout(), *timeout, names)
	}
	return cmd
}

// addKubeconfig adds controller-runtime's flag --kubeconfig.
func addKubeconfig(flags *pflag.FlagSet) {
	own := flag.NewFlagSet("", flag.ContinueOnError)
	ctrlconfig.RegisterFlags(own)
	flags.AddGoFlagSet(own)
}

// flagError says what is wrong with a flag. One with a single dash was taken before, as in -namespace=jira.
func flagError(_ *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedShortnames()) > 1 {
		return fmt.Errorf("parse flags: %w: write flags with two dashes", err)
	}
	return fmt.Errorf("parse flags: %w", err)
}
