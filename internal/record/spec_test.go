// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestLinks(t *testing.T) {
	const (
		browse = "https://acme.atlassian.net/browse/SHOP-1"
		argo   = "https://argocd.acme.io/{{ .Namespace }}/{{ .Name }}"
		argoed = "https://argocd.acme.io/shop-prod/web"
	)
	tests := map[string]struct {
		site             *siteBuilder
		rollout          *rolloutBuilder
		wantURL          string
		wantPipelineURL  string
		wantPipelineName string
	}{
		"nothing says more: the first issue": {
			rollout: makeRollout("web").Keys("SHOP-1 SHOP-2"),
			wantURL: browse, wantPipelineURL: browse, wantPipelineName: "shop-prod/web",
		},
		"the workload has a link": {
			rollout: makeRollout("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationURL, "https://ci.acme.io/1"),
			wantURL: "https://ci.acme.io/1", wantPipelineURL: "https://ci.acme.io/1", wantPipelineName: "shop-prod/web",
		},
		"the pod template's link is the revision's": {
			rollout: makeRollout("web").Keys("SHOP-1").
				Annotation(v1alpha1.AnnotationURL, "https://ci.acme.io/1").
				TemplateAnnotation(v1alpha1.AnnotationURL, "https://ci.acme.io/2"),
			wantURL: "https://ci.acme.io/2", wantPipelineURL: "https://ci.acme.io/2", wantPipelineName: "shop-prod/web",
		},
		"the workload's link is none": {
			rollout: makeRollout("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationURL, "ci.acme.io/1"),
			wantURL: browse, wantPipelineURL: browse, wantPipelineName: "shop-prod/web",
		},
		"the workload's link goes before the site's template": {
			site:    makeSite("acme").URL(argo),
			rollout: makeRollout("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationURL, "https://ci.acme.io/1"),
			wantURL: "https://ci.acme.io/1", wantPipelineURL: "https://ci.acme.io/1", wantPipelineName: "shop-prod/web",
		},
		"a link of the workload that is none gives way to the template": {
			site:    makeSite("acme").URL(argo),
			rollout: makeRollout("web").Keys("SHOP-1").Annotation(v1alpha1.AnnotationURL, "javascript:alert(1)"),
			wantURL: argoed, wantPipelineURL: argoed, wantPipelineName: "shop-prod/web",
		},
		"the template goes before the tool that manages the workload": {
			site:    makeSite("acme").URL(argo).ArgoCD("https://cd.acme.io"),
			rollout: makeRollout("web").Keys("SHOP-1").Label("argocd.argoproj.io/instance", "shop"),
			wantURL: argoed, wantPipelineURL: argoed, wantPipelineName: "shop-prod/web",
		},
		"a template that fails on this workload gives way to the tool that manages it": {
			site:    makeSite("acme").URL("https://argocd.acme.io/{{ slice .Name 0 4 }}").ArgoCD("https://cd.acme.io"),
			rollout: makeRollout("web").Keys("SHOP-1").Label("argocd.argoproj.io/instance", "shop"),
			wantURL: "https://cd.acme.io/applications/shop", wantPipelineURL: "https://cd.acme.io/applications/shop", wantPipelineName: "shop-prod/web",
		},
		"a template that yields nothing for this workload gives way to the first issue": {
			site:    makeSite("acme").URL(`{{ if eq .Name "pay" }}https://argocd.acme.io{{ end }}`),
			rollout: makeRollout("web").Keys("SHOP-1"),
			wantURL: browse, wantPipelineURL: browse, wantPipelineName: "shop-prod/web",
		},
		"the pipeline has a link and a name of its own": {
			site:    makeSite("acme").URL(argo).Pipeline("{{ .Kind }} {{ .Name }}", "https://ci.acme.io/{{ .Name }}"),
			rollout: makeRollout("web").Keys("SHOP-1"),
			wantURL: argoed, wantPipelineURL: "https://ci.acme.io/web", wantPipelineName: "Deployment web",
		},
		"a name that comes out empty gives way": {
			site:    makeSite("acme").Pipeline("{{ if .Version }} {{ .Version }} {{ end }}", ""),
			rollout: makeRollout("web").Keys("SHOP-1"),
			wantURL: browse, wantPipelineURL: browse, wantPipelineName: "shop-prod/web",
		},
		"every field can be named": {
			site: makeSite("acme").Pipeline(
				"{{ .Cluster }} {{ .Namespace }} {{ .Kind }} {{ .Name }} {{ .Revision }} {{ .Version }} {{ .Environment }} {{ .EnvironmentType }} {{ .IssueKey }}", ""),
			rollout: makeRollout("web").Keys("SHOP-1").Revision(7).Images("shop/web:1.2"),
			wantURL: browse, wantPipelineURL: browse, wantPipelineName: "eu-1 shop-prod Deployment web 7 1.2 shop-prod production SHOP-1",
		},
		"no issue, a service alone": {
			rollout: makeRollout("web").Annotation(v1alpha1.AnnotationServiceIDs, "SVC-1"),
			wantURL: "https://acme.atlassian.net", wantPipelineURL: "https://acme.atlassian.net", wantPipelineName: "shop-prod/web",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := recordOf(t, tt.site, tt.rollout).Spec
			if spec.URL != tt.wantURL {
				t.Errorf("url = %q, want %q", spec.URL, tt.wantURL)
			}
			if spec.Pipeline.URL != tt.wantPipelineURL {
				t.Errorf("pipeline.url = %q, want %q", spec.Pipeline.URL, tt.wantPipelineURL)
			}
			if spec.Pipeline.Name != tt.wantPipelineName {
				t.Errorf("pipeline.name = %q, want %q", spec.Pipeline.Name, tt.wantPipelineName)
			}
		})
	}
}

func TestNamesThatJiraShows(t *testing.T) {
	type shown struct{ DisplayName, Label, Description string }
	tests := map[string]struct {
		rollout *rolloutBuilder
		want    shown
	}{
		"the version of the first image that has one": {
			rollout: makeRollout("web").Images("shop/web", "shop/proxy:3"),
			want:    shown{"web 3", "3", "Deployment shop-prod/web, revision 1: shop/web"},
		},
		"the version label goes before the image": {
			rollout: makeRollout("web").Images("shop/web:abc").TemplateLabel(v1alpha1.LabelVersion, "1.2"),
			want:    shown{"web 1.2", "1.2", "Deployment shop-prod/web, revision 1: shop/web:abc"},
		},
		"an empty version label is none": {
			rollout: makeRollout("web").Images("shop/web:1.2").TemplateLabel(v1alpha1.LabelVersion, ""),
			want:    shown{"web 1.2", "1.2", "Deployment shop-prod/web, revision 1: shop/web:1.2"},
		},
		"no version: the revision stands in": {
			rollout: makeRollout("web").Revision(7),
			want:    shown{"web #7", "", "Deployment shop-prod/web, revision 7"},
		},
		"a failure says why": {
			rollout: makeRollout("web").Images("shop/web:1.2").Failed(at(10)),
			want: shown{"web 1.2", "1.2",
				`Deployment shop-prod/web, revision 1: shop/web:1.2. ReplicaSet "web-5d9" has timed out progressing.`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := recordOf(t, nil, tt.rollout.Keys("SHOP-1")).Spec
			if diff := cmp.Diff(tt.want, shown{spec.DisplayName, spec.Label, spec.Description}); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTemplatesMakeNameAndText(t *testing.T) {
	type shown struct{ DisplayName, Description string }
	const every = "{{ .Cluster }} {{ .Namespace }} {{ .Kind }} {{ .Name }} {{ .Revision }} {{ .Version }} {{ .Environment }} {{ .EnvironmentType }} {{ .IssueKey }}"
	web := func() *rolloutBuilder { return makeRollout("web").Revision(7).Keys("SHOP-1").Images("shop/web:1.2") }
	tests := map[string]struct {
		site    *siteBuilder
		rollout *rolloutBuilder
		want    shown
	}{
		"every field can be named": {
			site: makeSite("acme").Texts(every, every), rollout: web(),
			want: shown{"eu-1 shop-prod Deployment web 7 1.2 shop-prod production SHOP-1", "eu-1 shop-prod Deployment web 7 1.2 shop-prod production SHOP-1"},
		},
		"what Kubernetes says of a failure comes after the text": {
			site: makeSite("acme").Texts("", "Shop {{ .Version }}"), rollout: web().Failed(at(10)),
			want: shown{"web 1.2", `Shop 1.2. ReplicaSet "web-5d9" has timed out progressing.`},
		},
		"what comes out empty gives way": {
			site: makeSite("acme").Texts(`{{ if eq .Name "pay" }}Pay{{ end }}`, " "), rollout: web(),
			want: shown{"web 1.2", "Deployment shop-prod/web, revision 7: shop/web:1.2"},
		},
		"what fails on this workload gives way": {
			site: makeSite("acme").Texts("{{ slice .Name 0 4 }}", "{{ slice .Name 0 4 }}"), rollout: web(),
			want: shown{"web 1.2", "Deployment shop-prod/web, revision 7: shop/web:1.2"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := recordOf(t, tt.site, tt.rollout).Spec
			if diff := cmp.Diff(tt.want, shown{spec.DisplayName, spec.Description}); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLongTextsAreCutToWhatJiraTakes(t *testing.T) {
	for name, letter := range map[string]string{"of bytes": "a", "of umlauts": "ü", "of emoji": "🚀"} {
		t.Run(name, func(t *testing.T) {
			long := strings.Repeat(letter, 300)
			site := makeSite("acme").Pipeline("{{ .Version }}{{ .Version }}", "").Texts("{{ .Version }}{{ .Version }}", "{{ .Version }}{{ .Version }}")
			spec := recordOf(t, site, makeRollout(long).Keys("SHOP-1").Namespace(long).Images("shop/web:"+long)).Spec
			for field, text := range map[string]string{
				"displayName": spec.DisplayName, "label": spec.Label, "description": spec.Description,
				"pipeline.id": spec.Pipeline.ID, "pipeline.name": spec.Pipeline.Name,
				"environment.id": spec.Environment.ID, "environment.name": spec.Environment.Name,
			} {
				// An emoji is two characters to Jira: 255 of them would have half a one at the end.
				if n := len(utf16.Encode([]rune(text))); n < 254 || n > 255 || !utf8.ValidString(text) {
					t.Errorf("%s has %d characters (valid: %v), want 254 or 255: %q", field, n, utf8.ValidString(text), text)
				}
			}
		})
	}
}

// recordOf returns the one record that a rollout gets at a site; where the site is nil, at one that asks for
// nothing special.
func recordOf(t *testing.T, site *siteBuilder, b *rolloutBuilder) *v1alpha1.JiraDeployment {
	t.Helper()
	if site == nil {
		site = makeSite("acme")
	}
	plan := plan(t, site, observe(b))
	if len(plan.Create) != 1 {
		t.Fatalf("Plan() creates %d records, want one", len(plan.Create))
	}
	return plan.Create[0]
}
