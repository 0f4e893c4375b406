// SPDX-License-Identifier: Apache-2.0

package site

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/outbox"
	"github.com/rollcall-dev/rollcall/internal/record"
)

// sourceStatus returns what changes in the status of a record: these conditions, and what the record says of its source.
func sourceStatus(d v1alpha1.Record, others ...metav1.Condition) map[string]any {
	conditions := slices.Clone(d.GetRecordStatus().Conditions)
	for _, condition := range others {
		meta.SetStatusCondition(&conditions, condition)
		if condition.Reason == v1alpha1.ReasonAccepted { // what Jira had before is outdated
			meta.RemoveStatusCondition(&conditions, v1alpha1.ConditionStored)
		}
	}
	if source := sourceCondition(d); source != nil {
		meta.SetStatusCondition(&conditions, *source)
	} else {
		meta.RemoveStatusCondition(&conditions, v1alpha1.ConditionSourceResolved)
	}
	return map[string]any{"conditions": conditions}
}

func sourceCondition(d v1alpha1.Record) *metav1.Condition {
	condition := record.SourceCondition(d)
	if condition != nil {
		condition.Message = outbox.Bounded(condition.Message)
	}
	return condition
}

// outdatedSource says whether the status of a record says another thing of its source than the record does.
func outdatedSource(d v1alpha1.Record) bool {
	condition := sourceCondition(d)
	return condition != nil && !says(d, *condition)
}

// explainSource has the status of a record say what the record says of its source. That of a pending record does so with its
// next outcome.
func (w *statusWriter) explainSource(d v1alpha1.Record) {
	delivered := meta.FindStatusCondition(d.GetRecordStatus().Conditions, v1alpha1.ConditionDelivered)
	said := delivered != nil && delivered.ObservedGeneration == d.GetGeneration() // else the next outcome says it as well
	if d.GetDeletionTimestamp().IsZero() && (said || !isPending(d)) && outdatedSource(d) {
		w.queue.Add(recordKey{kindOf(d), client.ObjectKeyFromObject(d)})
	}
}
