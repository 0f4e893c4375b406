package main

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rollcall-dev/rollcall/internal/jira"
	"github.com/rollcall-dev/rollcall/test/bench/finish"
)

func TestTheFirstTimeThatARolloutIsFinishedCounts(t *testing.T) {
	o := &observer{finished: map[jira.DeploymentKey]time.Time{}}
	d := makeSmall(client.ObjectKey{Namespace: "a-prod", Name: "web"}, "BENCH-1")
	d.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	keys := []jira.DeploymentKey{finish.Key(clusterName, d, 1)}
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }

	o.note(d, at(1))
	if seen, _ := o.at(keys); len(seen) != 0 {
		t.Errorf("before it is finished: %v", seen)
	}
	d.Status = appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}
	o.note(d, at(2))
	o.note(d, at(3))
	if seen, err := o.at(keys); err != nil || !seen[keys[0]].Equal(at(2)) {
		t.Errorf("finished at %v, %v; want the second look", seen, err)
	}
}
