// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TrimMetadata keeps of the metadata of an object that has no pod template what Trim keeps of a workload's, in the same
// bounds: who it is, whose, its labels and its annotations. An object with too many labels is refused, and NotUnderstood
// says why. It may be called again on what it left, and writes into no map that it finds.
func TrimMetadata(meta *metav1.ObjectMeta) {
	labels, annotations := meta.Labels, maps.Clone(meta.Annotations)
	*meta = identityOf(meta)
	if why := tooManyLabels(labels, nil); why != "" {
		refuse(meta, why)
		return
	}
	delete(annotations, annotationLastApplied)
	meta.Labels = shareNames(labels)
	meta.Annotations, _, _ = boundedAnnotations(annotations, nil)
}
