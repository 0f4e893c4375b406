package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	corev1 "k8s.io/api/core/v1"
)

// annotationRestartedAt is what `kubectl rollout restart` writes on a pod template.
const annotationRestartedAt = "kubectl.kubernetes.io/restartedAt"

// hashLength is the length of a template hash in bytes, before it is written in hexadecimal.
const hashLength = 10

// TemplateHash returns a hash of a pod template that is the same before and after a restart.
func TemplateHash(template corev1.PodTemplateSpec) string {
	if _, restarted := template.Annotations[annotationRestartedAt]; restarted {
		template.Annotations = maps.Clone(template.Annotations)
		delete(template.Annotations, annotationRestartedAt)
	}
	if len(template.Annotations) == 0 {
		template.Annotations = nil
	}
	template = withoutScaleToZero(template)
	// A PodTemplateSpec is plain data: it cannot fail to encode. Kubernetes's encoders order the keys of its maps.
	data, _ := template.Marshal()
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:hashLength])
}
