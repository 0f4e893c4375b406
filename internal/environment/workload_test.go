// SPDX-License-Identifier: Apache-2.0

package environment

import "testing"

func TestTheWorkloadGivesItsEnvironment(t *testing.T) {
	prod, shop := Namespace{Name: "shop-prod"}, Namespace{Name: "shop"}
	testResolve(t, map[string]resolveTest{
		"a type: an environment of its own, beside the namespace's": {
			namespace: shop, workload: Workload{Labels: said("", "staging")},
			want:      Environment{Own: "staging", Name: "shop staging", Type: Staging, PerWorkload: true},
			wantTrace: `the workload's label example.com/type is "staging"`,
		},
		"a type goes before a rule": {
			namespace: prod, workload: Workload{Annotations: said("", "staging")},
			want:      Environment{Own: "staging", Name: "shop-prod staging", Type: Staging, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/type is "staging"`,
		},
		"the type that its rule gives anyway: the rule's environment": {
			namespace: prod, workload: Workload{Labels: said("", "production")},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
			wantTrace: `the workload's label example.com/type is "production"`,
		},
		"the type that its namespace has anyway: the namespace's environment": {
			namespace: Namespace{Name: "shop-dev"}, workload: Workload{TemplateLabels: said("", "development")},
			want:      Environment{Name: "shop-dev", Type: Development},
			wantTrace: `the pod template's label example.com/type is "development"`,
		},
		"a type that is none: unmapped, and no other's environment": {
			namespace: prod, workload: Workload{Labels: said("", "prod")},
			want:      Environment{Own: "unmapped", Name: "shop-prod unmapped", Type: Unmapped, PerWorkload: true},
			wantTrace: `the workload's label example.com/type is "prod", which is none of unmapped, development, testing, staging and production`,
		},
		"a type that is none in a namespace that is unmapped anyway": {
			namespace: shop, workload: Workload{TemplateAnnotations: map[string]string{keys.Type: ""}},
			want:      Environment{Name: "shop", Type: Unmapped},
			wantTrace: `the pod template's annotation example.com/type is "", which is none of unmapped, development, testing, staging and production`,
		},
		"the pod template goes first, and a label before an annotation": {
			namespace: shop, workload: Workload{
				TemplateLabels: said("", "testing"), TemplateAnnotations: said("", "staging"),
				Labels: said("", "production"), Annotations: said("", "development"),
			},
			want:      Environment{Own: "testing", Name: "shop testing", Type: Testing, PerWorkload: true},
			wantTrace: `the pod template's label example.com/type is "testing"`,
		},
		"the id of a rule: that rule's environment, whatever else the rule selects": {
			namespace: shop, workload: Workload{Annotations: said("prod-eu", "")},
			want:      Environment{ID: "prod-eu", Name: "Production EU", Type: Production, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/environment is "prod-eu"`,
		},
		"the id of a rule, and its type": {
			namespace: shop, workload: Workload{Annotations: said("prod-eu", "production")},
			want:      Environment{ID: "prod-eu", Name: "Production EU", Type: Production, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/environment is "prod-eu"`,
		},
		"the id of a rule, and another type: to Jira an id has one type": {
			namespace: shop, workload: Workload{Annotations: said("prod-eu", "staging")},
			want:      Environment{Own: "prod-eu", Name: "prod-eu", Type: Staging, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/type is "staging"`,
		},
		"a name and a type": {
			namespace: prod, workload: Workload{Annotations: said("Blue ", "production")},
			want:      Environment{Own: "Blue", Name: "Blue", Type: Production, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/type is "production"`,
		},
		"a name and what is no type": {
			namespace: prod, workload: Workload{Annotations: said("blue", "live")},
			want:      Environment{Own: "blue", Name: "blue", Type: Unmapped, PerWorkload: true},
			wantTrace: `the workload's annotation example.com/type is "live", which is none of unmapped, development, testing, staging and production`,
		},
		"a name that has a word for a type": {
			namespace: prod, workload: Workload{Labels: said("qa-2", "")},
			want:      Environment{Own: "qa-2", Name: "qa-2", Type: Testing, PerWorkload: true},
			wantTrace: `the workload's label example.com/environment is "qa-2", and has the word "qa"`,
		},
		"a name that has none: the namespace's type is not its": {
			namespace: prod, workload: Workload{Labels: said("blue", "")},
			want:      Environment{Own: "blue", Name: "blue", Type: Unmapped, PerWorkload: true},
			wantTrace: `the workload's label example.com/environment is "blue", and has no word that tells a type`,
		},
		"an empty name is none": {
			namespace: prod, workload: Workload{Annotations: map[string]string{keys.Name: " "}},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
			wantTrace: `spec.environments[2] (id prod) matches`,
		},
	})
}
