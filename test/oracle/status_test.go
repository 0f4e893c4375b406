// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

var failedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// deployment returns one of two replicas, at generation 4 and revision 3, which finished.
func deployment(change func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: ptr.To(int32(2)), Template: templateOf("r7")}}
	d.Generation = 4
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "3"}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: 4, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}
	change(d)
	return d
}

func templateOf(release string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"release": release}}}
}

// statefulSet and daemonSet return the same of the other kinds.
func statefulSet(change func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Replicas: ptr.To(int32(2)), Template: templateOf("r7")}}
	s.UID, s.Generation = "set", 4
	s.Status = appsv1.StatefulSetStatus{ObservedGeneration: 4, Replicas: 2, ReadyReplicas: 2, AvailableReplicas: 2, UpdatedReplicas: 2, CurrentRevision: "new", UpdateRevision: "new"}
	change(s)
	return s
}

func daemonSet(change func(*appsv1.DaemonSet)) *appsv1.DaemonSet {
	d := &appsv1.DaemonSet{Spec: appsv1.DaemonSetSpec{Template: templateOf("r7")}}
	d.UID, d.Generation = "set", 4
	d.Status = appsv1.DaemonSetStatus{ObservedGeneration: 4, DesiredNumberScheduled: 1, CurrentNumberScheduled: 1, UpdatedNumberScheduled: 1, NumberAvailable: 1}
	change(d)
	return d
}

// revision returns a ControllerRevision that holds the template of a release.
func revision(t *testing.T, owner types.UID, number int64, release string) appsv1.ControllerRevision {
	t.Helper()
	data, err := json.Marshal(map[string]any{"spec": map[string]any{"template": templateOf(release)}})
	if err != nil {
		t.Fatal(err)
	}
	return appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{UID: owner, Controller: ptr.To(true)}}},
		Revision:   number,
		Data:       runtime.RawExtension{Raw: data},
	}
}

func TestADeploymentIsReadAsKubectlReadsIt(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*appsv1.Deployment)
		want   *Status
	}{
		"finished":               {func(*appsv1.Deployment) {}, &Status{Revision: 3, Phase: Finished}},
		"not observed":           {func(d *appsv1.Deployment) { d.Generation = 5 }, nil},
		"without a number":       {func(d *appsv1.Deployment) { delete(d.Annotations, "deployment.kubernetes.io/revision") }, nil},
		"a pod too few":          {func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }, &Status{Revision: 3, Phase: Rolling, Outdated: 1}},
		"an old pod":             {func(d *appsv1.Deployment) { d.Status.Replicas = 3 }, &Status{Revision: 3, Phase: Rolling, Outdated: 1}},
		"a pod is not available": {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }, &Status{Revision: 3, Phase: Rolling, Unavailable: 1}},
		"past its deadline": {func(d *appsv1.Deployment) {
			d.Status.UpdatedReplicas = 1
			d.Status.Conditions = []appsv1.DeploymentCondition{{
				Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded", LastTransitionTime: metav1.NewTime(failedAt),
			}}
		}, &Status{Revision: 3, Phase: Failed, FailedAt: failedAt, Outdated: 1}},
		"no pod is wanted": {func(d *appsv1.Deployment) {
			*d.Spec.Replicas, d.Status = 0, appsv1.DeploymentStatus{ObservedGeneration: 4}
		}, &Status{Revision: 3, Phase: Waiting, Empty: true, Blurred: true}},
		"without a deadline": {func(d *appsv1.Deployment) {
			d.Spec.ProgressDeadlineSeconds, d.Status.AvailableReplicas = ptr.To(int32(math.MaxInt32)), 1
		}, &Status{Revision: 3, Phase: Rolling, Unwatched: true, Unavailable: 1}},
		"over to its controller, and a pod is not available": {func(d *appsv1.Deployment) {
			d.Status.AvailableReplicas = 1
			d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"}}
		}, &Status{Revision: 3, Phase: Rolling, Unwatched: true, Unavailable: 1}},
	} {
		t.Run(name, func(t *testing.T) { compareStatus(t, deployment(tc.change), nil, tc.want) })
	}
}

func TestASetIsReadAsKubectlReadsIt(t *testing.T) {
	history := []appsv1.ControllerRevision{revision(t, "other", 9, "r1"), revision(t, "set", 3, "r7"), revision(t, "set", 2, "r2")}
	finished := &Status{Revision: 3, Phase: Finished, Unwatched: true}
	blurred := &Status{Revision: 3, Phase: Finished, Unwatched: true, Blurred: true}
	rolling := func(outdated, unavailable int32) *Status {
		return &Status{Revision: 3, Phase: Rolling, Unwatched: true, Outdated: outdated, Unavailable: unavailable}
	}
	same := func(*appsv1.StatefulSet) {}
	for name, tc := range map[string]struct {
		object  metav1.Object
		history []appsv1.ControllerRevision
		want    *Status
	}{
		"a StatefulSet that finished":   {statefulSet(same), history, finished},
		"one that is not observed":      {statefulSet(func(s *appsv1.StatefulSet) { s.Generation = 5 }), history, nil},
		"one whose history is behind":   {statefulSet(same), history[2:], nil},
		"one without a history":         {statefulSet(same), nil, nil},
		"one with an old pod":           {statefulSet(func(s *appsv1.StatefulSet) { s.Status.UpdatedReplicas = 1 }), history, rolling(1, 0)},
		"one with a pod that is not up": {statefulSet(func(s *appsv1.StatefulSet) { s.Status.AvailableReplicas = 1 }), history, rolling(0, 1)},
		"one that is not yet current":   {statefulSet(func(s *appsv1.StatefulSet) { s.Status.CurrentRevision = "old" }), history, rolling(0, 0)},
		"a DaemonSet that finished":     {daemonSet(func(*appsv1.DaemonSet) {}), history, finished},
		"one that has an old pod":       {daemonSet(func(d *appsv1.DaemonSet) { d.Status.UpdatedNumberScheduled = 0 }), history, rolling(1, 0)},
		"one that has no pod up":        {daemonSet(func(d *appsv1.DaemonSet) { d.Status.NumberAvailable = 0 }), history, rolling(0, 1)},
		"one that no node takes": {
			daemonSet(func(d *appsv1.DaemonSet) { d.Status = appsv1.DaemonSetStatus{ObservedGeneration: 4} }), history,
			&Status{Revision: 3, Phase: Waiting, Unwatched: true, Empty: true},
		},
		"one that is itself behind": {daemonSet(func(*appsv1.DaemonSet) {}), append(slices.Clone(history), revision(t, "set", 4, "r8")), nil},
		"two with one number":       {statefulSet(same), append(slices.Clone(history), revision(t, "set", 3, "r8")), blurred},
		"the other one first":       {statefulSet(same), append([]appsv1.ControllerRevision{revision(t, "set", 3, "r8")}, history...), blurred},
		"two of a DaemonSet":        {daemonSet(func(*appsv1.DaemonSet) {}), append(slices.Clone(history), revision(t, "set", 3, "r8")), blurred},
		"two with an older number":  {statefulSet(same), append(slices.Clone(history), revision(t, "set", 2, "r1")), finished},
	} {
		t.Run(name, func(t *testing.T) { compareStatus(t, tc.object, tc.history, tc.want) })
	}
}

func compareStatus(t *testing.T, o metav1.Object, history []appsv1.ControllerRevision, want *Status) {
	t.Helper()
	got, ok := StatusOf(o, history)
	if ok != (want != nil) {
		t.Fatalf("seen is %t, want %t: %+v", ok, want != nil, got)
	}
	if ok {
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	}
}
