// SPDX-License-Identifier: Apache-2.0

// Package preview is the command that says, without a cluster, what Jira would be told of manifests.
package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/command"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
	"github.com/rollcall-dev/rollcall/internal/explain"
	"github.com/rollcall-dev/rollcall/internal/manifest"
	"github.com/rollcall-dev/rollcall/internal/record"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/internal/snapshot"

	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// assumedSite is the site where the manifests have none: it takes the keys of all projects, from all namespaces.
const assumedSite = "any"

// Options say what is previewed, and how.
type Options struct {
	// Files are the manifests, and Sites more of them, with JiraSites. "-" is the standard input.
	Files, Sites []string
	// Namespace is that of objects which name none.
	Namespace string
	// Cluster is the cluster's name in Jira.
	Cluster string
	// Ignored are the names on pod templates whose change is no release.
	Ignored rollout.Ignored
	Now     func() time.Time
}

// Preview is what Jira would be told.
type Preview struct {
	// AssumedSite says that there is no JiraSite, so that one was assumed.
	AssumedSite bool `json:"assumedSite,omitempty"`
	// Workloads are those of the manifests, in their order.
	Workloads []*explain.Explanation `json:"workloads"`
	// Others counts the objects of other kinds, and Repeated are those that come more than once: the last one counts.
	Others   map[string]int `json:"others,omitempty"`
	Repeated []string       `json:"repeated,omitempty"`
}

// New returns the command.
func New(env *command.Env) *cobra.Command {
	var output command.Output
	options := Options{Now: env.Now}
	var requireKey bool
	cmd := &cobra.Command{
		Use:   "preview -f FILE|FOLDER|-",
		Short: "Say without a cluster what Jira would be told of manifests",
		Long: "Reads manifests as helm template and kustomize build print them, and says of each workload what Jira would be told once it is\n" +
			"rolled out. It needs no cluster: JiraSites are read from the manifests and from --jirasite. Without any, a site is assumed\n" +
			"that takes the issue keys of all projects.",
		Example: "  kustomize build overlays/prod | kubectl rollcall preview -f - --jirasite jirasite.yaml\n" +
			"  kubectl rollcall preview -f manifests/ --require-key",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.NoArgs(cmd, args); err != nil {
				return command.Usage(errors.New("preview takes no arguments: name the manifests with -f"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Namespace = *env.Flags.Namespace; options.Namespace == "" {
				options.Namespace = metav1.NamespaceDefault
			}
			return run(cmd.Context(), env, output, options, requireKey)
		},
	}
	output.AddTo(cmd)
	flags := cmd.Flags()
	flags.StringArrayVarP(&options.Files, "filename", "f", nil, "A file or a folder of manifests, or - for the standard input. It may be given more than once.")
	flags.StringArrayVar(&options.Sites, "jirasite", nil, "A file with a JiraSite. It may be given more than once.")
	flags.BoolVar(&requireKey, "require-key", false, "Exit with 1 where a workload that a site reports has neither an issue key nor a service id.")
	flags.StringVar(&options.Cluster, "cluster-name", "cluster", "The cluster's name in Jira, as the manager's flag of this name gives it.")
	return cmd
}

func run(ctx context.Context, env *command.Env, output command.Output, options Options, requireKey bool) error {
	if len(options.Files) == 0 {
		return command.Usage(errors.New("nothing to preview: name manifests with -f FILE, -f FOLDER or -f -"))
	}
	found, err := Of(ctx, env.In, options)
	if err != nil {
		return tellAll(env.ErrOut, err)
	}
	printed, err := output.Print(env.Out, found)
	if err == nil && !printed {
		err = write(env.Out, command.PaintFor(env.Out), found)
	}
	if err != nil {
		return err
	}
	found.warn(env.ErrOut)
	if missing := found.Unkeyed(); requireKey && len(missing) > 0 {
		for _, e := range missing {
			fmt.Fprintf(env.ErrOut, "Error: %s has no issue key.\n", terminal.Printable(nameOf(e)))
		}
		fmt.Fprintf(env.ErrOut, "Write %s on the pod template, or its commit message in %s. An empty list of issue keys says that there is nothing to tell.\n",
			v1alpha1.AnnotationIssueKeys, v1alpha1.AnnotationCommitMessage)
		return command.No()
	}
	return nil
}

// tellAll tells several errors one a line, and leaves a single one to who called.
func tellAll(out io.Writer, err error) error {
	lines := strings.Split(err.Error(), "\n")
	if len(lines) == 1 {
		return err
	}
	for _, line := range lines {
		fmt.Fprintln(out, "Error: "+terminal.Printable(line))
	}
	return command.No()
}

// Of reads manifests, and says what Jira would be told of them.
func Of(ctx context.Context, in io.Reader, o Options) (*Preview, error) {
	read, err := manifest.Read(in, slices.Concat(o.Files, o.Sites), o.Namespace)
	if err != nil {
		return nil, err //nolint:wrapcheck // each of its errors names a file
	}
	found := &Preview{Workloads: []*explain.Explanation{}, Others: read.Others, Repeated: read.Repeated}
	objects, err := withSite(read.Objects, &found.AssumedSite)
	if err != nil {
		return nil, err
	}
	made, err := manifest.Complete(objects, o.Now())
	if err != nil {
		return nil, fmt.Errorf("complete manifests: %w", err)
	}
	of, err := snapshot.New(o.Ignored, slices.Concat(made, objects)...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the object
	}
	explainer, err := explain.New(ctx, of, explain.Options{Cluster: o.Cluster, Now: o.Now})
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it could not do
	}
	for _, object := range objects {
		kind, reported := kindOf(object)
		if !reported {
			continue
		}
		explanation, err := explainer.Workload(ctx, kind, object.GetNamespace(), object.GetName())
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the workload
		}
		if missing := withoutTemplate(kind, object); missing != "" && explanation.Revision == 0 {
			explanation.Problem = missing
		}
		found.Workloads = append(found.Workloads, explanation)
	}
	return found, nil
}

// withSite checks the JiraSites, and adds one where there is none. One with an error would select nothing.
func withSite(objects []client.Object, assumed *bool) ([]client.Object, error) {
	sites := 0
	for _, o := range objects {
		site, ok := o.(*v1alpha1.JiraSite)
		if !ok {
			continue
		}
		sites++
		if _, problems := record.Compile(site); len(problems) > 0 {
			return nil, fmt.Errorf("JiraSite %s: %s: %s", site.Name, problems[0].Reason, problems[0].Message)
		}
	}
	if sites > 0 {
		return objects, nil
	}
	*assumed = true
	return append(objects, &v1alpha1.JiraSite{ObjectMeta: metav1.ObjectMeta{Name: assumedSite}}), nil
}

// kindOf returns the kind of a workload; false for any other object.
func kindOf(o client.Object) (workload.Kind, bool) {
	of := o.GetObjectKind().GroupVersionKind().GroupKind()
	i := slices.IndexFunc(workload.Kinds, func(kind workload.Kind) bool { return kind.GroupKind == of })
	if i < 0 {
		return workload.Kind{}, false
	}
	return workload.Kinds[i], true
}

// withoutTemplate says of a workload that takes its template from a Deployment why nothing is known of it: the Deployment is not
// among the manifests. It says nothing of any other.
func withoutTemplate(kind workload.Kind, o client.Object) string {
	if kind.Refers == nil {
		return ""
	}
	name, refers := kind.Refers(o)
	if !refers {
		return ""
	}
	return "It takes its pod template from Deployment " + name + " (spec.workloadRef), which is not among the manifests."
}
