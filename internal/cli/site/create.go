// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/await"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
)

// creation is what the flags and the prompts say.
type creation struct {
	env     *command.Env
	objects objects
	// secretFile is where the client secret is read from; "-" is the standard input.
	secretFile string
	// dryRun is none, client or server; output the form in which client prints.
	dryRun, output string
	overwrite      bool
	timeout        time.Duration
	prompt         prompt
}

const long = `Writes a JiraSite and its Secret, and waits until the JiraSite is Ready.

What no flag says is asked for, where there is a terminal. The client secret is read from a file, or from the terminal without
an echo; never from an argument or a variable of the environment, which others may see. It is in no output.`

const example = `  kubectl rollcall site create acme
  kubectl rollcall site create acme --host=acme.atlassian.net --project=SHOP --project=PAY \
    --client-id=... --client-secret-file=secret.txt --environment='prod-eu:production:shop-prod,*-prod'`

func newCreate(env *command.Env) *cobra.Command {
	c := &creation{env: env}
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Write a JiraSite and its Secret, and wait until it is Ready", Long: long, Example: example,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usage(errors.New("name the JiraSite: kubectl rollcall site create acme"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.objects.name, c.prompt = args[0], promptFor(env.In, env.ErrOut)
			return c.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.objects.host, "host", "", "The host of the Jira site, such as acme.atlassian.net.")
	flags.StringSliceVar(&c.objects.projects, "project", nil, "A key of a project, such as SHOP; may be given more than once. Default: all that look like keys.")
	flags.StringArrayVar(&c.objects.environments, "environment", nil, "An environment, as ID:TYPE:NAMESPACES, such as 'prod-eu:production:shop-prod,*-prod'; may be given more than once.")
	flags.StringVar(&c.objects.clientID, "client-id", "", "The client id of the OAuth credential.")
	flags.StringVar(&c.secretFile, "client-secret-file", "", "A file that holds the client secret; - for the standard input.")
	flags.StringVar(&c.objects.secretName, "secret-name", "", "The name of the Secret. Default: NAME-jira.")
	flags.StringVar(&c.objects.existing, "existing-secret", "", "A Secret that is there already: none is written.")
	flags.StringVar(&c.objects.apiURL, "api-url", "", "Where the API is, if not at Atlassian's usual address. The Secret allows it then.")
	flags.StringVar(&c.dryRun, "dry-run", "none", "client: print what would be written, without the client secret. server: have the API server check it, and write nothing.")
	flags.StringVarP(&c.output, "output", "o", "yaml", "The form in which --dry-run=client prints: yaml or json.")
	flags.BoolVar(&c.overwrite, "overwrite", false, "Change a JiraSite and a Secret that are there already, without asking.")
	flags.DurationVar(&c.timeout, "timeout", time.Minute, "How long to wait until the JiraSite is Ready; 0 to not wait.")
	command.AddOperatorNamespace(cmd, &c.objects.namespace)
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"none", "client", "server"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (c *creation) run(ctx context.Context) error {
	if err := c.ask(ctx); err != nil {
		return err
	}
	if c.dryRun == "client" {
		return c.print()
	}
	secret, site, err := c.objects.make()
	if err != nil {
		return err
	}
	kube, err := c.env.Client()
	if err != nil {
		return err
	}
	w := &writer{Client: kube, out: c.env.Out, confirm: c.confirm}
	if err := w.check(ctx, secret, site); err != nil {
		return err
	}
	if c.dryRun == "server" {
		fmt.Fprintln(c.env.Out, "The API server would take both. Nothing was written.")
		return nil
	}
	if err := w.write(ctx, secret, site); err != nil {
		return err
	}
	return c.await(ctx, kube)
}

// await waits until the JiraSite is Ready. What was written stays, whatever comes.
func (c *creation) await(ctx context.Context, reader client.Reader) error {
	if c.timeout == 0 {
		return nil
	}
	name := c.objects.name
	err := await.Sites(ctx, reader, c.env.Out, c.timeout, []string{name})
	if err == nil {
		return nil
	}
	var site v1alpha1.JiraSite
	next := "kubectl rollcall check"
	if reader.Get(ctx, client.ObjectKey{Name: name}, &site) == nil && site.Status.ObservedGeneration == site.Generation {
		next = "mend what the message names, then: kubectl rollcall site wait " + name
	}
	return fmt.Errorf("the JiraSite %s was written and stays, and is not Ready after %s: %w (%s)", name, c.timeout, err, next)
}
