// SPDX-License-Identifier: Apache-2.0

package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/rollcall-dev/rollcall/config"
)

// asked is how many questions about rights are asked at a time.
const asked = 10

// right is a verb on a resource, in a namespace where it has one.
type right = authorizationv1.ResourceAttributes

// needs says which values of --workloads need a resource. The others are needed always.
var needs = map[string][]string{
	"apps/controllerrevisions": {"statefulsets", "daemonsets"},
	"apps/daemonsets":          {"daemonsets"},
	"apps/deployments":         {"deployments", "rollouts"},
	"apps/statefulsets":        {"statefulsets"},
	"argoproj.io/rollouts":     {"rollouts"},
	"flagger.app/canaries":     {"deployments", "daemonsets"},
}

// ofBuilds says which value of --builds needs a resource.
var ofBuilds = map[string]string{
	"argoproj.io/workflows": "workflows", "batch/jobs": "jobs", "kpack.io/builds": "builds", "shipwright.io/buildruns": "buildruns", "tekton.dev/pipelineruns": "pipelineruns",
}

// clusterScoped are the resources that no namespace has.
var clusterScoped = []string{"namespaces", "tokenreviews", "subjectaccessreviews", "jirasites", "jirasites/status"}

// managerRights asks the API server whether the manager may do what it has to.
func (t *target) managerRights(ctx context.Context) []Finding {
	const check = "rights"
	rights, err := t.manager.rights(t.namespace)
	if err != nil {
		return []Finding{unread(check, err)}
	}
	user := fmt.Sprintf("system:serviceaccount:%s:%s", t.namespace, t.manager.account)
	groups := []string{"system:serviceaccounts", "system:serviceaccounts:" + t.namespace, "system:authenticated"}
	missing, err := missing(ctx, rights, func(ctx context.Context, r right) (bool, error) {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: user, Groups: groups, ResourceAttributes: &r}}
		err := t.Create(ctx, review)
		return review.Status.Allowed, err
	})
	if err != nil {
		return []Finding{unread(check, err)}
	}
	if len(missing) > 0 {
		return []Finding{failed(check, "apply the roles of the manager's version: the chart with rbac.create, or config/rbac", "the ServiceAccount %s may not %s", t.manager.account, someOf(missing))}
	}
	return []Finding{ok(check, "the ServiceAccount %s may do all that the manager needs", t.manager.account)}
}

// installerRights asks the API server whether the user may install Rollcall.
func (t *target) installerRights(ctx context.Context) []Finding {
	var findings []Finding
	for _, what := range []struct {
		check  string
		rights []right
	}{
		{"create CRDs", []right{{Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions", Verb: "create"}, {Group: "rollcall.dev", Resource: "jirasites", Verb: "create"}}},
		{"create roles", []right{
			{Group: rbacv1.GroupName, Resource: "clusterroles", Verb: "create"}, {Group: rbacv1.GroupName, Resource: "clusterrolebindings", Verb: "create"},
			{Group: rbacv1.GroupName, Resource: "roles", Verb: "create", Namespace: t.namespace}, {Group: rbacv1.GroupName, Resource: "rolebindings", Verb: "create", Namespace: t.namespace},
		}},
		{"create the policy", []right{
			{Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicies", Verb: "create"},
			{Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicybindings", Verb: "create"},
		}},
		{"create the namespace", []right{{Resource: "namespaces", Verb: "create"}}},
		{"create Secrets", []right{{Resource: "secrets", Verb: "create", Namespace: t.namespace}}},
		{"create the manager", []right{{Group: "apps", Resource: "deployments", Verb: "create", Namespace: t.namespace}, {Resource: "serviceaccounts", Verb: "create", Namespace: t.namespace}}},
	} {
		missing, err := missing(ctx, what.rights, func(ctx context.Context, r right) (bool, error) {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &r}}
			err := t.Create(ctx, review)
			return review.Status.Allowed, err
		})
		switch {
		case err != nil:
			findings = append(findings, unread(what.check, err))
		case len(missing) > 0:
			findings = append(findings, failed(what.check, "ask who administrates the cluster", "you may not %s", someOf(missing)))
		default:
			findings = append(findings, ok(what.check, "you may"))
		}
	}
	return findings
}

// missing are the rights that are not given, as sentences, in their order.
func missing(ctx context.Context, rights []right, allowed func(context.Context, right) (bool, error)) ([]string, error) {
	lacking := make([]string, len(rights))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asked)
	for i, r := range rights {
		group.Go(func() error {
			yes, err := allowed(ctx, r)
			if err == nil && !yes {
				lacking[i] = sentence(r)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(lacking, func(s string) bool { return s == "" }), nil
}

func sentence(r right) string {
	resource := strings.Trim(r.Resource+"."+r.Group, ".")
	if r.Subresource != "" {
		resource += "/" + r.Subresource
	}
	if r.Namespace != "" {
		resource += " in " + r.Namespace
	}
	return r.Verb + " " + resource
}

// rights are what the manager has to be allowed, by its flags.
func (m *manager) rights(namespace string) ([]right, error) {
	files := [][]byte{config.Role}
	if len(m.builds) > 0 {
		files = append(files, config.BuildsRole)
	}
	rights := []right{{Group: "coordination.k8s.io", Resource: "leases", Verb: "update", Name: lease, Namespace: namespace}}
	for _, file := range files {
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(file), len(file))
		for {
			var role rbacv1.Role // a ClusterRole has the same fields
			err := decoder.Decode(&role)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("read role: %w", err)
			}
			in := m.watch
			if role.Namespace != "" {
				in = []string{namespace}
			}
			for _, rule := range role.Rules {
				rights = append(rights, m.ofRule(rule, in)...)
			}
		}
	}
	return rights, nil
}

// ofRule are the rights of a rule in namespaces; in all where there is none.
func (m *manager) ofRule(rule rbacv1.PolicyRule, in []string) []right {
	var rights []right
	for _, group := range rule.APIGroups {
		for _, name := range rule.Resources {
			if !m.isNeeded(group, name) {
				continue
			}
			namespaces := in
			if len(in) == 0 || slices.Contains(clusterScoped, name) {
				namespaces = []string{""}
			}
			resource, below, _ := strings.Cut(name, "/")
			for _, verb := range rule.Verbs {
				for _, namespace := range namespaces {
					rights = append(rights, right{Group: group, Resource: resource, Subresource: below, Verb: verb, Namespace: namespace})
				}
			}
		}
	}
	return rights
}

func (m *manager) isNeeded(group, resource string) bool {
	name := group + "/" + resource
	if group == "authentication.k8s.io" || group == "authorization.k8s.io" {
		return m.metricsSecure && m.metricsAddress != "0"
	}
	if kind, is := ofBuilds[name]; is {
		return slices.Contains(m.builds, kind)
	}
	kinds, conditional := needs[name]
	return !conditional || len(m.workloads) == 0 || slices.ContainsFunc(kinds, func(kind string) bool { return slices.Contains(m.workloads, kind) })
}
