// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
)

func TestEnvironmentOfANamespace(t *testing.T) {
	long, eu := strings.Repeat("a", 250), in("region", "eu")
	rules := []v1alpha1.EnvironmentRule{
		{ID: "prod-eu", Name: "Production EU", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}, NamespaceSelector: &eu},
		{ID: "prod", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}},
		{ID: "live", Type: v1alpha1.EnvironmentTesting, Namespaces: []string{"shop-rehearsal"}},
		{ID: "prod-eu", Name: "Production EU", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"shop-*"}, NamespaceSelector: &eu},
	}
	tests := map[string]struct {
		namespace environment.Namespace
		cluster   string
		want      v1alpha1.Environment
	}{
		"the first rule that matches gives id, name and type": {
			namespace: namespace("shop-prod", "region", "eu"),
			want:      v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"a rule without a name shows its id": {
			namespace: namespace("shop-prod", "region", "us"),
			want:      v1alpha1.Environment{ID: "prod", Name: "prod", Type: "production"},
		},
		"a later rule gives the same environment by another glob": {
			namespace: namespace("shop-live", "region", "eu"),
			want:      v1alpha1.Environment{ID: "prod-eu", Name: "Production EU", Type: "production"},
		},
		"the order of the rules decides, not that of their ids": {
			namespace: namespace("shop-rehearsal", "region", "eu"),
			want:      v1alpha1.Environment{ID: "live", Name: "live", Type: "testing"},
		},
		"no rule: cluster and namespace are the id, the namespace's label tells the type": {
			namespace: namespace("shop", v1alpha1.KeyEnvironmentType, "staging"),
			want:      v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "staging"},
		},
		"no rule and no label: the words of the name tell": {
			namespace: namespace("shop-dev"),
			want:      v1alpha1.Environment{ID: "eu-1/shop-dev", Name: "shop-dev", Type: "development"},
		},
		"nothing tells: unmapped, never production": {
			namespace: namespace("shop"),
			want:      v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "unmapped"},
		},
		"an id that is too long is cut, and ends in a hash": {
			namespace: namespace("shop"), cluster: long + "/x",
			want: v1alpha1.Environment{ID: long[:244] + "-" + hash(long+"/x/shop"), Name: "shop", Type: "unmapped"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, _ := makeSite("acme").Rules(rules...).Compiled(t).environmentOf(tt.namespace, makeRollout("web").Obj(), firstOf(tt.cluster, "eu-1"), v1alpha1.Environment{})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

// Two Deployments of one namespace are in two environments, and what says nothing stays where it was.
func TestEnvironmentOfAWorkload(t *testing.T) {
	load := metav1.LabelSelector{MatchLabels: map[string]string{"purpose": "load"}}
	rules := []v1alpha1.EnvironmentRule{
		{ID: "load", Name: "Load test", Type: v1alpha1.EnvironmentTesting, WorkloadSelector: &load},
		{ID: "prod", Type: v1alpha1.EnvironmentProduction, Namespaces: []string{"*-prod"}},
	}
	tests := map[string]struct {
		namespace string
		workload  *rolloutBuilder
		want      v1alpha1.Environment
	}{
		"says nothing": {
			namespace: "shop", workload: makeRollout("web"),
			want: v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "unmapped"},
		},
		"gives its type by a label": {
			namespace: "shop", workload: makeRollout("web").Label(v1alpha1.KeyEnvironmentType, "staging"),
			want: v1alpha1.Environment{ID: "eu-1/shop/staging", Name: "shop staging", Type: "staging"},
		},
		"gives its type by an annotation of its pod template": {
			namespace: "shop", workload: makeRollout("web").TemplateAnnotation(v1alpha1.KeyEnvironmentType, "production"),
			want: v1alpha1.Environment{ID: "eu-1/shop/production", Name: "shop production", Type: "production"},
		},
		"gives the type that it has anyway": {
			namespace: "shop-prod", workload: makeRollout("web").Label(v1alpha1.KeyEnvironmentType, "production"),
			want: v1alpha1.Environment{ID: "prod", Name: "prod", Type: "production"},
		},
		"names the environment of a rule": {
			namespace: "shop", workload: makeRollout("web").Annotation(v1alpha1.KeyEnvironment, "prod"),
			want: v1alpha1.Environment{ID: "prod", Name: "prod", Type: "production"},
		},
		"names one of its own, and gives its type": {
			namespace: "shop-prod", workload: makeRollout("web").Annotation(v1alpha1.KeyEnvironment, "Blue").Label(v1alpha1.KeyEnvironmentType, "production"),
			want: v1alpha1.Environment{ID: "eu-1/shop-prod/Blue", Name: "Blue", Type: "production"},
		},
		"gives what is no type": {
			namespace: "shop-prod", workload: makeRollout("web").Label(v1alpha1.KeyEnvironmentType, "prod"),
			want: v1alpha1.Environment{ID: "eu-1/shop-prod/unmapped", Name: "shop-prod unmapped", Type: "unmapped"},
		},
		"is selected by a rule": {
			namespace: "shop-prod", workload: makeRollout("web").Label("purpose", "load"),
			want: v1alpha1.Environment{ID: "load", Name: "Load test", Type: "testing"},
		},
		"names one with a long name": {
			namespace: "shop", workload: makeRollout("web").Annotation(v1alpha1.KeyEnvironment, strings.Repeat("q", 300)+" qa"),
			want: v1alpha1.Environment{
				ID:   "eu-1/shop/" + strings.Repeat("q", 234) + "-" + hash("eu-1/shop/"+strings.Repeat("q", 300)+" qa"),
				Name: strings.Repeat("q", 255), Type: "testing",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, _ := makeSite("acme").Rules(rules...).Compiled(t).environmentOf(namespace(tt.namespace), tt.workload.Obj(), "eu-1", v1alpha1.Environment{})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

// A workload that moves alone leaves the environment to those that stay there.
func TestARecordStaysInItsEnvironmentWhereTheWorkloadMovesAlone(t *testing.T) {
	load := metav1.LabelSelector{MatchLabels: map[string]string{"purpose": "load"}}
	rules := []v1alpha1.EnvironmentRule{{ID: "load", Type: v1alpha1.EnvironmentTesting, WorkloadSelector: &load}}
	shop := v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "unmapped"}
	staging := v1alpha1.Environment{ID: "eu-1/shop/staging", Name: "shop staging", Type: "staging"}
	for name, tt := range map[string]struct {
		before, want v1alpha1.Environment
		namespace    environment.Namespace
		workload     *rolloutBuilder
	}{
		"the workload gives its type":        {shop, shop, namespace("shop"), makeRollout("web").Label(v1alpha1.KeyEnvironmentType, "staging")},
		"the workload names its environment": {shop, shop, namespace("shop"), makeRollout("web").Label(v1alpha1.KeyEnvironment, "blue")},
		"a rule selects the workload":        {shop, shop, namespace("shop"), makeRollout("web").Label("purpose", "load")},
		"the workload says nothing any more": {staging, staging, namespace("shop"), makeRollout("web")},
		"the workload gives another type":    {staging, staging, namespace("shop"), makeRollout("web").Label(v1alpha1.KeyEnvironmentType, "production")},
		"the namespace is labelled": {
			shop, v1alpha1.Environment{ID: "eu-1/shop", Name: "shop", Type: "production"},
			namespace("shop", v1alpha1.KeyEnvironmentType, "production"), makeRollout("web"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := makeSite("acme").Rules(rules...).Compiled(t).environmentOf(tt.namespace, tt.workload.Obj(), "eu-1", tt.before)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPlanSaysWhyAnEnvironmentHasNoType(t *testing.T) {
	wrong := func() *rolloutBuilder { return web(1, "A").Label(v1alpha1.KeyEnvironmentType, "prod") }
	for name, tt := range map[string]struct {
		observation *observationBuilder
		want        string
	}{
		"a new record": {
			observe(wrong()),
			`the workload's label rollcall.dev/environment-type is "prod", which is none of unmapped, development, testing, staging and production`,
		},
		"a record that had a type": {
			observe(web(1, "A")).Records(makeRecord(web(1, "A"))).NamespaceLabel(v1alpha1.KeyEnvironmentType, "prod"),
			`the namespace's label rollcall.dev/environment-type is "prod", which is none of unmapped, development, testing, staging and production`,
		},
		"a record that had none before":                     {observation: observe(wrong()).Records(makeRecord(wrong()))},
		"a record with a type":                              {observation: observe(web(1, "A"))},
		"a record whose type a workload alone would change": {observation: observe(wrong()).Records(makeRecord(web(1, "A")))},
	} {
		t.Run(name, func(t *testing.T) {
			got := plan(t, makeSite("acme"), tt.observation).Unmapped
			switch {
			case tt.want == "" && got != nil:
				t.Errorf("Plan().Unmapped = %s, want none", got.Trace)
			case tt.want != "" && (got == nil || got.Trace.String() != tt.want):
				t.Errorf("Plan().Unmapped = %+v, want %s", got, tt.want)
			}
		})
	}
}
