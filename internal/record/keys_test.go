// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// numbered returns so many issue keys, as a person lists them.
func numbered(project string, n int) string {
	return joined(n, func(i int) string { return fmt.Sprintf("%s-%d", project, i) })
}

func joined(n int, text func(i int) string) string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = text(i + 1)
	}
	return strings.Join(texts, ", ")
}

func TestIssueKeys(t *testing.T) {
	tests := map[string]struct {
		site    *siteBuilder
		rollout *rolloutBuilder
		want    []string
	}{
		"nothing names an issue": {
			rollout: makeRollout("web").Images("shop/web:1.2").TemplateLabel(v1alpha1.LabelVersion, "1.2"),
		},
		"all sources, in their order": {
			site: makeSite("acme").KeyAnnotations("acme.io/ticket").KeyLabels("acme.io/release"),
			rollout: makeRollout("web").
				Images("shop/web:IMG-1-abc", "shop/proxy:IMG-2").
				TemplateLabel("acme.io/release", "LABEL-3").
				TemplateLabel(v1alpha1.LabelVersion, "LABEL-2-fix").
				TemplateLabel(v1alpha1.LabelCommit, "LABEL-1-fix-login").
				TemplateAnnotation("acme.io/ticket", "TEXT-4").
				TemplateAnnotation(v1alpha1.AnnotationChangeCause, "helm upgrade for TEXT-3").
				TemplateAnnotation(v1alpha1.AnnotationBranch, "feature/TEXT-2-login").
				TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "TEXT-1: mend the login"),
			want: []string{"TEXT-1", "TEXT-2", "TEXT-3", "TEXT-4", "LABEL-1", "LABEL-2", "LABEL-3", "IMG-1"},
		},
		"each once, where it comes first": {
			rollout: makeRollout("web").Images("shop/web:SHOP-1").
				TemplateLabel(v1alpha1.LabelCommit, "SHOP-2").
				TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-3, SHOP-2 and SHOP-1"),
			want: []string{"SHOP-3", "SHOP-2", "SHOP-1"},
		},
		"the workload's texts, in their order, where the pod template names none": {
			site: makeSite("acme").KeyAnnotations("acme.io/ticket").KeyLabels("acme.io/release"),
			rollout: makeRollout("web").
				Label("acme.io/release", "LABEL-2").
				Label(v1alpha1.LabelVersion, "LABEL-1").
				Annotation("acme.io/ticket", "TEXT-3").
				Annotation(v1alpha1.AnnotationChangeCause, "TEXT-2").
				Annotation(v1alpha1.AnnotationBranch, "TEXT-1"),
			want: []string{"TEXT-1", "TEXT-2", "TEXT-3", "LABEL-1", "LABEL-2"},
		},
		"an explicit list wins, and nothing else is read": {
			rollout: makeRollout("web").Keys("SHOP-9 SHOP-8").Images("shop/web:SHOP-1").
				TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2"),
			want: []string{"SHOP-9", "SHOP-8"},
		},
		"an explicit list on the workload wins too": {
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationIssueKeys, "SHOP-9").
				TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2"),
			want: []string{"SHOP-9"},
		},
		"an explicit list on the pod template hides the workload's": {
			rollout: makeRollout("web").Keys("SHOP-9").Annotation(v1alpha1.AnnotationIssueKeys, "SHOP-8"),
			want:    []string{"SHOP-9"},
		},
		"an explicit list that is empty names nothing": {
			rollout: makeRollout("web").Keys("").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "SHOP-2"),
		},
		"what only looks like a key counts where a person listed it": {
			rollout: makeRollout("web").Keys("UTF-8, SHA-256"),
			want:    []string{"UTF-8", "SHA-256"},
		},
		"what only looks like a key does not count elsewhere": {
			rollout: makeRollout("web").TemplateAnnotation(v1alpha1.AnnotationCommitMessage, "UTF-8 for SHOP-1"),
			want:    []string{"SHOP-1"},
		},
		"a site with projects reads those alone, in lower case too": {
			site:    makeSite("acme").Projects("SHOP"),
			rollout: makeRollout("web").TemplateAnnotation(v1alpha1.AnnotationBranch, "feature/shop-12-PAY-3"),
			want:    []string{"SHOP-12"},
		},
		"a site with projects holds an explicit list to them": {
			site:    makeSite("acme").Projects("SHOP"),
			rollout: makeRollout("web").Keys("PAY-1 SHOP-2"),
			want:    []string{"SHOP-2"},
		},
		"annotations and labels that no site asks for are not read": {
			rollout: makeRollout("web").TemplateAnnotation("acme.io/ticket", "SHOP-1").TemplateLabel("acme.io/release", "SHOP-2"),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			site := tt.site
			if site == nil {
				site = makeSite("acme")
			}
			got := site.Compiled(t).evidence(tt.rollout.Obj().Sources, "", shipped{}, nil)
			if diff := cmp.Diff(tt.want, got.keys); diff != "" {
				t.Errorf("issue keys (-want +got):\n%s", diff)
			}
		})
	}
}

