// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var keys = Keys{Name: "example.com/environment", Type: "example.com/type"}

// said are labels or annotations that name an environment, or its type.
func said(name, t string) map[string]string {
	all := map[string]string{}
	if name != "" {
		all[keys.Name] = name
	}
	if t != "" {
		all[keys.Type] = t
	}
	return all
}

func isEU(labels map[string]string) bool   { return labels["region"] == "eu" }
func isLoad(labels map[string]string) bool { return labels["purpose"] == "load" }

var rules = []Rule{
	{ID: "load", Name: "Load test", Type: Testing, WorkloadSelector: isLoad},
	{ID: "prod-eu", Name: "Production EU", Type: Production, Globs: Globs{"shop-prod", "*-prod"}, Selector: isEU},
	{ID: "prod", Name: "Production", Type: Production, Globs: Globs{"*-prod"}},
	{ID: "eu", Name: "Europe", Type: Testing, Selector: isEU},
	{ID: "broken", Name: "Broken", Type: Production, Globs: Globs{"shop-[d"}},
	{ID: "lab", Name: "Lab", Type: Unmapped, Globs: Globs{"lab-?", "lab-[x-z][x-z]"}},
	{ID: "tools", Name: "Tools", Type: Development, Globs: Globs{"shared"}, WorkloadSelector: func(l map[string]string) bool { return l["app"] == "tool" }},
}

type resolveTest struct {
	namespace Namespace
	workload  Workload
	want      Environment // without its trace
	wantTrace string
}

func testResolve(t *testing.T, tests map[string]resolveTest) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Resolve(tt.namespace, tt.workload, rules, keys)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Environment{}, "Trace")); diff != "" {
				t.Errorf("Resolve (-want +got):\n%s", diff)
			}
			if got.Trace.String() != tt.wantTrace {
				t.Errorf("trace = %s\nwant    %s", got.Trace, tt.wantTrace)
			}
		})
	}
}

