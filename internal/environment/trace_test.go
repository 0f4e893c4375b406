// SPDX-License-Identifier: Apache-2.0

package environment

import "testing"

func TestATraceSaysWhetherSomebodyMeantIt(t *testing.T) {
	for name, tt := range map[string]struct {
		namespace Namespace
		workload  Workload
		want      bool
	}{
		"a rule":                  {namespace: Namespace{Name: "lab-1"}, want: true},
		"a label":                 {namespace: Namespace{Name: "shop", Labels: said("", "unmapped")}, want: true},
		"a label that is no type": {namespace: Namespace{Name: "shop", Labels: said("", "none")}},
		"a name":                  {namespace: Namespace{Name: "shop"}},
		"a name that was guessed": {namespace: Namespace{Name: "shop-dev"}},
		"what is negated":         {namespace: Namespace{Name: "non-dev"}},
		"a workload's type":       {namespace: Namespace{Name: "shop"}, workload: Workload{Labels: said("", "unmapped")}, want: true},
		"a workload's name":       {namespace: Namespace{Name: "shop"}, workload: Workload{Labels: said("blue", "")}},
		"a workload's rule":       {namespace: Namespace{Name: "shop"}, workload: Workload{Labels: said("lab", "")}, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Resolve(tt.namespace, tt.workload, rules, keys).Trace; got.Meant() != tt.want {
				t.Errorf("Meant() of %q = %v, want %v", got, got.Meant(), tt.want)
			}
		})
	}
}

// A trace that nobody reads costs nothing: a rule and a label are found without an allocation.
func TestATraceCostsNothing(t *testing.T) {
	w := Workload{Labels: map[string]string{"app": "web"}}
	for _, ns := range []Namespace{{Name: "shop-prod"}, {Name: "shop", Labels: said("", "staging")}} {
		if n := testing.AllocsPerRun(100, func() { Resolve(ns, w, rules, keys) }); n > 0 {
			t.Errorf("Resolve of namespace %s allocates %v times, want 0", ns.Name, n)
		}
	}
}