func TestImageTag(t *testing.T) {
	const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for image, want := range map[string]string{
		"web":                                "",
		"web:1.2":                            "1.2",
		"shop/web:1.2":                       "1.2",
		"registry.acme.io/shop/web:1.2":      "1.2",
		"registry.acme.io:5000/shop/web":     "",
		"registry.acme.io:5000/shop/web:1.2": "1.2",
		"web" + digest:                       "",
		"registry.acme.io:5000/shop/web" + digest:                "",
		"registry.acme.io:5000/shop/web:SHOP-1-348ac8f" + digest: "SHOP-1-348ac8f",
		"": "",
	} {
		if got := imageTag(image); got != want {
			t.Errorf("imageTag(%q) = %q, want %q", image, got, want)
		}
	}
}

func TestServiceIDs(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"a list, as people write it": {"b:YXJp,  b:c3Vy\r\n\tSVC-1", []string{"b:YXJp", "b:c3Vy", "SVC-1"}},
		"each once":                  {"SVC-1, SVC-2, SVC-1", []string{"SVC-1", "SVC-2"}},
		"an empty text":              {" , ", nil},
		"one that is too long for Jira": {
			strings.Repeat("a", 256) + "," + strings.Repeat("b", 255), []string{strings.Repeat("b", 255)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sources := makeRollout("web").TemplateAnnotation(v1alpha1.AnnotationServiceIDs, tt.text).Obj().Sources
			if diff := cmp.Diff(tt.want, makeSite("acme").Compiled(t).serviceIDs(sources)); diff != "" {
				t.Errorf("service ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJiraTakesFiveHundredAssociations(t *testing.T) {
	services := func(n int) string {
		return joined(n, func(i int) string { return fmt.Sprintf("service-%d", i) })
	}
	type counts struct{ Keys, Services, Dropped int }
	tests := map[string]struct {
		keys, services string
		want           counts
	}{
		"few":                             {numbered("SHOP", 3), services(2), counts{3, 2, 0}},
		"exactly as many":                 {numbered("SHOP", 499), services(1), counts{499, 1, 0}},
		"too many keys":                   {numbered("SHOP", 600), "", counts{500, 0, 100}},
		"too many services":               {"", services(600), counts{0, 500, 100}},
		"services give way to keys":       {numbered("SHOP", 450), services(100), counts{450, 50, 50}},
		"services too long for a record":  {numbered("SHOP", 2), joined(300, func(i int) string { return fmt.Sprintf("%0255d", i) }), counts{2, 256, 44}},
		"too many keys leave no services": {numbered("SHOP", 600), services(7), counts{500, 0, 107}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := recordOf(t, makeSite("acme"), makeRollout("web").Keys(tt.keys).TemplateAnnotation(v1alpha1.AnnotationServiceIDs, tt.services)).Spec
			if diff := cmp.Diff(tt.want, counts{len(got.IssueKeys), len(got.ServiceIDs), int(got.DroppedAssociations)}); diff != "" {
				t.Errorf("associations (-want +got):\n%s", diff)
			}
			if n := len(got.IssueKeys); n > 0 && (got.IssueKeys[0] != "SHOP-1" || got.IssueKeys[n-1] != fmt.Sprintf("SHOP-%d", n)) {
				t.Errorf("issue keys go from %s to %s, want the first %d", got.IssueKeys[0], got.IssueKeys[n-1], n)
			}
		})
	}
}
