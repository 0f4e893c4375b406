// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/environment"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// A policy may pin a label by which a site leaves namespaces out. Whoever may not remove it must not push it out of what is
// read, and another namespace is sent as ever.
func TestANamespaceWithTooManyLabelsIsSelectedByNobody(t *testing.T) {
	public := func(s *v1alpha1.JiraSiteSpec) {
		s.NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "private", Operator: metav1.LabelSelectorOpDoesNotExist}}}
	}
	crowded := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "crowded", Labels: map[string]string{"private": "true"}}}
	for i := range 1000 {
		crowded.Labels[fmt.Sprintf("a.io/%d", i)] = "x"
	}
	if _, err := rollout.Trim(crowded); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		namespace environment.Namespace
		want      string
	}{
		"the crowded one": {environment.Namespace{Name: crowded.Name, Labels: crowded.Labels, Annotations: crowded.Annotations}, v1alpha1.ReasonNotSelected},
		"another one":     {namespace("shop"), ""},
		"a private one":   {namespace("shop", "private", "true"), v1alpha1.ReasonNotSelected},
	} {
		checked := byHand().Site(public).In(tt.namespace).Check()
		if checked.Reason != tt.want || tt.namespace.Name == crowded.Name && !strings.Contains(checked.Message, "too many labels: 1001") {
			t.Errorf("%s: the checked is %q: %s, want %q", name, checked.Reason, checked.Message, tt.want)
		}
	}
}
