// SPDX-License-Identifier: Apache-2.0

package record

import (
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// SameButStatus says whether two versions of a record differ in nothing but their status, and in what the API server keeps of
// them: Jira's answer came between the two. A version that lost metadata on its way into the cache is the same as no other.
func SameButStatus(a, b *v1alpha1.JiraDeployment) bool {
	written := func(d *v1alpha1.JiraDeployment) []any {
		return []any{d.UID, d.DeletionTimestamp, d.Labels, d.Annotations, d.Finalizers, d.OwnerReferences, d.Spec}
	}
	return equality.Semantic.DeepEqual(written(a), written(b))
}
