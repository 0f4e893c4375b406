// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira/jiratest"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

//go:embed manifests
var manifests embed.FS

// release is a version of the shop's web server, and the commit that it is built from.
type release struct {
	version, commit string
	broken          bool
}

var (
	before   = release{version: "1.3.0", commit: "SHOP-11: Show the price"}
	login    = release{version: "1.4.0", commit: "SHOP-12: Mend the login"}
	basket   = release{version: "1.4.1", commit: "SHOP-13: Keep the basket"}
	shipping = release{version: "1.4.2", commit: "Merge branch 'SHOP-14-shipping'"}
	payment  = release{version: "1.5.0", commit: "SHOP-15: Take another card", broken: true}
)

var namespaces = []string{"shop-dev", "shop-staging", "shop-prod"}

// play tells the story.
func play(ctx context.Context, w *world) error {
	for i, step := range []struct {
		title string
		do    func(context.Context, *world) error
	}{
		{"A team has three namespaces, and one in which it builds", createNamespaces},
		{"The platform engineer tells Rollcall where Jira is, and where images and commits are", createSite},
		{"Release 1.3.0 runs everywhere. Nobody writes an issue on it: its image names its commit", promote(before, namespaces...)},
		{"Three commits are built, and go to development one by one: SHOP-12 ...", promote(login, "shop-dev")},
		{"... SHOP-13 ...", promote(basket, "shop-dev")},
		{"... and a merge of the branch SHOP-14-shipping", promote(shipping, "shop-dev")},
		{"Staging and production get the third alone: it ships all three", promote(shipping, "shop-staging", "shop-prod")},
		{"Another setting of the same image ships none of them again", configure},
		{"Release 1.5.0 ships SHOP-15, and never becomes ready", breakProduction},
		{"It is rolled back", rollBack},
	} {
		fmt.Printf("\n%d. %s\n", i+1, step.title)
		ctx, cancel := context.WithTimeout(ctx, patience)
		err := step.do(ctx, w)
		cancel()
		if err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}

func createNamespaces(ctx context.Context, w *world) error {
	return apply(ctx, w, "namespaces.yaml", "namespaces.yaml", nil)
}

func createSite(ctx context.Context, w *world) error {
	values := map[string]string{
		"CLIENT_ID": clientID, "CLIENT_SECRET": w.secret,
		"API_URL": w.jira.URL(), "CLOUD_ID": w.jira.CloudID(),
		"REPOSITORIES": w.forge.RepositoriesURL(), "GIT_USER": w.forge.User, "GIT_PASSWORD": w.forge.Password,
		"REGISTRY": w.forge.RegistryURL(),
	}
	for _, file := range []string{"secret.yaml", "jirasite.yaml"} {
		if err := apply(ctx, w, file, file, values); err != nil {
			return err
		}
	}
	says("kubectl wait --for=condition=Ready jirasite/acme")
	return poll(ctx, "JiraSite acme is Ready", func() (bool, error) {
		var site v1alpha1.JiraSite
		err := w.client.Get(ctx, client.ObjectKey{Name: "acme"}, &site)
		return meta.IsStatusConditionTrue(site.Status.Conditions, v1alpha1.ConditionReady), err
	})
}

func promote(r release, to ...string) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		if err := build(ctx, w, r); err != nil {
			return err
		}
		for _, namespace := range to {
			if err := roll(ctx, w, namespace, r, "all"); err != nil {
				return err
			}
			if err := awaitJira(ctx, w, namespace, r.version, "successful", 1); err != nil {
				return err
			}
		}
		return nil
	}
}

// configure rolls out the same image with another setting. Its record says that nothing is new.
func configure(ctx context.Context, w *world) error {
	if err := roll(ctx, w, "shop-prod", shipping, "errors"); err != nil {
		return err
	}
	says("kubectl -n shop-prod get jiradeployments -o wide")
	return poll(ctx, "the record says that no commit is new", func() (bool, error) {
		var list v1alpha1.JiraDeploymentList
		err := w.client.List(ctx, &list, client.InNamespace("shop-prod"))
		for _, d := range list.Items {
			if told := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ConditionDelivered); d.Spec.Revision == 3 &&
				d.Spec.State == v1alpha1.StateSuccessful && d.Spec.Source.Resolved() && told != nil && told.Reason == v1alpha1.ReasonNoIssueKeys {
				fmt.Printf("   %s: %s (%s)\n", d.Name, d.Spec.Description, told.Reason)
				return true, nil
			}
		}
		return false, err
	})
}

func breakProduction(ctx context.Context, w *world) error {
	if err := build(ctx, w, payment); err != nil {
		return err
	}
	if err := roll(ctx, w, "shop-prod", payment, "errors"); err != nil {
		return err
	}
	return awaitJira(ctx, w, "shop-prod", payment.version, "failed", 1)
}

func rollBack(ctx context.Context, w *world) error {
	says("kubectl -n shop-prod rollout undo deployment/web --to-revision=2")
	if err := undo(ctx, w.client, client.ObjectKey{Namespace: "shop-prod", Name: "web"}, 2); err != nil {
		return err
	}
	if err := awaitJira(ctx, w, "shop-prod", shipping.version, "successful", 2); err != nil {
		return err
	}
	return awaitJira(ctx, w, "shop-prod", payment.version, "rolled_back", 1)
}

func roll(ctx context.Context, w *world, namespace string, r release, logs string) error {
	values := map[string]string{
		"NAMESPACE": namespace, "IMAGE": w.built[r.version], "LOGS": logs,
		"BROKEN": fmt.Sprint(r.broken), "DEADLINE": "600",
	}
	if r.broken {
		values["DEADLINE"] = "4"
	}
	return apply(ctx, w, "web.yaml", fmt.Sprintf("%s-web-%s-%s.yaml", namespace, r.version, logs), values)
}

// apply fills in a manifest, and applies it.
func apply(ctx context.Context, w *world, name, as string, values map[string]string) error {
	file, err := fill(name, as, values)
	if err != nil {
		return err
	}
	says("kubectl apply --server-side -f " + file)
	return cluster.Apply(ctx, w.client, file)
}

// fill fills in a manifest, and keeps it where a person can look at it.
func fill(name, as string, values map[string]string) (string, error) {
	text, err := manifests.ReadFile("manifests/" + name)
	if err != nil {
		return "", fmt.Errorf("read manifest: %w", err)
	}
	file := filepath.Join(output, "manifests", as)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	filled := os.Expand(string(text), func(key string) string { return values[key] })
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		return "", fmt.Errorf("write manifest: %w", err)
	}
	return file, nil
}

// says prints the command that a step stands for.
func says(command string) {
	fmt.Println("   $ " + command)
}

// awaitJira waits until Jira shows that many deployments of a version in a namespace in a state.
func awaitJira(ctx context.Context, w *world, namespace, version, state string, count int) error {
	matches := func(d jiratest.StoredDeployment) bool {
		return d.State == state && strings.Contains(d.Pipeline.ID, "/"+namespace+"/") && strings.HasSuffix(d.DisplayName, " "+version)
	}
	for {
		changed := w.jira.Changed()
		found := 0
		for _, d := range w.jira.Deployments() {
			if matches(d) {
				found++
			}
		}
		if found >= count {
			fmt.Printf("   Jira: web %s in %s is %s\n", version, namespace, state)
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for Jira to show web %s in %s as %s: %w", version, namespace, state, ctx.Err())
		}
	}
}

func poll(ctx context.Context, what string, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok && err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, context.Cause(ctx))
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
