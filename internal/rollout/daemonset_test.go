// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestFromDaemonSet(t *testing.T) {
	const onDelete = appsv1.OnDeleteDaemonSetStrategyType
	agent := func() *daemonSetBuilder { return makeDaemonSet("agent") }
	next := func() *daemonSetBuilder { return agent().Released().StatusWritten(9) }
	first, second, third := template("shop/agent:1.0"), template("shop/agent:2.0"), template("shop/agent:3.0")
	again := restarted(first)
	again.Annotations[annotationRestartedAt] = "2026-03-01T10:00:00Z"
	revision := func(number int64, t corev1.PodTemplateSpec, minutes int) *revisionBuilder {
		return makeRevision("DaemonSet", "agent", number, t, minutes)
	}
	tests := map[string]struct {
		set         *daemonSetBuilder
		wantNothing bool
		want        glance
	}{
		"a generation that its controller has not seen": {
			set: next().Generation(2, 1), wantNothing: true,
		},
		"its controller has not looked at it at all": {
			set: agent().Generation(1, 0).Nodes(0, 0, 0, 0), wantNothing: true,
		},
		"no history yet": {
			set: agent().History(), wantNothing: true,
		},
		"the history lags: its revision is not there yet": {
			set: next().History(revision(1, first, 0)), wantNothing: true,
		},
		"the DaemonSet lags: a newer revision is there already": {
			set: next().Template(first), wantNothing: true,
		},
		"the revision of another DaemonSet": {
			set: agent().History(makeRevision("DaemonSet", "logs", 1, first, 0)), wantNothing: true,
		},
		"revisions of another DaemonSet do not count": {
			set:  agent().History(revision(1, first, 0), makeRevision("DaemonSet", "logs", 9, second, 3)),
			want: glance{1, Successful, at(1), left(3, 0, 0)},
		},

		"the first revision, and no pod yet": {
			set: agent().Nodes(3, 0, 0, 0), want: glance{1, InProgress, at(0), left(3, 0, 3)},
		},
		"the first revision, and not all pods are available": {
			set: agent().Nodes(3, 3, 3, 1), want: glance{1, InProgress, at(0), left(3, 0, 2)},
		},
		"the first revision, finished": {
			set: agent(), want: glance{1, Successful, at(1), left(3, 0, 0)},
		},
		"rolling out: no pod updated yet": {
			set: next().Nodes(3, 3, 0, 3), want: glance{2, InProgress, at(5), left(3, 3, 0)},
		},
		"rolling out: a pod is gone": {
			set: next().Nodes(3, 2, 0, 2), want: glance{2, InProgress, at(5), left(3, 2, 1)},
		},
		"rolling out: its successor is not available": {
			set: next().Nodes(3, 3, 1, 2), want: glance{2, InProgress, at(5), left(3, 2, 1)},
		},
		"rolling out: all are available, and not all updated": {
			set: next().Nodes(3, 3, 2, 3), want: glance{2, InProgress, at(5), left(3, 1, 0)},
		},
		"rolling out: all are updated, and not all available": {
			set: next().Nodes(3, 3, 3, 2), want: glance{2, InProgress, at(5), left(3, 0, 1)},
		},
		"finished": {
			set: next(), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"finished, and nothing tells when": {
			set: next().NoManagedFields(), want: glance{2, Successful, time.Time{}, left(3, 0, 0)},
		},
		"no node takes it: nothing runs, and nothing is successful": {
			set: next().Nodes(0, 0, 0, 0), want: glance{2, Pending, at(9), left(0, 0, 0)},
		},
		"a node joined, and has no pod yet": {
			set: next().Nodes(4, 3, 3, 3), want: glance{2, InProgress, at(5), left(4, 0, 1)},
		},

		"rolled back: the old revision has a new number, since it was given that": {
			set:  agent().History(revision(1, first, 0).Raised(3, 7), revision(2, second, 5)).Nodes(3, 3, 1, 2),
			want: glance{3, InProgress, at(7), left(3, 2, 1)},
		},
		"rolled back, and the history lags: the old revision has its old number": {
			set: agent().History(revision(1, first, 0), revision(2, second, 5)), wantNothing: true,
		},
		"rolled back, and the DaemonSet lags": {
			set: next().History(revision(1, first, 0).Raised(3, 7), revision(2, second, 5)), wantNothing: true,
		},
		"two have the highest number: it is at the one that holds its template": {
			set:  agent().Template(third).History(revision(1, first, 0), revision(2, second, 5), revision(3, third, 6).Raised(2, 6)).Nodes(3, 3, 1, 2),
			want: glance{2, InProgress, at(6), left(3, 2, 1)},
		},
		"two have the highest number, in another order": {
			set:  agent().Template(third).History(revision(3, third, 6).Raised(2, 6), revision(2, second, 5), revision(1, first, 0)).Nodes(3, 3, 1, 2),
			want: glance{2, InProgress, at(6), left(3, 2, 1)},
		},
		"two have the highest number, and neither holds its template": {
			set: agent().History(revision(1, first, 0), revision(2, second, 5), revision(3, third, 6).Raised(2, 6)), wantNothing: true,
		},
		"two restarts have the highest number: the order says nothing": {
			set:  agent().Template(again).History(revision(3, again, 7).Raised(2, 7), revision(2, restarted(first), 6), revision(1, first, 0)).Nodes(3, 3, 1, 3),
			want: glance{2, InProgress, at(6), left(3, 2, 0)},
		},
		"two restarts have the highest number, in another order": {
			set:  agent().Template(again).History(revision(1, first, 0), revision(2, restarted(first), 6), revision(3, again, 7).Raised(2, 7)).Nodes(3, 3, 1, 3),
			want: glance{2, InProgress, at(6), left(3, 2, 0)},
		},
		"restarted: a revision of its own": {
			set:  agent().Template(restarted(first)).History(revision(1, first, 0), revision(2, restarted(first), 6)).Nodes(3, 3, 1, 3),
			want: glance{2, InProgress, at(6), left(3, 2, 0)},
		},
		"restarted, and the history lags: the template is the same": {
			set:  agent().Template(restarted(first)).Nodes(3, 3, 0, 3),
			want: glance{1, InProgress, at(0), left(3, 3, 0)},
		},

		"on delete: nobody deleted a pod": {
			set: next().Strategy(onDelete).Nodes(3, 3, 0, 3), want: glance{2, Pending, at(5), left(3, 3, 0)},
		},
		"on delete: a pod was deleted": {
			set: next().Strategy(onDelete).Nodes(3, 3, 1, 2), want: glance{2, Pending, at(5), left(3, 2, 1)},
		},
		"on delete: the last pod was deleted, and nobody has to do anything": {
			set: next().Strategy(onDelete).Nodes(3, 3, 3, 2), want: glance{2, InProgress, at(5), left(3, 0, 1)},
		},
		"on delete: finished": {
			set: next().Strategy(onDelete), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"on delete: the first revision, and not all pods are available": {
			set: agent().Strategy(onDelete).Nodes(3, 2, 2, 1), want: glance{1, InProgress, at(0), left(3, 0, 2)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			history := objects(tt.set.history)
			got, ok := FromDaemonSet(tt.set.Obj(), history)
			if ok == tt.wantNothing {
				t.Fatalf("FromDaemonSet() = %+v, %v; want nothing: %v", got, ok, tt.wantNothing)
			}
			if ok {
				if diff := cmp.Diff(tt.want, glanceAt(got)); diff != "" {
					t.Errorf("FromDaemonSet (-want +got):\n%s", diff)
				}
			}
			after, okAfter := FromDaemonSet(afterTrim(t, tt.set.Obj()), trimmedHistory(t, history))
			if diff := cmp.Diff(got, after, unread); okAfter != ok || diff != "" {
				t.Errorf("FromDaemonSet() after Trim = %v, before it %v (-before +after):\n%s", okAfter, ok, diff)
			}
		})
	}
}

func TestFromDaemonSetTellsWhatItIsOfAndWhatItHolds(t *testing.T) {
	b := makeDaemonSet("agent")
	want := Rollout{
		Workload: Workload{
			APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "shop", Name: "agent", UID: "uid-of-agent", Created: at(0),
		},
		Sources: Sources{
			Annotations:         map[string]string{"rollcall.dev/branch": "SHOP-1"},
			TemplateAnnotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-2"},
			TemplateLabels:      map[string]string{"app": "db"},
			Images:              []string{"shop/agent:1.0"},
			ExactHash:           ExactHash(b.d.Spec.Template),
		},
		Revision:     1,
		TemplateHash: TemplateHash(b.d.Spec.Template),
		State:        Successful,
		Since:        at(1),
		Remaining:    Remaining{Desired: 3},
		Unwatched:    true,
		Message:      becauseFinished,
	}
	got, ok := FromDaemonSet(b.Obj(), objects(b.history))
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("FromDaemonSet() = %v (-want +got):\n%s", ok, diff)
	}
}

func TestTrimOfADaemonSetKeepsWhatIsReadAndNothingElse(t *testing.T) {
	b := makeDaemonSet("agent")
	b.d.Annotations[annotationLastApplied] = "{}"
	b.d.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "agent"}}
	b.d.Status.Conditions = []appsv1.DaemonSetCondition{{Type: "Ready"}}
	full := b.Obj()

	want := full.DeepCopy()
	want.Annotations = map[string]string{"rollcall.dev/branch": "SHOP-1", trimmedHash: hashes(full.Spec.Template), trimmedImages: "shop/agent:1.0"}
	want.ManagedFields = timeOnly(at(1))
	want.Spec = appsv1.DaemonSetSpec{UpdateStrategy: full.Spec.UpdateStrategy, Template: full.Spec.Template}
	want.Spec.Template.Spec = corev1.PodSpec{}
	want.Status.Conditions = nil

	once := afterTrim(t, full)
	if diff := cmp.Diff(want, once); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, afterTrim(t, once.DeepCopy())); diff != "" {
		t.Errorf("Trim of a trimmed DaemonSet (-once +twice):\n%s", diff)
	}
}
