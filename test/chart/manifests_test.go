// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kubectl apply -k config/default, kubectl apply -f dist/install.yaml and helm install are three ways to the same.
func TestKustomizeInstallsWhatTheFileDoes(t *testing.T) {
	t.Parallel()
	built, err := command("", kustomizeBinary(t), "build", root+"/config/default")
	if err != nil {
		t.Fatal(err)
	}
	want, got := index(t, parse(t, built)), index(t, parse(t, readFile(t, "dist/install.yaml")))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-config/default +dist/install.yaml):\n%s", diff)
	}
}

func TestTheFileInstallsWhatTheChartDoes(t *testing.T) {
	t.Parallel()
	got := index(t, parse(t, readFile(t, "dist/install.yaml")))
	want := render(t, `image: {repository: registry.invalid/rollcall}`, "--no-hooks")
	delete(got, "Namespace/"+namespace) // Helm's --create-namespace
	for key, o := range want {
		forget(o.Object, "helm.sh/chart", "app.kubernetes.io/managed-by", "helm.sh/resource-policy")
		if slices.Contains([]string{"ClusterRole/rollcall-manager", "Role/rollcall-manager", "CustomResourceDefinition/jirasites.rollcall.dev",
			"CustomResourceDefinition/jiradeployments.rollcall.dev", "CustomResourceDefinition/jirabuilds.rollcall.dev"}, key) {
			o.SetLabels(nil) // controller-gen makes them, without labels
		}
		if strings.HasSuffix(key, "Role/rollcall-manager") && got[key] != nil {
			if diff := cmp.Diff(grants(t, o), grants(t, got[key])); diff != "" {
				t.Errorf("%s (-chart +dist/install.yaml):\n%s", key, diff)
			}
			o.Object["rules"] = got[key].Object["rules"]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-chart +dist/install.yaml):\n%s", diff)
	}
}

// forget deletes fields by their name, wherever they are.
func forget(node any, names ...string) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			forget(child, names...)
		}
	case map[string]any:
		for name, child := range node {
			if slices.Contains(names, name) {
				delete(node, name)
			} else {
				forget(child, names...)
			}
		}
	}
}

// What a person applies to get rid of an object, or to keep it, is known before anything is installed.
func TestTheNamespaceOfTheFileEnforcesRestrictedPods(t *testing.T) {
	t.Parallel()
	installed := index(t, parse(t, readFile(t, "dist/install.yaml")))
	if got := at(installed["Namespace/"+namespace].Object, "metadata.labels.[pod-security.kubernetes.io/enforce]"); got != "restricted" {
		t.Errorf("enforce = %v, want restricted", got)
	}
}
