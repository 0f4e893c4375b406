// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Completer completes an argument or a flag in a shell.
type Completer = cobra.CompletionFunc

const (
	// completionPatience is how long a shell waits for the names of a cluster.
	completionPatience = 3 * time.Second
	// completionLimit is how many objects of a kind are read for it.
	completionLimit = 2000
)

// completer completes with the words that a cluster has. Where it does not answer, or the user may not read, there are none:
// a shell has no place for errors.
func completer(env *Env, words func(context.Context, client.Reader, string) []string) Completer {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
		defer cancel()
		reader, err := env.Client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		namespace, err := env.Namespace()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if all, err := cmd.Flags().GetBool("all-namespaces"); err == nil && all {
			namespace = ""
		}
		var found []string
		for _, word := range words(ctx, reader, namespace) {
			if strings.HasPrefix(word, toComplete) && !slices.Contains(args, word) {
				found = append(found, word)
			}
		}
		slices.Sort(found)
		return slices.Compact(found), cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteIssues completes the keys of issues that records have, of all namespaces where the user may read them.
func CompleteIssues(env *Env) Completer {
	return completer(env, func(ctx context.Context, reader client.Reader, namespace string) []string {
		deployments, builds := records(ctx, reader, namespace)
		keys := map[string]bool{}
		for i := range deployments {
			for _, key := range deployments[i].Spec.IssueKeys {
				keys[key] = true
			}
		}
		for i := range builds {
			for _, key := range builds[i].Spec.IssueKeys {
				keys[key] = true
			}
		}
		return slices.Collect(maps.Keys(keys))
	})
}

// CompleteEnvironments completes the ids of environments that records have.
func CompleteEnvironments(env *Env) Completer {
	return completer(env, func(ctx context.Context, reader client.Reader, namespace string) []string {
		var ids []string
		deployments, _ := records(ctx, reader, namespace)
		for i := range deployments {
			ids = append(ids, deployments[i].Spec.Environment.ID)
		}
		return ids
	})
}

// records are those of all namespaces, or of the one where the user may read no others.
func records(ctx context.Context, reader client.Reader, namespace string) ([]v1alpha1.JiraDeployment, []v1alpha1.JiraBuild) {
	var deployments v1alpha1.JiraDeploymentList
	var builds v1alpha1.JiraBuildList
	for _, list := range []client.ObjectList{&deployments, &builds} {
		if reader.List(ctx, list, client.Limit(completionLimit)) != nil {
			_ = reader.List(ctx, list, client.Limit(completionLimit), client.InNamespace(namespace)) // else there are no words
		}
	}
	return deployments.Items, builds.Items
}

// CompleteSites completes the names of JiraSites.
func CompleteSites(env *Env) Completer {
	return completer(env, func(ctx context.Context, reader client.Reader, _ string) []string {
		return objects(ctx, reader, &v1alpha1.JiraSiteList{}, "", func(o client.Object) string { return o.GetName() })
	})
}

// CompleteNamespaces completes the names of namespaces.
func CompleteNamespaces(env *Env) Completer {
	return completer(env, func(ctx context.Context, reader client.Reader, _ string) []string {
		return objects(ctx, reader, &corev1.NamespaceList{}, "", func(o client.Object) string { return o.GetName() })
	})
}

// CompleteWorkloads completes workloads of the namespace, as deploy/web.
func CompleteWorkloads(env *Env) Completer {
	return completer(env, func(ctx context.Context, reader client.Reader, namespace string) []string {
		var found []string
		for _, kind := range []struct {
			prefix string
			list   client.ObjectList
		}{{"deploy", &appsv1.DeploymentList{}}, {"sts", &appsv1.StatefulSetList{}}, {"ds", &appsv1.DaemonSetList{}}} {
			found = append(found, objects(ctx, reader, kind.list, namespace, func(o client.Object) string { return fmt.Sprintf("%s/%s", kind.prefix, o.GetName()) })...)
		}
		return found
	})
}

// CompleteStates completes the states of deployments.
func CompleteStates() Completer {
	return cobra.FixedCompletions([]string{
		string(v1alpha1.StatePending), string(v1alpha1.StateInProgress), string(v1alpha1.StateSuccessful),
		string(v1alpha1.StateFailed), string(v1alpha1.StateCancelled), string(v1alpha1.StateRolledBack),
	}, cobra.ShellCompDirectiveNoFileComp)
}

// objects are the words of the objects of a list.
func objects(ctx context.Context, reader client.Reader, list client.ObjectList, namespace string, word func(client.Object) string) []string {
	if reader.List(ctx, list, client.InNamespace(namespace), client.Limit(completionLimit)) != nil {
		return nil
	}
	var words []string
	_ = eachObject(list, func(o client.Object) { words = append(words, word(o)) }) // a list of the API has items
	return words
}

func eachObject(list client.ObjectList, do func(client.Object)) error {
	return meta.EachListItem(list, func(o runtime.Object) error {
		if object, is := o.(client.Object); is {
			do(object)
		}
		return nil
	})
}
