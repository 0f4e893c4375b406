// SPDX-License-Identifier: Apache-2.0

package finish

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/internal/jira"
)

func deployment(change func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop-prod", Name: "web", Generation: 3,
			CreationTimestamp: metav1.NewTime(time.Unix(1_772_355_600, 0)),
			Annotations:       map[string]string{"deployment.kubernetes.io/revision": "2"},
		},
		Spec:   appsv1.DeploymentSpec{Replicas: new(int32(2))},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 3, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
	}
	change(d)
	return d
}

func TestOf(t *testing.T) {
	tests := map[string]struct {
		change func(*appsv1.Deployment)
		want   bool
	}{
		"all pods are new and available":                {func(*appsv1.Deployment) {}, true},
		"the controller has not seen it":                {func(d *appsv1.Deployment) { d.Generation++ }, false},
		"a pod has the old template":                    {func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }, false},
		"an old pod is left":                            {func(d *appsv1.Deployment) { d.Status.Replicas = 3 }, false},
		"a new pod is not available":                    {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }, false},
		"it has no number yet":                          {func(d *appsv1.Deployment) { d.Annotations = nil }, false},
		"one replica is the default, and there are two": {func(d *appsv1.Deployment) { d.Spec.Replicas = nil }, true},
		"no pod is wanted": {func(d *appsv1.Deployment) {
			*d.Spec.Replicas, d.Status = 0, appsv1.DeploymentStatus{ObservedGeneration: 3}
		}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			revision, ok := Of(deployment(tt.change))
			if ok != tt.want || ok && revision != 2 {
				t.Errorf("Of() = %d, %v; want 2, %v", revision, ok, tt.want)
			}
		})
	}
}

func TestKey(t *testing.T) {
	want := jira.DeploymentKey{
		PipelineID: "eu/shop-prod/Deployment/web", EnvironmentID: "eu/shop-prod", DeploymentSequenceNumber: 1_772_355_600_000_002,
	}
	if got := Key("eu", deployment(func(*appsv1.Deployment) {}), 2); got != want {
		t.Errorf("Key() = %+v, want %+v", got, want)
	}
}
