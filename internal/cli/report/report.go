// SPDX-License-Identifier: Apache-2.0

// Package report is the command that collects, for a bug, what Rollcall did: records, JiraSites, Events, the manager and its
// log. It reads no Secret, and takes out of the rest what may be secret.
//
//	API server, with the user's rights -> redact -> ZIP; what cannot be read -> not-read.txt
package report

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/issuekey"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

const long = `Writes a ZIP for a bug report: JiraSites, records, Events of workloads and records, and of the manager its Deployment,
pods, log and metrics.

No Secret is read. Values of variables of the environment, passwords in URLs and tokens are taken out. What your rights do not
show is named in not-read.txt. Look at it before you show it to others: it has the names and the issue keys of your cluster.`

const example = `  kubectl rollcall report
  kubectl rollcall report -n shop-prod --issue=SHOP-12`

// New returns the command.
func New(env *command.Env) *cobra.Command {
	var w wanted
	var file string
	cmd := &cobra.Command{
		Use: "report", Short: "Collect what Rollcall did into a ZIP, for a bug report", Long: long, Example: example,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if w.limit < 1 {
				return command.Usage(errors.New("--limit must be 1 or more"))
			}
			if w.issue != "" {
				var err error
				if w.issue, err = issuekey.Parse(w.issue); err != nil {
					return command.Usage(err)
				}
			}
			w.namespace = *env.Flags.Namespace
			if file == "" {
				file = "rollcall-report-" + env.Now().UTC().Format("20060102T150405Z") + ".zip"
			}
			return run(cmd.Context(), env, w, file)
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "The file to write; - for the standard output. Default: rollcall-report-TIME.zip.")
	cmd.Flags().StringVar(&w.issue, "issue", "", "Collect the records of this issue alone.")
	cmd.Flags().IntVar(&w.limit, "limit", 500, "How many records of a kind a namespace may have: the newest.")
	command.AddOperatorNamespace(cmd, &w.operator)
	return cmd
}

// wanted is what is collected.
type wanted struct {
	// namespace is the only one whose records are collected; empty: all.
	namespace string
	// operator is the namespace of the manager.
	operator string
	// issue is the only one whose records are collected; empty: all.
	issue string
	limit int
}

func run(ctx context.Context, env *command.Env, w wanted, file string) error {
	reader, err := env.Client()
	if err != nil {
		return err
	}
	config, err := env.Config()
	if err != nil {
		return err
	}
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	own, err := env.Namespace()
	if err != nil {
		return err
	}
	c := &collector{reader: reader, wanted: w, own: own, pods: pods{clientset}, server: clientset.Discovery().ServerVersion, version: env.Version}
	if file == "-" {
		return c.write(ctx, env, env.Out)
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the report: %w", err)
	}
	err = errors.Join(c.write(ctx, env, out), out.Close())
	if err != nil {
		return errors.Join(err, os.Remove(file)) // half a ZIP helps nobody
	}
	fmt.Fprintf(env.Out, "%s: %s\nLook at it before you show it to others.\n", file, c.told())
	return nil
}

// write writes the ZIP, and says what could not be read.
func (c *collector) write(ctx context.Context, env *command.Env, out io.Writer) error {
	c.archive = &archive{zip: zip.NewWriter(out), scheme: c.reader.Scheme(), now: env.Now().UTC()}
	if err := c.collect(ctx); err != nil {
		return err
	}
	if err := c.archive.close(); err != nil {
		return err
	}
	for _, gap := range c.archive.gaps {
		fmt.Fprintln(env.ErrOut, "Not read:", terminal.Printable(gap))
	}
	return nil
}

// told says what is in the report.
func (c *collector) told() string {
	return strings.Join([]string{
		fmt.Sprintf("%d JiraSites", c.sites), fmt.Sprintf("%d records of %d namespaces", c.records, c.namespaces), fmt.Sprintf("the logs of %d pods", c.logs),
	}, ", ")
}
