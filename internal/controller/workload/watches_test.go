// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

func TestAWorkloadIsReconciledWhereItsObservationChanged(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*appsv1.Deployment)
		want   bool
	}{
		"nothing changed":                           {func(*appsv1.Deployment) {}, false},
		"a status that tells nothing":               {func(d *appsv1.Deployment) { d.Status.UnavailableReplicas = 3 }, false},
		"another pod was created":                   {func(d *appsv1.Deployment) { d.Status.Conditions = progressing(2) }, false},
		"it makes no progress":                      {func(d *appsv1.Deployment) { d.Status.Conditions[0].Reason = "ProgressDeadlineExceeded" }, true},
		"its controller has yet to observe it":      {func(d *appsv1.Deployment) { d.Generation++ }, false},
		"its rollout finished":                      {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }, true},
		"its rollout was paused":                    {func(d *appsv1.Deployment) { d.Spec.Paused = true }, true},
		"it has another template":                   {func(d *appsv1.Deployment) { d.Spec.Template.Labels = map[string]string{"app": "web"} }, true},
		"it has another annotation":                 {func(d *appsv1.Deployment) { d.Annotations["rollcall.dev/issue-keys"] = "SHOP-1" }, true},
		"it has another label, and may be selected": {func(d *appsv1.Deployment) { d.Labels = map[string]string{"team": "shop"} }, true},
		"it is being deleted":                       {func(d *appsv1.Deployment) { d.DeletionTimestamp = new(metav1.Now()) }, true},
		"it was created anew":                       {func(d *appsv1.Deployment) { d.UID = "another" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: "shop", Name: "web", UID: "one", Generation: 1,
					Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"},
				},
				Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, Conditions: progressing(1)},
			}
			after := before.DeepCopy()
			tt.change(after)
			if got := observationChanged("Deployment", before, after); got != tt.want {
				t.Errorf("observationChanged() = %t, want %t", got, tt.want)
			}
		})
	}
	before, after := &appsv1.Deployment{}, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"}},
		Status:     appsv1.DeploymentStatus{UpdatedReplicas: 1},
	}
	if !observationChanged("Deployment", before, after) {
		t.Error("a Deployment that got its number is not observed")
	}
	if same := (&appsv1.StatefulSet{}); !observationChanged("StatefulSet", same, same) {
		t.Error("a StatefulSet tells all of its rollout without its history")
	}
}

func observationChanged(kind string, before, after client.Object) bool {
	for _, k := range Kinds {
		if k.GroupKind.Kind == kind {
			return k.observationChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after})
		}
	}
	panic("there is no kind " + kind)
}

// progressing is the condition of a rollout that progressed at a second.
func progressing(second int64) []appsv1.DeploymentCondition {
	return []appsv1.DeploymentCondition{{
		Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "ReplicaSetUpdated", LastUpdateTime: metav1.Unix(second, 0),
	}}
}
