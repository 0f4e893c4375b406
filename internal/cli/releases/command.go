// SPDX-License-Identifier: Apache-2.0

package releases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/issuekey"
	"github.com/rollcall-dev/rollcall/internal/snapshot"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// options are those of both commands.
type options struct {
	env    *command.Env
	scope  command.Scope
	output command.Output
	filter filter
	since  string
	watch  bool
	// view is how the entries are shown.
	view view
}

// NewList returns the command that lists releases.
func NewList(env *command.Env) *cobra.Command {
	o := &options{env: env, view: list}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List releases across namespaces, one line each, and Jira's answers",
		Long: "Lists the releases that have a record, the newest first. A record stays for some revisions (spec.retention of the JiraSite); Jira keeps what it was told.\n\n" +
			"-n and -A choose the namespaces, as for kubectl.",
		Example: "  kubectl rollcall list -A --env production --since 24h\n  kubectl rollcall list --issue SHOP-12 -o json\n  kubectl rollcall list -A --state failed --watch",
		Args:    command.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addTo(cmd)
	return cmd
}

// NewTimeline returns the command that lists releases and builds in the order of time.
func NewTimeline(env *command.Env) *cobra.Command {
	o := &options{env: env, view: timeline}
	cmd := &cobra.Command{
		Use:     "timeline",
		Short:   "Show releases and builds across namespaces in the order of time",
		Long:    "Shows releases and builds in the order of time, the newest last, as they stand: when that was, the state, what it is, where, its issues, and Jira's answer.",
		Example: "  kubectl rollcall timeline -A --since 2h\n  kubectl rollcall timeline -A --issue SHOP-12\n  kubectl rollcall timeline -A --watch",
		Args:    command.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.addTo(cmd)
	return cmd
}

func (o *options) addTo(cmd *cobra.Command) {
	o.scope.AddTo(cmd)
	o.output.AddTo(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.filter.issues, "issue", nil, "Only what ships one of these issues, comma-separated.")
	flags.StringVar(&o.filter.env, "env", "", "Only what went to this environment: its name, its id or its type.")
	flags.StringSliceVar(&o.filter.states, "state", nil, "Only what is in one of these states, comma-separated: pending, in_progress, successful, failed, cancelled, rolled_back.")
	flags.StringVar(&o.filter.site, "site", "", "Only what this JiraSite is told.")
	flags.StringVar(&o.since, "since", "", "Only what changed since then: 30m, 24h, 7d, or a time as 2026-07-01T10:00:00Z.")
	flags.BoolVarP(&o.watch, "watch", "w", false, "Go on, and show what changes.")
}

// complete reads what the flags say.
func (o *options) complete() error {
	for i, text := range o.filter.issues {
		key, err := issuekey.Parse(text)
		if err != nil {
			return command.Usage(err)
		}
		o.filter.issues[i] = key
	}
	for _, state := range o.filter.states {
		if !slices.Contains(states, state) {
			return command.Usage(fmt.Errorf("--state %s: there are %s", state, strings.Join(states, ", ")))
		}
	}
	var err error
	o.filter.since, err = parseSince(o.since, o.env.Now())
	if err != nil {
		return command.Usage(err)
	}
	if o.watch && !o.output.Table() {
		return command.Usage(errors.New("--watch shows lines: leave -o out"))
	}
	return nil
}

// states are those of deployments and of builds.
var states = []string{"pending", "in_progress", "successful", "failed", "cancelled", "rolled_back", "unknown"}

// parseSince reads a time, or how long ago it was.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("--since %s: write how long ago, such as 30m, 24h or 7d, or a time, such as 2026-07-01T10:00:00Z", text)
}

func (o *options) run(ctx context.Context) error {
	if err := o.complete(); err != nil {
		return err
	}
	namespace, err := o.scope.Namespace(o.env)
	if err != nil {
		return err
	}
	c, err := o.env.Client()
	if err != nil {
		return err
	}
	entries, err := o.read(ctx, c, namespace)
	if err != nil {
		return err
	}
	printed, err := o.output.Print(o.env.Out, entries)
	if printed || err != nil {
		return err
	}
	if len(entries) == 0 && !o.watch {
		fmt.Fprintln(o.env.ErrOut, o.none(namespace))
	} else if err := o.table(entries, true).Write(o.env.Out); err != nil {
		return err
	}
	if !o.watch {
		return nil
	}
	return o.follow(ctx, c, namespace, entries)
}

// none says that there is nothing, and where was looked.
func (o *options) none(namespace string) string {
	if namespace == "" {
		return "There is no such release in any namespace."
	}
	return fmt.Sprintf("There is no such release in namespace %s. -A looks in all namespaces.", namespace)
}

// read reads the entries that are wanted, in their order. What could not be read is an error where nothing was, else a warning.
func (o *options) read(ctx context.Context, c client.Reader, namespace string) ([]Entry, error) {
	var namespaces []string
	if namespace != "" {
		namespaces = []string{namespace}
	}
	snap, err := snapshot.Read(ctx, c, snapshot.Options{Namespaces: namespaces, Only: o.view.resources})
	if err != nil {
		return nil, err
	}
	for _, gap := range snap.Gaps() {
		if gap.Resource == o.view.resources[0] {
			return nil, fmt.Errorf("%s. Choose a namespace that you may read with -n", gap)
		}
		if slices.Contains(o.view.resources, gap.Resource) {
			fmt.Fprintln(o.env.ErrOut, "Warning:", terminal.Printable(gap.String()))
		}
	}
	entries := []Entry{}
	add := func(r v1alpha1.Record) {
		if e := entryOf(r); o.filter.matches(e) {
			entries = append(entries, e)
		}
	}
	for _, kind := range o.view.kinds() {
		records := kind.newList()
		if err := snap.List(ctx, records); err != nil {
			return nil, fmt.Errorf("list records: %w", err)
		}
		kind.each(records, add)
	}
	slices.SortFunc(entries, o.view.order)
	return entries, nil
}
