// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each row is what a kind reads, and each combination of the four facts has one: where two rules meet, one wins.
func TestOneRuleMakesAStateOfWhatAKindReads(t *testing.T) {
	const message = "timed out"
	type told struct {
		State   State
		Since   time.Time
		Message string
	}
	successful, failed := told{Successful, at(1), becauseFinished}, told{Failed, at(3), message}
	empty, paused := told{Pending, at(2), becauseEmpty}, told{Pending, at(4), becausePaused}
	rolling := told{InProgress, at(5), becauseInProgress}
	for _, tt := range []struct {
		finished, empty, failed, waits bool
		want                           told
	}{
		{false, false, false, false, rolling},
		{false, false, false, true, paused},
		{false, false, true, false, failed},
		{false, false, true, true, failed}, // paused after it failed
		{false, true, false, false, empty}, // its pods are going
		{false, true, false, true, empty},
		{false, true, true, false, failed}, // aborted: that no pod is wanted mends nothing
		{false, true, true, true, failed},
		{true, false, false, false, successful},
		{true, false, false, true, successful}, // paused after it finished
		{true, false, true, false, successful}, // it finished after all
		{true, false, true, true, successful},
		{true, true, false, false, empty}, // nothing runs, nothing is successful
		{true, true, false, true, empty},
		{true, true, true, false, empty},
		{true, true, true, true, empty},
	} {
		l := observed{
			finished: tt.finished, finishedAt: at(1), empty: tt.empty, emptyAt: at(2),
			failed: tt.failed, failedAt: at(3), failure: message, waitsSince: at(4), began: at(5),
		}
		if tt.waits {
			l.waits = becausePaused
		}
		var got told
		got.State, got.Since, got.Message = l.state()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("finished %t, empty %t, failed %t, waits %t (-want +got):\n%s", tt.finished, tt.empty, tt.failed, tt.waits, diff)
		}
	}
}

func TestAFailureWithoutAWord(t *testing.T) {
	given := observed{failed: true}
	if state, _, why := given.state(); state != Failed || why != becauseGivenUp {
		t.Errorf("state() = %s, %q; want failed, and that nobody says why", state, why)
	}
}

// What a person reads on the record, of each kind.
func TestARolloutSaysWhyItIsPending(t *testing.T) {
	agent := func() *daemonSetBuilder { return makeDaemonSet("agent").Released() }
	db := func() *statefulSetBuilder { return makeStatefulSet("db").Released() }
	for name, tt := range map[string]struct {
		observe func() (Rollout, bool)
		want    string
	}{
		"a Deployment at 0": {
			ofDeployment(makeDeployment("web").Replicas(0).Pods(0, 0, 0)), becauseEmpty,
		},
		"a Deployment at 0 that is paused": {
			ofDeployment(makeDeployment("web").Replicas(0).Pods(1, 1, 0).Paused()), becauseEmpty,
		},
		"a Deployment that was failing, scaled to 0 while its pods go": {
			ofDeployment(makeDeployment("web").Replicas(0).Pods(2, 1, 1).Progressing(reasonDeadlineExceeded, at(4), at(4), "")), becauseEmpty,
		},
		"a paused Deployment": {
			ofDeployment(makeDeployment("web").Replicas(3).Pods(4, 1, 3).Paused()), becausePaused,
		},
		"a StatefulSet at 0": {ofStatefulSet(db().Replicas(0).Pods(0, 0, 0)), becauseEmpty},
		"a StatefulSet on delete at 0, while its pods go": {
			ofStatefulSet(db().Strategy("OnDelete").Replicas(0).Pods(2, 0, 2)), becauseEmpty,
		},
		"a StatefulSet on delete":            {ofStatefulSet(db().Strategy("OnDelete").Pods(3, 0, 3)), becauseOnDelete},
		"a StatefulSet behind its partition": {ofStatefulSet(db().Partition(3).Pods(3, 0, 3)), becausePartition},
		"a DaemonSet that no node takes":     {ofDaemonSet(agent().Nodes(0, 0, 0, 0)), becauseEmpty},
		"a DaemonSet on delete that no node takes": {
			ofDaemonSet(agent().Strategy("OnDelete").Nodes(0, 0, 0, 0)), becauseEmpty,
		},
		"a DaemonSet on delete": {ofDaemonSet(agent().Strategy("OnDelete").Nodes(3, 3, 0, 3)), becauseOnDelete},
		"a Rollout of Argo's at 0": {
			ofArgo(makeArgoRollout("web").Replicas(0).Pods(0, 0)), becauseEmpty,
		},
		"a paused Rollout of Argo's": {ofArgo(makeArgoRollout("web").Released().Paused()), becausePaused},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := tt.observe()
			if !ok || got.State != Pending || got.Message != tt.want {
				t.Errorf("it is %s because: %s; want pending because: %s", got.State, got.Message, tt.want)
			}
		})
	}
}

func ofDeployment(b *deploymentBuilder) func() (Rollout, bool) {
	return func() (Rollout, bool) { return FromDeployment(b.Obj()) }
}

func ofStatefulSet(b *statefulSetBuilder) func() (Rollout, bool) {
	return func() (Rollout, bool) { return FromStatefulSet(b.Obj(), objects(b.history)) }
}

func ofDaemonSet(b *daemonSetBuilder) func() (Rollout, bool) {
	return func() (Rollout, bool) { return FromDaemonSet(b.Obj(), objects(b.history)) }
}

func ofArgo(b *argoBuilder) func() (Rollout, bool) {
	return func() (Rollout, bool) { return FromArgoRollout(b.Obj(), nil) }
}
