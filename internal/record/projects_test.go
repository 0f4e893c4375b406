// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// tiedSite lists SHOP and PAY. It ties the namespaces *-prod, and with them its environment, to SHOP, and another
// environment to PAY.
func tiedSite() *siteBuilder {
	return makeSite("acme").Projects("SHOP", "PAY").Rules(
		v1alpha1.EnvironmentRule{ID: "prod", Type: "production", Namespaces: []string{"*-prod"}, Projects: []string{"SHOP"}},
		v1alpha1.EnvironmentRule{ID: "pay", Type: "production", Namespaces: []string{"pay"}, Projects: []string{"PAY"}},
	)
}

func TestOnlyKeysOfTheProjectsThatANamespaceIsTiedToAreRead(t *testing.T) {
	for name, tt := range map[string]struct {
		rollout *rolloutBuilder
		want    string
	}{
		"a list":               {web(1, "A").Keys("PAY-1, SHOP-2"), "SHOP-2"},
		"a text in lower case": {own(bare(1, "A"), "feature/shop-3, feature/pay-4"), "SHOP-3"},
		"a tag":                {bare(1, "A").Images("shop/web:PAY-5-SHOP-6"), "SHOP-6"},
		"a version":            {bare(1, "A").TemplateLabel(v1alpha1.LabelVersion, "1.2-SHOP-7_PAY-8"), "SHOP-7"},
		"none that counts":     {web(1, "A").Keys("PAY-1"), ""},
		"an environment of its own is no way out": {
			web(1, "A").Keys("PAY-1, SHOP-2").TemplateAnnotation(v1alpha1.KeyEnvironment, "blue"), "SHOP-2",
		},
		"nor is a type of its own": {
			web(1, "A").Keys("PAY-1, SHOP-2").TemplateAnnotation(v1alpha1.KeyEnvironmentType, "staging"), "SHOP-2",
		},
		"nor another environment, which takes none of these": {
			web(1, "A").Keys("PAY-1, SHOP-2").TemplateAnnotation(v1alpha1.KeyEnvironment, "pay"), "",
		},
		"a namespace that is not tied": {web(1, "A").Keys("PAY-1, SHOP-2, OPS-3").Namespace("shop-dev"), "PAY-1 SHOP-2"},
		"a namespace that is not tied, in an environment that is": {
			web(1, "A").Keys("PAY-1, SHOP-2").Namespace("shop-dev").TemplateAnnotation(v1alpha1.KeyEnvironment, "pay"), "PAY-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := plan(t, tiedSite(), observe(tt.rollout))
			var keys string
			if len(got.Create) > 0 {
				keys = strings.Join(got.Create[0].Spec.IssueKeys, " ")
			}
			if keys != tt.want || got.Unkeyed != (tt.want == "") {
				t.Errorf("the record has the keys %q, and there is none: %v; want %q", keys, got.Unkeyed, tt.want)
			}
			for _, d := range got.Create {
				d.CreationTimestamp = d.Spec.LastUpdated
				home := Home{ClusterName: "eu-1", Namespace: observe(tt.rollout).Obj().Namespace, NamespaceCreated: created}
				if checked := tiedSite().Compiled(t).Check(d, home); checked.Reason != "" {
					t.Errorf("what is read here is withheld: %s", checked.Message)
				}
			}
		})
	}
}

// A person corrects a record within what counts for its namespace.
func TestACorrectionNamesNoOtherProject(t *testing.T) {
	record := makeRecord(web(1, "A").Keys("SHOP-1"))
	for list, want := range map[string]string{"PAY-2": "SHOP-1", "PAY-2, SHOP-3": "SHOP-3", "SHOP-4": "SHOP-4"} {
		t.Run(list, func(t *testing.T) {
			for name, observation := range map[string]*observationBuilder{
				"of a workload that lives": observe(web(1, "A").Keys("SHOP-1")), "of one that is gone": observeNothing(),
			} {
				old := record.EnvironmentID("prod").Obj()
				old.Annotations = map[string]string{v1alpha1.AnnotationIssueKeys: list}
				observation.observation.Records = []*v1alpha1.JiraDeployment{old}
				got := old.Spec.IssueKeys
				for _, d := range plan(t, tiedSite(), observation).Update {
					got = d.Spec.IssueKeys
				}
				if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
					t.Errorf("keys %s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// A site that lists fewer projects than before changes nothing of what is finished. A rollback carries what still counts.
func TestARollbackCarriesTheKeysThatStillCount(t *testing.T) {
	first := makeRecord(web(1, "A").Keys("SHOP-1, PAY-1")).Obj()
	second := makeRecord(web(2, "B").Keys("SHOP-2")).Obj()
	for name, tt := range map[string]struct {
		projects []string
		want     string
	}{
		"a site that lists none": {nil, "SHOP-1 PAY-1"},
		"both projects":          {[]string{"SHOP", "PAY"}, "SHOP-1 PAY-1"},
		"one of them":            {[]string{"SHOP"}, "SHOP-1"},
		"neither":                {[]string{"OPS"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			observation := observe(bare(3, "A"))
			observation.observation.Records = []*v1alpha1.JiraDeployment{first, second}
			got := plan(t, makeSite("acme").Projects(tt.projects...), observation)
			var keys string
			if len(got.Create) > 0 {
				keys = strings.Join(got.Create[0].Spec.IssueKeys, " ")
			}
			if keys != tt.want {
				t.Errorf("the rollback has the keys %q, want %q", keys, tt.want)
			}
			for _, d := range got.Update {
				if d.Name == first.Name && strings.Join(d.Spec.IssueKeys, " ") != "SHOP-1 PAY-1" {
					t.Errorf("the finished record has the keys %v now", d.Spec.IssueKeys)
				}
			}
		})
	}
}
