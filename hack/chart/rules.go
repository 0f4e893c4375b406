// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/rollcall-dev/rollcall/internal/controller/runs"
	"github.com/rollcall-dev/rollcall/internal/controller/workload"
)

const (
	roleFile  = "config/rbac/role.yaml"
	namespace = "rollcall-system"

	// buildsFile holds what the manager needs only where builds are reported, in a role of this name.
	buildsFile = "config/builds/role.yaml"
	buildsRole = "rollcall-builds"
)

// grant is what may be done to one resource.
type grant struct {
	group, resource string
	verbs           []string
	// ofBuilds says that it is needed only where builds are reported.
	ofBuilds bool
}

// Templates of rules, by where they are bound.
const (
	clusterRules    = "cluster"    // what has no namespace: in the whole cluster, always
	namespacedRules = "namespaced" // in the whole cluster, or in the namespaces that are watched
	eventRules      = "events"     // the same, and in the namespace default
	ownRules        = "own"        // in the release's namespace
)

// clusterScoped are the resources that have no namespace.
var clusterScoped = []string{"namespaces", "jirasites", "jirasites/status", "tokenreviews", "subjectaccessreviews"}

// conditions are what has to be in the values for a grant of a group to be needed; empty: nothing. The grants of all
// other groups are for kinds of workloads.
var conditions = map[string]string{
	"":              "",
	"events.k8s.io": "",
	"rollcall.dev":  "",
	// With these the manager asks the API server who reads its metrics, and whether they may.
	"authentication.k8s.io": metricsAreSecure,
	"authorization.k8s.io":  metricsAreSecure,
}

const metricsAreSecure = "and .Values.metrics.enabled .Values.metrics.secure"

// writeRules makes templates of the rules that controller-gen writes from the markers, a rule a resource, and puts
// those for workloads under the condition that their kind is watched.
func writeRules() error {
	content, err := os.ReadFile(roleFile)
	if err != nil {
		return err
	}
	ofBuilds, err := os.ReadFile(buildsFile)
	if err != nil {
		return err
	}
	templates, err := rulesTemplate(slices.Concat(content, []byte("\n"), ofBuilds))
	if err != nil {
		return fmt.Errorf("read %s and %s: %w", roleFile, buildsFile, err)
	}
	return write("charts/rollcall/templates/_rules.tpl", templates)
}

func rulesTemplate(roles []byte) (string, error) {
	rules, err := sortedGrants(roles)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{{/* "+generated+" */}}\n", roleFile)
	for _, name := range []string{clusterRules, namespacedRules, eventRules, ownRules} {
		fmt.Fprintf(&b, "\n{{- define \"rollcall.rules.%s\" }}\n", name)
		for _, g := range rules[name] {
			condition, err := g.condition()
			if err != nil {
				return "", err
			}
			b.WriteString(g.rule(condition))
		}
		b.WriteString("{{- end }}\n")
	}
	return b.String(), nil
}

// sortedGrants reads the roles, and tells where each grant belongs.
func sortedGrants(roles []byte) (map[string][]grant, error) {
	sorted := map[string][]grant{}
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(roles), 4096)
	for {
		var role rbacv1.Role // a ClusterRole has the same fields
		err := decoder.Decode(&role)
		if errors.Is(err, io.EOF) {
			return sorted, nil
		}
		if err != nil {
			return nil, err
		}
		if role.Kind == "Role" && role.Namespace != namespace {
			return nil, fmt.Errorf("role in namespace %q: only %s is the manager's own", role.Namespace, namespace)
		}
		for _, rule := range role.Rules {
			grants, err := split(rule)
			if err != nil {
				return nil, err
			}
			for _, g := range grants {
				g.ofBuilds = role.Name == buildsRole
				name := g.template(role.Kind)
				sorted[name] = append(sorted[name], g)
			}
		}
	}
}

func split(rule rbacv1.PolicyRule) ([]grant, error) {
	if len(rule.ResourceNames)+len(rule.NonResourceURLs) > 0 {
		return nil, fmt.Errorf("rule %v: resource names and URLs are not known here yet", rule)
	}
	var grants []grant
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			grants = append(grants, grant{group: group, resource: resource, verbs: rule.Verbs})
		}
	}
	return grants, nil
}

// template tells which template a grant belongs into.
func (g grant) template(kind string) string {
	switch {
	case kind == "Role":
		return ownRules
	case slices.Contains(clusterScoped, g.resource):
		return clusterRules
	case g.resource == "events":
		return eventRules
	default:
		return namespacedRules
	}
}

// condition is what has to be in the values for a grant to be needed; empty: nothing.
func (g grant) condition() (string, error) {
	if condition, known := conditions[g.group]; known && !g.ofBuilds {
		return condition, nil
	} else if known {
		return ".Values.builds", nil
	}
	var watched []string
	for _, kind := range workload.Kinds {
		if slices.Contains(kind.Reads(), g.resource) {
			watched = append(watched, fmt.Sprintf("(has %q .Values.workloads)", kind.Resource))
		}
	}
	for _, kind := range runs.Kinds {
		if kind.Kind.Group == g.group && kind.Resource == g.resource {
			watched = append(watched, fmt.Sprintf("(has %q .Values.builds)", kind.Resource))
		}
	}
	switch len(watched) {
	case 0:
		return "", fmt.Errorf("%s of %s: say in hack/chart/rules.go what they are for", g.resource, g.group)
	case 1:
		return strings.Trim(watched[0], "()"), nil
	default:
		return "or " + strings.Join(watched, " "), nil
	}
}

func (g grant) rule(condition string) string {
	rule := fmt.Sprintf("- apiGroups: [%s]\n  resources: [%s]\n  verbs: [%s]\n",
		cmp.Or(g.group, `""`), g.resource, strings.Join(g.verbs, ", "))
	if condition == "" {
		return rule
	}
	return fmt.Sprintf("{{- if %s }}\n%s{{- end }}\n", condition, rule)
}
