// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// Which texts are read, and which are passed over, for the record that is there and for one that is yet to be.
func TestTextsOfARelease(t *testing.T) {
	type want struct{ text, key string }
	type test struct {
		rollout *rolloutBuilder
		former  *recordBuilder
		want    []want
	}
	tests := map[string]test{
		"a message on the pod template": {
			bare(2, "B").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2").Annotation(v1alpha1.AnnotationBranch, "SHOP-3").Images("shop/web:SHOP-4", "proxy:SHOP-5"),
			makeRecord(web(1, "A").Successful(at(10))),
			[]want{
				{"Own pod template " + v1alpha1.AnnotationCommitMessage, "SHOP-2"}, {"Own image shop/web:SHOP-4", "SHOP-4"},
				{"PassedOver workload " + v1alpha1.AnnotationBranch, "SHOP-3"}, {"OtherContainer image proxy:SHOP-5", "SHOP-5"},
			},
		},
		"a list hides the rest": {
			bare(1, "B").TemplateAnnotation(v1alpha1.AnnotationIssueKeys, "SHOP-1").TemplateAnnotation(v1alpha1.AnnotationBranch, "SHOP-3"), nil,
			[]want{{"Listed pod template " + v1alpha1.AnnotationIssueKeys, "SHOP-1"}, {"PassedOver pod template " + v1alpha1.AnnotationBranch, "SHOP-3"}},
		},
		"what the release before had": {
			bare(2, "B").Annotation(v1alpha1.AnnotationBranch, "SHOP-3"), makeRecord(bare(1, "A").Annotation(v1alpha1.AnnotationBranch, "SHOP-3")),
			[]want{{"Unchanged workload " + v1alpha1.AnnotationBranch, "SHOP-3"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := observe(tt.rollout)
			if tt.former != nil {
				o.Records(tt.former)
			}
			var got []want
			for _, text := range makeSite("acme").Projects("SHOP").Compiled(t).Texts(o.Obj(), nil) {
				found := want{text: string(text.Rule) + " " + string(text.Place) + " " + text.Name}
				for _, f := range text.Findings {
					found.key += f.Key
				}
				got = append(got, found)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}
