// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	corev1 "k8s.io/api/core/v1"
)

// annotationRestartedAt is what `kubectl rollout restart` writes on a pod template.
const annotationRestartedAt = "kubectl.kubernetes.io/restartedAt"

const (
	// hashVersion stands before a template hash. Whoever changes what is hashed raises it: hashes of two versions are
	// never equal, and records of both are compared by their exact hash.
	hashVersion = "v2-"

	// hashLength is the length of a hash in bytes, before it is written in hexadecimal.
	hashLength = 10
)

// TemplateHash returns a hash of a pod template that is the same for every template of one release: what no release
// changes is left out.
func TemplateHash(template corev1.PodTemplateSpec) string {
	return Ignored{}.hash(template, ExactHash(template))
}

// ExactHash returns a hash of a pod template that is the same before and after `kubectl rollout restart`, and another
// after any other change. It is what a template hash was in its first version.
func ExactHash(template corev1.PodTemplateSpec) string {
	if _, restarted := template.Annotations[annotationRestartedAt]; restarted {
		template.Annotations = maps.Clone(template.Annotations)
		delete(template.Annotations, annotationRestartedAt)
	}
	return sum(template)
}

// hash returns the template hash of a template with this exact hash. Where there is nothing to leave out, nothing is
// hashed once more.
func (i Ignored) hash(template corev1.PodTemplateSpec, exact string) string {
	if stripped, changed := i.strip(template); changed {
		return hashVersion + sum(stripped)
	}
	return hashVersion + exact
}

func sum(template corev1.PodTemplateSpec) string {
	if len(template.Annotations) == 0 {
		template.Annotations = nil
	}
	template = withoutScaleToZero(template)
	// A PodTemplateSpec is plain data: it cannot fail to encode. Kubernetes's encoders order the keys of its maps.
	data, _ := template.Marshal()
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:hashLength])
}