func TestTheNamespaceGivesTheEnvironment(t *testing.T) {
	testResolve(t, map[string]resolveTest{
		"the first rule whose glob and selector match": {
			namespace: Namespace{Name: "pay-prod", Labels: map[string]string{"region": "eu"}},
			want:      Environment{ID: "prod-eu", Name: "Production EU", Type: Production},
			wantTrace: `spec.environments[1] (id prod-eu) matches`,
		},
		"a rule whose selector does not match gives way to the next": {
			namespace: Namespace{Name: "shop-prod"},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
			wantTrace: `spec.environments[2] (id prod) matches`,
		},
		"a rule with a selector alone": {
			namespace: Namespace{Name: "shop", Labels: map[string]string{"region": "eu"}},
			want:      Environment{ID: "eu", Name: "Europe", Type: Testing},
			wantTrace: `spec.environments[3] (id eu) matches`,
		},
		"a rule that selects the workload": {
			namespace: Namespace{Name: "shop-prod"},
			workload:  Workload{Labels: map[string]string{"purpose": "load"}},
			want:      Environment{ID: "load", Name: "Load test", Type: Testing, PerWorkload: true},
			wantTrace: `spec.environments[0] (id load) matches`,
		},
		"a rule looks at the workload's labels, not at its pod template's": {
			namespace: Namespace{Name: "shop-prod"},
			workload:  Workload{TemplateLabels: map[string]string{"purpose": "load"}},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
			wantTrace: `spec.environments[2] (id prod) matches`,
		},
		"a rule that selects workloads of a namespace, and the workload": {
			namespace: Namespace{Name: "shared"},
			workload:  Workload{Labels: map[string]string{"app": "tool"}},
			want:      Environment{ID: "tools", Name: "Tools", Type: Development, PerWorkload: true},
			wantTrace: `spec.environments[6] (id tools) matches`,
		},
		"a rule that selects workloads of a namespace, and another workload of it": {
			namespace: Namespace{Name: "shared"},
			want:      Environment{Name: "shared", Type: Unmapped},
			wantTrace: `the namespace's name shared, and has no word that tells a type`,
		},
		"a rule comes before the label, the annotation and the name": {
			namespace: Namespace{Name: "test-prod", Labels: said("", "staging"), Annotations: said("", "development")},
			want:      Environment{ID: "prod", Name: "Production", Type: Production},
			wantTrace: `spec.environments[2] (id prod) matches`,
		},
		"a rule may say that the type is not known": {
			namespace: Namespace{Name: "lab-1", Labels: said("", "staging")},
			want:      Environment{ID: "lab", Name: "Lab", Type: Unmapped},
			wantTrace: `spec.environments[5] (id lab) matches`,
		},
		"any of a rule's globs": {
			namespace: Namespace{Name: "lab-xy"},
			want:      Environment{ID: "lab", Name: "Lab", Type: Unmapped},
			wantTrace: `spec.environments[5] (id lab) matches`,
		},
		"a glob matches the whole name": {
			namespace: Namespace{Name: "lab-xyz"},
			want:      Environment{Name: "lab-xyz", Type: Unmapped},
			wantTrace: `the namespace's name lab-xyz, and has no word that tells a type`,
		},
		"a glob that does not parse matches nothing": {
			namespace: Namespace{Name: "shop-d"},
			want:      Environment{Name: "shop-d", Type: Unmapped},
			wantTrace: `the namespace's name shop-d, and has no word that tells a type`,
		},
		"no rule, the label decides, before the annotation": {
			namespace: Namespace{Name: "shop-dev", Labels: said("", "staging"), Annotations: said("", "testing")},
			want:      Environment{Name: "shop-dev", Type: Staging},
			wantTrace: `the namespace's label example.com/type is "staging"`,
		},
		"no rule, the annotation decides": {
			namespace: Namespace{Name: "shop-dev", Annotations: said("", "staging")},
			want:      Environment{Name: "shop-dev", Type: Staging},
			wantTrace: `the namespace's annotation example.com/type is "staging"`,
		},
		"the label may say that the type is not known": {
			namespace: Namespace{Name: "shop-dev", Labels: said("", "unmapped")},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
			wantTrace: `the namespace's label example.com/type is "unmapped"`,
		},
		"a label that is no type is not guessed over, and hides the annotation": {
			namespace: Namespace{Name: "shop-dev", Labels: said("", "Produktion"), Annotations: said("", "production")},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
			wantTrace: `the namespace's label example.com/type is "Produktion", which is none of unmapped, development, testing, staging and production`,
		},
		"nor is one that is empty": {
			namespace: Namespace{Name: "shop-dev", Labels: map[string]string{keys.Type: ""}},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
			wantTrace: `the namespace's label example.com/type is "", which is none of unmapped, development, testing, staging and production`,
		},
		"nor is an annotation that is not in Jira's spelling": {
			namespace: Namespace{Name: "shop-dev", Annotations: said("", "Staging")},
			want:      Environment{Name: "shop-dev", Type: Unmapped},
			wantTrace: `the namespace's annotation example.com/type is "Staging", which is none of unmapped, development, testing, staging and production`,
		},
		"a namespace names no environment, only its type": {
			namespace: Namespace{Name: "shop-dev", Labels: said("prod", "")},
			want:      Environment{Name: "shop-dev", Type: Development},
			wantTrace: `the namespace's name shop-dev, and has the word "dev"`,
		},
		"words that contradict each other": {
			namespace: Namespace{Name: "shop-test-staging"},
			want:      Environment{Name: "shop-test-staging", Type: Unmapped},
			wantTrace: `the namespace's name shop-test-staging, and its words "test" and "staging" tell two types`,
		},
		"what it is not": {
			namespace: Namespace{Name: "non-production"},
			want:      Environment{Name: "non-production", Type: Unmapped},
			wantTrace: `the namespace's name non-production, and "non" says only what it is not`,
		},
	})
}
