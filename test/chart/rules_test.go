// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// grants are what roles allow, as "scope verb resource.group", each once. The scope is "cluster" or a namespace.
func grants(t *testing.T, list ...*unstructured.Unstructured) []string {
	t.Helper()
	var found []string
	for _, o := range list {
		if o == nil {
			t.Fatal("a role is missing")
		}
		var role rbacv1.Role // a ClusterRole has the same fields
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &role); err != nil {
			t.Fatal(err)
		}
		scope := "cluster"
		if role.Namespace != "" {
			scope = role.Namespace
		}
		for _, rule := range role.Rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, verb := range rule.Verbs {
						found = append(found, fmt.Sprintf("%s %s %s.%s", scope, verb, resource, group))
					}
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestTheRulesAreThoseOfTheMarkers(t *testing.T) {
	t.Parallel()
	want := grants(t, parse(t, readFile(t, "config/rbac/role.yaml"))...)
	rendered := render(t, "")
	got := grants(t, rendered["ClusterRole/rollcall-manager"], rendered["Role/rollcall-manager"])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-config/rbac/role.yaml +chart):\n%s", diff)
	}
}

func TestTheRulesFollowTheWorkloads(t *testing.T) {
	t.Parallel()
	all := []string{"canaries.flagger.app", "controllerrevisions.apps", "daemonsets.apps", "deployments.apps", "rollouts.argoproj.io", "statefulsets.apps"}
	for workloads, want := range map[string][]string{
		"deployments":              {"canaries.flagger.app", "deployments.apps"},
		"statefulsets":             {"controllerrevisions.apps", "statefulsets.apps"},
		"daemonsets":               {"canaries.flagger.app", "controllerrevisions.apps", "daemonsets.apps"},
		"rollouts":                 {"deployments.apps", "rollouts.argoproj.io"}, // whose template may be a Deployment's
		"deployments,statefulsets": {"canaries.flagger.app", "controllerrevisions.apps", "deployments.apps", "statefulsets.apps"},
		"deployments,statefulsets,daemonsets,rollouts": all,
	} {
		t.Run(workloads, func(t *testing.T) {
			t.Parallel()
			got := grants(t, render(t, "workloads: ["+workloads+"]")["ClusterRole/rollcall-manager"])
			for _, resource := range all {
				for _, verb := range []string{"get", "list", "watch"} {
					granted := slices.Contains(got, "cluster "+verb+" "+resource)
					if wanted := slices.Contains(want, resource); granted != wanted {
						t.Errorf("%s %s: granted %t, want %t", verb, resource, granted, wanted)
					}
				}
			}
		})
	}
}

// Where no builds are reported nothing is granted for them; where some are, the kinds that are named, to be read, and their
// records.
func TestTheRulesFollowTheBuilds(t *testing.T) {
	t.Parallel()
	runs := map[string]string{
		"jobs": "jobs.batch", "pipelineruns": "pipelineruns.tekton.dev", "buildruns": "buildruns.shipwright.io",
		"workflows": "workflows.argoproj.io", "builds": "builds.kpack.io",
	}
	for builds, want := range map[string][]string{
		"": nil, "jobs": {"jobs"}, "workflows, builds": {"workflows", "builds"},
		"jobs, pipelineruns, buildruns, workflows, builds": {"jobs", "pipelineruns", "buildruns", "workflows", "builds"},
	} {
		t.Run(builds, func(t *testing.T) {
			t.Parallel()
			got := grants(t, render(t, "builds: ["+builds+"]")["ClusterRole/rollcall-manager"])
			for name, resource := range runs {
				for _, verb := range []string{"get", "list", "watch", "update", "patch", "delete"} {
					granted := slices.Contains(got, "cluster "+verb+" "+resource)
					reads := slices.Contains([]string{"get", "list", "watch"}, verb)
					if wanted := reads && slices.Contains(want, name); granted != wanted {
						t.Errorf("%s %s: granted %t, want %t", verb, resource, granted, wanted)
					}
				}
			}
			for _, verb := range []string{"create", "patch", "delete"} {
				if granted := slices.Contains(got, "cluster "+verb+" jirabuilds.rollcall.dev"); granted != (len(want) > 0) {
					t.Errorf("%s jirabuilds: granted %t", verb, granted)
				}
			}
		})
	}
}

// Who installs by kustomize gets the same with config/builds.
func TestTheRulesOfBuildsAreThoseOfTheMarkers(t *testing.T) {
	t.Parallel()
	want := grants(t, parse(t, readFile(t, "config/rbac/role.yaml")+"\n---\n"+readFile(t, "config/builds/role.yaml"))...)
	rendered := render(t, "builds: [jobs, pipelineruns, buildruns, workflows, builds]")
	got := grants(t, rendered["ClusterRole/rollcall-manager"], rendered["Role/rollcall-manager"])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-config +chart):\n%s", diff)
	}
}

// With watchNamespaces the same is granted in these namespaces, and nothing of it anywhere else.
func TestTheRulesStayInTheNamespacesThatAreWatched(t *testing.T) {
	t.Parallel()
	var want []string
	everywhere := []string{"namespaces.", "jirasites.rollcall.dev", "jirasites/status.rollcall.dev", "tokenreviews.authentication.k8s.io", "subjectaccessreviews.authorization.k8s.io"}
	for _, grant := range grants(t, parse(t, readFile(t, "config/rbac/role.yaml"))...) {
		scope, rest, _ := strings.Cut(grant, " ")
		_, resource, _ := strings.Cut(rest, " ")
		switch {
		case scope != "cluster", slices.Contains(everywhere, resource):
			want = append(want, grant)
		default:
			want = append(want, "shop "+rest, "pay "+rest)
		}
	}
	want = append(want, "default create events.events.k8s.io", "default patch events.events.k8s.io")
	slices.Sort(want)
	rendered := render(t, "watchNamespaces: [shop, pay]")
	got := grants(t,
		rendered["ClusterRole/rollcall-manager"], rendered["Role/rollcall-manager"], rendered["Role/default/rollcall-manager-events"],
		rendered["Role/shop/rollcall-manager-watch"], rendered["Role/pay/rollcall-manager-watch"])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if rendered := render(t, "watchNamespaces: [default]"); rendered["Role/default/rollcall-manager-events"] != nil {
		t.Error("a second role in a namespace that is watched anyway")
	}
}

// Nothing is granted to whom it is not meant for, and nothing is granted by a star.
func TestNoBindingIsTooWide(t *testing.T) {
	t.Parallel()
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for key, o := range render(t, values) {
				if subjects, ok := at(o.Object, "subjects").([]any); ok {
					if len(subjects) != 1 || at(subjects, "0.kind") != "ServiceAccount" || at(subjects, "0.namespace") != namespace {
						t.Errorf("%s binds %v", key, subjects)
					}
				}
				if rules := fmt.Sprint(at(o.Object, "rules")); strings.Contains(rules, "*") {
					t.Errorf("%s has a star: %s", key, rules)
				}
			}
		})
	}
}
