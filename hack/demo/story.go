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

// release is a version of the shop's web server, and the issues that it ships.
type release struct {
	version, issues string
	broken          bool
}

var (
	login   = release{version: "1.4.0", issues: "SHOP-12,SHOP-13"}
	payment = release{version: "1.5.0", issues: "SHOP-15", broken: true}
)

// play tells the story.
func play(ctx context.Context, w *world) error {
	for i, step := range []struct {
		title string
		do    func(context.Context, *world) error
	}{
		{"A team has three namespaces", createNamespaces},
		{"The platform engineer tells Rollcall where Jira is", createSite},
		{"Release 1.4.0 ships SHOP-12 and SHOP-13: to development ...", promote("shop-dev")},
		{"... to staging ...", promote("shop-staging")},
		{"... and to production", promote("shop-prod")},
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

func promote(namespace string) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		if err := roll(ctx, w, namespace, login); err != nil {
			return err
		}
		return awaitJira(ctx, w, namespace, login.version, "successful", 1)
	}
}

func breakProduction(ctx context.Context, w *world) error {
	if err := roll(ctx, w, "shop-prod", payment); err != nil {
		return err
	}
	return awaitJira(ctx, w, "shop-prod", payment.version, "failed", 1)
}

func rollBack(ctx context.Context, w *world) error {
	says("kubectl -n shop-prod rollout undo deployment/web")
	if err := undo(ctx, w.client, client.ObjectKey{Namespace: "shop-prod", Name: "web"}); err != nil {
		return err
	}
	if err := awaitJira(ctx, w, "shop-prod", login.version, "successful", 2); err != nil {
		return err
	}
	return awaitJira(ctx, w, "shop-prod", payment.version, "rolled_back", 1)
}

func roll(ctx context.Context, w *world, namespace string, r release) error {
	values := map[string]string{
		"NAMESPACE": namespace, "VERSION": r.version, "ISSUES": r.issues,
		"BROKEN": fmt.Sprint(r.broken), "DEADLINE": "600",
	}
	if r.broken {
		values["DEADLINE"] = "4"
	}
	return apply(ctx, w, "web.yaml", fmt.Sprintf("%s-web-%s.yaml", namespace, r.version), values)
}

// apply fills in a manifest, keeps it where a person can look at it, and applies it.
func apply(ctx context.Context, w *world, name, as string, values map[string]string) error {
	text, err := manifests.ReadFile("manifests/" + name)
	if err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	file := filepath.Join(output, "manifests", as)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	filled := os.Expand(string(text), func(key string) string { return values[key] })
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	says("kubectl apply --server-side -f " + file)
	return cluster.Apply(ctx, w.client, file)
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
