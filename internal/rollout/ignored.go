// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Ignored are names on a pod template whose values make no release of it: globs, as path.Match reads them. The
// well-known ones are ignored besides.
type Ignored struct {
	// Annotations are names of annotations: acme.example/rotated-*.
	Annotations []string
	// Env are names of environment variables.
	Env []string
}

// ownPrefix is that of Rollcall's own annotations and labels. They say what a release ships, and are no part of it.
const ownPrefix = "rollcall.dev/"

// wellKnown are the stamps of tools that restart pods, and what else says of a template what it does not run. Each
// stands as its tool writes it.
var wellKnown = Ignored{
	Annotations: []string{
		annotationRestartedAt,                      // kubectl rollout restart, and most dashboards
		"kubernetes.io/change-cause",               // kubectl --record, and people
		"openshift.openshift.io/restartedAt",       // OpenShift's console
		"cattle.io/timestamp",                      // Rancher: Redeploy
		"keel.sh/update-time",                      // Keel: an image of the same tag was pushed
		"reloader.stakater.com/last-reloaded-from", // Stakater Reloader, strategy annotations
		"wave.pusher.com/config-hash",              // Wave
		"vso.secrets.hashicorp.com/restartedAt",    // Vault Secrets Operator: rolloutRestartTargets
		"operator.1password.io/last-restarted",     // 1Password's operator
		"secrets.doppler.com/secretsupdate*",       // Doppler's operator: a name for each Secret
		"secrets.infisical.com/managed-secret*",    // Infisical's operator: a name for each Secret
		"flagger-id",                               // Flagger, on the -primary
		"checksum/*",                               // Helm charts: the hash of a ConfigMap or a Secret
		"rollme",                                   // Helm's documentation: a random text with each upgrade
	},
	Env: []string{
		"STAKATER_*", // Stakater Reloader, strategy env-vars
	},
}

// strip returns a template without what makes no release of it, and whether that is another one. The given one stays as
// it is.
func (i Ignored) strip(template corev1.PodTemplateSpec) (corev1.PodTemplateSpec, bool) {
	var dropped [4]bool
	template.Annotations, dropped[0] = without(template.Annotations, func(name string) bool {
		return strings.HasPrefix(name, ownPrefix) || matches(name, wellKnown.Annotations) || matches(name, i.Annotations)
	})
	template.Labels, dropped[1] = without(template.Labels, func(name string) bool { return strings.HasPrefix(name, ownPrefix) })
	template.Spec.Containers, dropped[2] = i.stripEnv(template.Spec.Containers)
	template.Spec.InitContainers, dropped[3] = i.stripEnv(template.Spec.InitContainers)
	return template, slices.Contains(dropped[:], true)
}

// without returns a map without some of its names, and whether it had any of them.
func without(m map[string]string, drop func(name string) bool) (map[string]string, bool) {
	kept := m
	for name := range m {
		if drop(name) {
			if len(kept) == len(m) {
				kept = maps.Clone(m)
			}
			delete(kept, name)
		}
	}
	return kept, len(kept) < len(m)
}

func (i Ignored) stripEnv(containers []corev1.Container) ([]corev1.Container, bool) {
	drop := func(v corev1.EnvVar) bool { return matches(v.Name, wellKnown.Env) || matches(v.Name, i.Env) }
	copied := false
	for n := range containers {
		if !slices.ContainsFunc(containers[n].Env, drop) {
			continue
		}
		if !copied {
			containers, copied = slices.Clone(containers), true
		}
		containers[n].Env = slices.DeleteFunc(slices.Clone(containers[n].Env), drop)
	}
	return containers, copied
}

// matches says whether a name is one of the globs. A glob that does not parse matches nothing.
func matches(name string, globs []string) bool {
	for _, glob := range globs {
		if ok, err := path.Match(glob, name); ok && err == nil {
			return true
		}
	}
	return false
}
