// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/rollcall-dev/rollcall/api/v1alpha1"

const clusterName = "chaos"

// environment is a namespace, and what Jira is to show of it.
type environment struct {
	namespace string
	labels    map[string]string
	id, kind  string
}

// environments are those that workloads live in: one has a rule of the site, the others are known by their names
// or by a label, or not at all.
var environments = []environment{
	{namespace: "shop-prod", id: "production", kind: "production"},
	{namespace: "shop-staging", id: clusterName + "/shop-staging", kind: "staging"},
	{namespace: "shop-dev", id: clusterName + "/shop-dev", kind: "development"},
	{namespace: "billing-qa", id: clusterName + "/billing-qa", kind: "testing"},
	{
		namespace: "billing-eu", id: clusterName + "/billing-eu", kind: "production",
		labels: map[string]string{v1alpha1.KeyEnvironmentType: "production"},
	},
	{namespace: "tools", id: clusterName + "/tools", kind: "unmapped"},
}

// rules are those of the site.
var rules = []v1alpha1.EnvironmentRule{
	{ID: "production", Name: "Production", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}},
}

func environmentOf(namespace string) environment {
	for _, e := range environments {
		if e.namespace == namespace {
			return e
		}
	}
	return environment{}
}
