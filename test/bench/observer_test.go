// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

func TestTheFirstTimeThatARolloutIsFinishedCounts(t *testing.T) {
	o := &observer{seen: map[moment]times{}}
	d := makeSmall(client.ObjectKey{Namespace: "a-prod", Name: "web"}, "BENCH-1")
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	keys := []jira.DeploymentKey{finish.Key(clusterName, d, 1)}
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	see := func(second int) {
		key, shown := ofDeployment(d)
		o.note(key, shown, at(second))
	}

	see(1)
	if seen, _ := o.at(finished, keys); len(seen) != 0 {
		t.Errorf("before it is finished: %v", seen)
	}
	d.Status = appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}
	see(2)
	see(3)
	if seen, err := o.at(finished, keys); err != nil || !seen[keys[0]].Equal(at(2)) {
		t.Errorf("finished at %v, %v; want the second look", seen, err)
	}
}

func TestMomentsOfARecord(t *testing.T) {
	want := jira.DeploymentKey{PipelineID: "bench/a-prod/Deployment/web", EnvironmentID: "bench/a-prod", DeploymentSequenceNumber: 7}
	tests := map[string]struct {
		state                 v1alpha1.DeploymentState
		generation, delivered int64
		want                  []moment
	}{
		"it is rolling out":                       {v1alpha1.StateInProgress, 1, 1, nil},
		"it is finished, and nothing was sent":    {v1alpha1.StateSuccessful, 1, 0, []moment{recorded}},
		"it is finished, and its beginning known": {v1alpha1.StateSuccessful, 2, 1, []moment{recorded}},
		"Jira has its end":                        {v1alpha1.StateSuccessful, 2, 2, []moment{recorded, delivered}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			record := &v1alpha1.JiraDeployment{
				Spec: v1alpha1.JiraDeploymentSpec{
					State: tt.state, Sequence: want.DeploymentSequenceNumber,
					Pipeline: v1alpha1.Pipeline{ID: want.PipelineID}, Environment: v1alpha1.Environment{ID: want.EnvironmentID},
				},
				Status: v1alpha1.JiraDeploymentStatus{RecordStatus: v1alpha1.RecordStatus{DeliveredGeneration: tt.delivered}},
			}
			record.Generation = tt.generation
			if key, got := ofRecord(record); key != want || !slices.Equal(got, tt.want) {
				t.Errorf("ofRecord() = %v, %v; want %v", key, got, tt.want)
			}
		})
	}
}
