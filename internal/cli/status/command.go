// SPDX-License-Identifier: Apache-2.0

// Package status is the command that waits until Jira has a workload's current release, for pipelines.
package status

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/snapshot"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// poll is how often the cluster is read while the command waits.
const poll = time.Second

// options are those of the command.
type options struct {
	env      *command.Env
	output   command.Output
	site     string
	operator string
	wait     bool
	timeout  time.Duration

	kind            workload.Kind
	namespace, name string
}

// Answer is what the command prints as JSON. The names of its fields do not change.
type Answer struct {
	Workload explain.Workload `json:"workload"`
	Revision int64            `json:"revision,omitempty"`
	// Code is the exit code, and Sites are how far each site is.
	Code  int       `json:"code"`
	Sites []Verdict `json:"sites"`
}

// New returns the command.
func New(env *command.Env) *cobra.Command {
	o := &options{env: env}
	cmd := &cobra.Command{
		Use:   "status TYPE/NAME",
		Short: "Say whether Jira has a workload's current release, and wait for it",
		Long: "Says how far Jira is with the release that a workload has now. With --wait it goes on until Jira has the end of it: call it behind kubectl apply.\n" +
			"It waits for the revision of what was applied, never for the one before.\n\n" +
			"Exit codes:\n" +
			"  0  Jira has the release as successful\n" +
			"  1  Jira has it as failed, cancelled or rolled back\n" +
			"  2  the command line is not understood\n" +
			"  3  Jira has not the end of it yet, or not within --timeout\n" +
			"  4  Jira is not told of it, and waiting does not change that\n" +
			"  5  the JiraSite is not Ready\n" +
			"  6  the cluster could not be read, or has no such workload\n",
		Example: "  kubectl apply -f web.yaml && kubectl rollcall status deploy/web --wait --timeout 5m",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	o.output.AddTo(cmd)
	cmd.Flags().BoolVar(&o.wait, "wait", false, "Wait until Jira has the end of the release.")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 5*time.Minute, "How long to wait.")
	cmd.Flags().StringVar(&o.site, "site", "", "The JiraSite to wait for; else all that report the workload.")
	command.AddOperatorNamespace(cmd, &o.operator)
	return cmd
}

func (o *options) run(ctx context.Context, args []string) error {
	var err error
	if o.kind, o.name, err = explain.ParseWorkload(args); err != nil {
		return command.Usage(err)
	}
	if o.namespace, err = o.env.Namespace(); err != nil {
		return command.Coded(exitUnknown, err)
	}
	c, err := o.env.Client()
	if err != nil {
		return command.Coded(exitUnknown, err)
	}
	read := o.read
	if o.wait {
		read = o.await
	}
	answer, err := read(ctx, c)
	if err != nil {
		return command.Coded(exitUnknown, err)
	}
	if err := o.print(answer); err != nil {
		return err
	}
	if answer.Code == 0 {
		return nil
	}
	return command.Coded(answer.Code, o.explain(answer))
}

// explain says what to do where Jira has not the release as successful.
func (o *options) explain(a Answer) error {
	what := "Jira has not the release as successful"
	if v := overall(a.Sites); o.wait && !v.Final {
		what = fmt.Sprintf("it took longer than %s", o.timeout)
	}
	return fmt.Errorf("%s: kubectl rollcall explain %s/%s -n %s", what, o.kind.Resource, o.name, o.namespace)
}

// await reads until the verdict is final, or the time is over. The error is the last one where nothing could be read.
func (o *options) await(ctx context.Context, c client.Reader) (answer Answer, unread error) {
	said := ""
	progress := func(text string) {
		if text != said {
			said = text
			fmt.Fprintf(o.env.ErrOut, "%s %s\n", o.env.Now().Format(time.TimeOnly), terminal.Printable(text))
		}
	}
	err := wait.PollUntilContextTimeout(ctx, poll, o.timeout, true, func(ctx context.Context) (bool, error) {
		next, err := o.read(ctx, c)
		switch {
		case err != nil && !passes(err):
			return false, err
		case err != nil:
			unread = err
			progress(err.Error())
			return false, nil
		}
		answer, unread = next, nil
		v := overall(answer.Sites)
		if !v.Final {
			progress(v.Text)
		}
		return v.Final, nil
	})
	switch {
	case !wait.Interrupted(err) || ctx.Err() != nil:
		return answer, err
	case len(answer.Sites) > 0:
		return answer, nil
	}
	return answer, unread
}

// passes says whether an error may be gone a moment later: the API server is busy or begins anew, or the connection broke.
func passes(err error) bool {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		code := status.Status().Code
		return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
	}
	var broken *url.Error
	return errors.As(err, &broken) || errors.Is(err, context.DeadlineExceeded)
}

// decides says whether a verdict rests on a resource. What may not be read is told; what could not be read for a moment is not:
// without its JiraSites a workload would be one that nobody reports.
func (o *options) decides(resource string) bool {
	return slices.Contains([]string{"namespaces", "jirasites", "jiradeployments", o.kind.Resource}, resource) || o.kind.History && resource == "controllerrevisions"
}

// read reads how far Jira is.
func (o *options) read(ctx context.Context, c client.Reader) (Answer, error) {
	read, err := snapshot.Read(ctx, c, snapshot.Options{Namespaces: []string{o.namespace}, Only: []string{
		"jirasites", "jiradeployments", "controllerrevisions", "deployments", "rollouts", "canaries", o.kind.Resource,
	}})
	if err != nil {
		return Answer{}, err
	}
	for _, gap := range read.Gaps() {
		if o.decides(gap.Resource) && passes(gap.Err) {
			return Answer{}, fmt.Errorf("read %s: %w", gap.Resource, gap.Err)
		}
	}
	explainer, err := explain.New(ctx, read, explain.Options{Namespace: o.operator, Now: o.env.Now})
	if err != nil {
		return Answer{}, err
	}
	e, err := explainer.Workload(ctx, o.kind, o.namespace, o.name)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Workload: e.Workload, Revision: e.Revision, Sites: judge(e, o.site)}
	answer.Code = overall(answer.Sites).Code
	return answer, nil
}

// print writes the answer.
func (o *options) print(a Answer) error {
	if printed, err := o.output.Print(o.env.Out, a); printed || err != nil {
		return err
	}
	for _, v := range a.Sites {
		site := ""
		if v.Site != "" {
			site = v.Site + ": "
		}
		if _, err := fmt.Fprintf(o.env.Out, "%s\n", terminal.Printable(site+v.Text)); err != nil {
			return err
		}
	}
	return nil
}
