// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

func TestAWorkloadLinksToTheToolThatManagesIt(t *testing.T) {
	const argo, flux = "https://argocd.example/", "https://flux.example/{{ .Kind }}/{{ .Namespace }}/{{ .Name }}"
	both := v1alpha1.GitOps{ArgoCDURL: argo, FluxURLTemplate: flux}
	fluxLabels := map[string]string{
		"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
	}
	tests := map[string]struct {
		gitOps      v1alpha1.GitOps
		annotations map[string]string
		labels      map[string]string
		want        string
	}{
		"an application of Argo CD": {
			gitOps:      both,
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop-prod/web"},
			want:        "https://argocd.example/applications/shop",
		},
		"an application in a namespace of its own": {
			gitOps:      both,
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "team-a_shop:apps/Deployment:shop-prod/web"},
			want:        "https://argocd.example/applications/team-a/shop",
		},
		"a tracking id that was copied from another object": {
			gitOps:      both,
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop-prod/other"},
		},
		"a tracking id that leads elsewhere": {
			gitOps:      both,
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "..:apps/Deployment:shop-prod/web"},
		},
		"a tracking id that is none": {
			gitOps:      both,
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "shop"},
		},
		"the label of Argo CD": {
			gitOps: both,
			labels: map[string]string{"argocd.argoproj.io/instance": "shop"},
			want:   "https://argocd.example/applications/shop",
		},
		"a Kustomization of Flux": {
			gitOps: both,
			labels: fluxLabels,
			want:   "https://flux.example/Kustomization/flux-system/apps",
		},
		"a HelmRelease of Flux is nearer than the Kustomization": {
			gitOps: both,
			labels: map[string]string{
				"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop",
				"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
			},
			want: "https://flux.example/HelmRelease/shop/web",
		},
		"the site does not say where Argo CD is": {
			gitOps:      v1alpha1.GitOps{FluxURLTemplate: flux},
			annotations: map[string]string{"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop-prod/web"},
		},
		"the site does not say where Flux is": {
			gitOps: v1alpha1.GitOps{ArgoCDURL: argo},
			labels: fluxLabels,
		},
		"nobody's": {gitOps: both},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			site, problems := Compile(&v1alpha1.JiraSite{Spec: v1alpha1.JiraSiteSpec{Host: "acme.example", GitOps: tt.gitOps}})
			if len(problems) > 0 {
				t.Fatalf("Compile: %v", problems)
			}
			r := &rollout.Rollout{
				Workload: rollout.Workload{Kind: "Deployment", Namespace: "shop-prod", Name: "web"},
				Sources:  rollout.Sources{Annotations: tt.annotations, Labels: tt.labels},
			}
			want := tt.want
			if want == "" {
				want = "https://acme.example/browse/SHOP-1"
			}
			if got := site.deploymentURL(r, nil, Fields{IssueKey: "SHOP-1"}); got != want {
				t.Errorf("the link is %q, want %q", got, want)
			}
			r.TemplateAnnotations = map[string]string{v1alpha1.AnnotationURL: "https://own.example"}
			if got := site.deploymentURL(r, nil, Fields{IssueKey: "SHOP-1"}); got != "https://own.example" {
				t.Errorf("with an annotation of its own the link is %q", got)
			}
		})
	}
}

func TestATemplateForFluxIsCheckedLikeTheOthers(t *testing.T) {
	_, problems := Compile(&v1alpha1.JiraSite{Spec: v1alpha1.JiraSiteSpec{GitOps: v1alpha1.GitOps{FluxURLTemplate: "{{ .Cluster }}"}}})
	if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonInvalidTemplate {
		t.Errorf("Compile = %v, want one problem with the template", problems)
	}
}
