// SPDX-License-Identifier: Apache-2.0

package site

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestTwoSitesReportTheSameWorkloadsWhereTheySelectAlike(t *testing.T) {
	team := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "shop"}}
	for name, tt := range map[string]struct {
		a, b v1alpha1.JiraSiteSpec
		want bool
	}{
		"without selectors":             {want: true},
		"with one namespace selector":   {v1alpha1.JiraSiteSpec{NamespaceSelector: team}, v1alpha1.JiraSiteSpec{NamespaceSelector: team.DeepCopy()}, true},
		"one of them for a team":        {v1alpha1.JiraSiteSpec{NamespaceSelector: team}, v1alpha1.JiraSiteSpec{}, false},
		"one of them for its workloads": {v1alpha1.JiraSiteSpec{WorkloadSelector: team}, v1alpha1.JiraSiteSpec{}, false},
		"both leave out the same":       {v1alpha1.JiraSiteSpec{ExcludeNamespaces: []string{"a", "b"}}, v1alpha1.JiraSiteSpec{ExcludeNamespaces: []string{"b", "a"}}, true},
		"one of them leaves out some":   {v1alpha1.JiraSiteSpec{ExcludeNamespaces: []string{"pr-*"}}, v1alpha1.JiraSiteSpec{}, false},
		"they lead to two Jiras":        {v1alpha1.JiraSiteSpec{Host: "a.example"}, v1alpha1.JiraSiteSpec{Host: "b.example"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sameWorkloads(&v1alpha1.JiraSite{Spec: tt.a}, &v1alpha1.JiraSite{Spec: tt.b}); got != tt.want {
				t.Errorf("sameWorkloads() = %v, want %v", got, tt.want)
			}
		})
	}
}
