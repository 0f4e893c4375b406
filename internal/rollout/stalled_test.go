// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
)

// Each row is a workload that comes no nearer to its end, and how it is judged where 0, 1, 2, ... pods were unavailable
// before its rollout began.
func TestAStalledRolloutIsJudgedAgainstWhatWasUnavailableBefore(t *testing.T) {
	agent := func() *daemonSetBuilder { return makeDaemonSet("agent").Released() }
	db := func() *statefulSetBuilder { return makeStatefulSet("db").Released() }
	web := func() *deploymentBuilder { return makeDeployment("web").Replicas(3) }
	for name, tt := range map[string]struct {
		observe func() (Rollout, bool)
		want    []State
	}{
		"a DaemonSet, updated but for a dead node, whose pod is deleted and stays": {
			ofDaemonSet(agent().MaxUnavailable("2").Nodes(3, 3, 2, 2)), []State{Failed, Successful, Successful},
		},
		"the same where its successor waits for the node": {
			ofDaemonSet(agent().MaxUnavailable("2").Nodes(3, 3, 3, 2)), []State{Failed, Successful, Successful},
		},
		"a dead node uses up maxUnavailable: no other pod is replaced": {
			ofDaemonSet(agent().Nodes(3, 3, 0, 2)), []State{Failed, Pending, Pending},
		},
		"a dead node, and a new pod that does not become available": {
			ofDaemonSet(agent().MaxUnavailable("2").Nodes(3, 3, 2, 1)), []State{Failed, Failed, Pending},
		},
		"maxUnavailable 100%: all pods are replaced at once, and one does not become available": {
			ofDaemonSet(agent().MaxUnavailable("100%").Nodes(3, 3, 3, 2)), []State{Failed, Successful, Successful},
		},
		"maxUnavailable 100%: none becomes available": {
			ofDaemonSet(agent().MaxUnavailable("100%").Nodes(3, 3, 3, 0)), []State{Failed, Failed, Failed, Failed},
		},
		"a surplus: counts do not tell what it waits for": {
			ofDaemonSet(agent().MaxUnavailable("0").Nodes(3, 3, 2, 2)), []State{Failed, Failed, Failed},
		},
		"the only node is dead: nothing runs, nothing is successful": {
			ofDaemonSet(agent().Nodes(1, 1, 1, 0)), []State{Failed, Failed},
		},
		"a StatefulSet waits for a pod that was broken before": {
			ofStatefulSet(db().Pods(3, 0, 2)), []State{Failed, Pending, Pending},
		},
		"a StatefulSet stops at its own pod": {
			ofStatefulSet(db().Pods(3, 1, 2)), []State{Failed, Failed, Failed},
		},
		"a StatefulSet, all updated, and one is as broken as before": {
			ofStatefulSet(db().Pods(3, 3, 2)), []State{Failed, Successful, Successful},
		},
		"a Deployment, all updated, and there is no room for one pod, as before": {
			ofDeployment(web().Pods(3, 3, 2)), []State{Failed, Successful, Successful},
		},
		"a Deployment whose new pods do not become available beside the old ones": {
			ofDeployment(web().Pods(4, 2, 2)), []State{Failed, Failed, Failed},
		},
		"an aborted Rollout of Argo's": {
			ofArgo(makeArgoRollout("web").Released().Abort().Phase("Degraded", "RolloutAborted")), []State{Failed, Failed},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := tt.observe()
			if !ok || r.State == Successful {
				t.Fatalf("it is %s, %t, and not stalled", r.State, ok)
			}
			for before, want := range tt.want {
				if got, why := r.Stalled(int32(before)); got != want || (why == "") != (want == Failed) {
					t.Errorf("with %d unavailable before it is %s because: %s; want %s", before, got, why, want)
				}
			}
		})
	}
}

func TestWhoseProgressNobodyElseWatches(t *testing.T) {
	web := func() *deploymentBuilder {
		return makeDeployment("web").Replicas(3).Pods(4, 2, 3).Progressing("ReplicaSetUpdated", at(4), at(6), "")
	}
	argo := func() *argoBuilder { return makeArgoRollout("web").Released().Available(2) }
	for name, tt := range map[string]struct {
		observe func() (Rollout, bool)
		want    bool
	}{
		"a Deployment has its own deadline": {ofDeployment(web()), false},
		"its deadline is none":              {ofDeployment(web().NoDeadline()), true},
		"it was over at 0 replicas, and its first pods come": {
			ofDeployment(web().Pods(3, 3, 0).Progressing(reasonNewAvailable, at(4), at(6), "")), true,
		},
		"a StatefulSet": {ofStatefulSet(makeStatefulSet("db").Pods(3, 3, 2)), true},
		"a DaemonSet":   {ofDaemonSet(makeDaemonSet("agent").Nodes(3, 3, 3, 2)), true},
		"a Rollout of Argo's has its own deadline":              {ofArgo(argo()), false},
		"its deadline is none, and a pod is missing":            {ofArgo(argo().NoDeadline()), true},
		"its deadline is none, and it has more to do than pods": {ofArgo(argo().NoDeadline().Available(3)), false},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := tt.observe()
			if !ok || r.State != InProgress || r.Unwatched != tt.want {
				t.Errorf("it is %s, unwatched is %t; want in progress, %t", r.State, r.Unwatched, tt.want)
			}
		})
	}
}

func TestAPodThatHasToBeReadyForLongIsNoStall(t *testing.T) {
	web, db, agent := makeDeployment("web").NoDeadline(), makeStatefulSet("db"), makeDaemonSet("agent")
	web.d.Spec.MinReadySeconds, db.s.Spec.MinReadySeconds, agent.d.Spec.MinReadySeconds = 900, 900, 900
	want := 15 * time.Minute
	for name, got := range map[string]func() (Rollout, bool){
		"a Deployment":         ofDeployment(web),
		"a trimmed Deployment": func() (Rollout, bool) { return FromDeployment(trimmed(t, web.Obj())) },
		"a StatefulSet":        ofStatefulSet(db),
		"a trimmed StatefulSet": func() (Rollout, bool) {
			return FromStatefulSet(afterTrim(t, db.Obj()), trimmedHistory(t, objects(db.history)))
		},
		"a DaemonSet": ofDaemonSet(agent),
		"a trimmed DaemonSet": func() (Rollout, bool) {
			return FromDaemonSet(afterTrim(t, agent.Obj()), trimmedHistory(t, objects(agent.history)))
		},
	} {
		if r, ok := got(); !ok || r.MinReady != want {
			t.Errorf("%s: MinReady = %s, %t; want %s", name, r.MinReady, ok, want)
		}
	}
	d := trimmed(t, web.Obj())
	if r, ok := FromDeployment(d); !ok || !r.Unwatched {
		t.Errorf("a trimmed Deployment without a deadline is watched: %+v", appsv1.DeploymentSpec{ProgressDeadlineSeconds: d.Spec.ProgressDeadlineSeconds})
	}
}
