// SPDX-License-Identifier: Apache-2.0

package record

import (
	"net/url"
	"strings"
	"text/template"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// What the GitOps tools write on the workloads that they manage.
const (
	// argoTrackingID is <application>:<group>/<kind>:<namespace>/<name>; an application outside of Argo CD's
	// own namespace is <its namespace>_<its name>.
	argoTrackingID = "argocd.argoproj.io/tracking-id"
	// argoInstance is the label that sites use who track by a label of their own.
	argoInstance = "argocd.argoproj.io/instance"

	fluxKustomization = "kustomize.toolkit.fluxcd.io"
	fluxHelmRelease   = "helm.toolkit.fluxcd.io"
)

// FluxFields are what the template of a site's gitOps.fluxURLTemplate can name: the object of Flux that applies a
// workload.
type FluxFields struct {
	// Kind is Kustomization or HelmRelease.
	Kind string
	// Namespace and Name are its own, not the workload's.
	Namespace, Name string
}

var exampleFluxFields = FluxFields{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}

// gitOpsURL returns the page of the tool that manages a workload, where the site says where that tool is.
func (s *Site) gitOpsURL(r *rollout.Rollout) string {
	if base := s.spec.GitOps.ArgoCDURL; base != "" {
		if application := argoApplication(r); application != "" {
			if link := strings.TrimRight(base, "/") + "/applications/" + application; checkPath(link) == nil && CheckURL(link) == nil {
				return link
			}
		}
	}
	if object, ok := fluxObject(r); ok {
		return rendered(renderURL(s.links.flux, object))
	}
	return ""
}

// argoApplication returns the path of the application that manages a workload. A tracking id that names
// another object was copied from there, with everything else.
func argoApplication(r *rollout.Rollout) string {
	if id, ok := r.Annotations[argoTrackingID]; ok {
		application, object, _ := strings.Cut(id, ":")
		if !strings.HasSuffix(object, "/"+r.Kind+":"+r.Namespace+"/"+r.Name) {
			return ""
		}
		return argoPath(application)
	}
	return argoPath(r.Labels[argoInstance])
}

func argoPath(application string) string {
	if namespace, name, ok := strings.Cut(application, "_"); ok {
		return url.PathEscape(namespace) + "/" + url.PathEscape(name)
	}
	return url.PathEscape(application)
}

// fluxObject returns the object of Flux that applies a workload: a HelmRelease, which is nearer, before a
// Kustomization.
func fluxObject(r *rollout.Rollout) (FluxFields, bool) {
	for _, tool := range []struct{ kind, prefix string }{{"HelmRelease", fluxHelmRelease}, {"Kustomization", fluxKustomization}} {
		namespace, name := r.Labels[tool.prefix+"/namespace"], r.Labels[tool.prefix+"/name"]
		if namespace != "" && name != "" {
			return FluxFields{Kind: tool.kind, Namespace: namespace, Name: name}, true
		}
	}
	return FluxFields{}, false
}

// compileFlux parses the template of a site's gitOps.fluxURLTemplate.
func compileFlux(g v1alpha1.GitOps) (*template.Template, error) {
	return parseTemplate("spec.gitOps.fluxURLTemplate", g.FluxURLTemplate, exampleFluxFields, true)
}
