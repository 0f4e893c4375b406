// SPDX-License-Identifier: Apache-2.0

// Package await waits for JiraSites. The manager's image has it for `helm test`, and the plug-in of kubectl.
package await

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/cli/terminal"
)

// pollInterval is how often it looks at the sites.
const pollInterval = time.Second

// NewReader returns what reads JiraSites.
func NewReader(config *rest.Config) (client.Reader, error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("make scheme: %w", err)
	}
	reader, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return reader, nil
}

// Sites reads sites until all are Ready, those with these names or all where there is none, and writes what they say
// whenever that changes. The error says which are not.
func Sites(ctx context.Context, reader client.Reader, out io.Writer, timeout time.Duration, names []string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var seen string
	var waiting []string
	err := wait.PollUntilContextCancel(ctx, pollInterval, true, func(ctx context.Context) (bool, error) {
		sites, err := getSites(ctx, reader, names)
		if apierrors.IsForbidden(err) || meta.IsNoMatchError(err) {
			return false, err // waiting does not help
		}
		var text string
		if err != nil {
			text, waiting = terminal.Printable(err.Error())+"\n", []string{"nobody knows"}
		} else {
			text, waiting = tellSites(sites)
		}
		if text != seen {
			fmt.Fprint(out, text)
			seen = text
		}
		return len(waiting) == 0, nil
	})
	if wait.Interrupted(err) {
		return fmt.Errorf("not Ready: %s", strings.Join(waiting, ", "))
	}
	return err
}

// getSites returns the sites with these names, or all that are not suspended. One that is not there has no UID.
func getSites(ctx context.Context, reader client.Reader, names []string) ([]v1alpha1.JiraSite, error) {
	if len(names) == 0 {
		var list v1alpha1.JiraSiteList
		if err := reader.List(ctx, &list); err != nil {
			return nil, fmt.Errorf("list JiraSites: %w", err)
		}
		return slices.DeleteFunc(list.Items, func(site v1alpha1.JiraSite) bool { return site.Spec.Suspend }), nil
	}
	sites := make([]v1alpha1.JiraSite, len(names))
	for i, name := range names {
		sites[i].Name = name
		if err := reader.Get(ctx, client.ObjectKey{Name: name}, &sites[i]); client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("get JiraSite: %w", err)
		} else if apierrors.IsNotFound(err) {
			sites[i].Name = name
		}
	}
	return sites, nil
}

// tellSites returns a line for each site, and the names of those that are not Ready, or what is missing.
func tellSites(sites []v1alpha1.JiraSite) (text string, waiting []string) {
	if len(sites) == 0 {
		return "There is no JiraSite that reports: create one.\n", []string{"there is no JiraSite"}
	}
	var b strings.Builder
	for i := range sites {
		site := &sites[i]
		ready := meta.FindStatusCondition(site.Status.Conditions, v1alpha1.ConditionReady)
		switch {
		case site.UID == "":
			fmt.Fprintf(&b, "%s: there is no such JiraSite\n", site.Name)
		case ready == nil || ready.ObservedGeneration != site.Generation:
			fmt.Fprintf(&b, "%s: no manager has checked it yet\n", site.Name)
		default:
			fmt.Fprintf(&b, "%s: %s: %s\n", site.Name, ready.Reason, terminal.Printable(ready.Message))
			if ready.Status == metav1.ConditionTrue {
				continue
			}
		}
		waiting = append(waiting, site.Name)
	}
	return b.String(), waiting
}
