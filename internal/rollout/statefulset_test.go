// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestFromStatefulSet(t *testing.T) {
	const (
		onDelete = appsv1.OnDeleteStatefulSetStrategyType
		recreate = appsv1.RecreateStatefulSetStrategyType
		rolling  = appsv1.RollingUpdateStatefulSetStrategyType
	)
	db := func() *statefulSetBuilder { return makeStatefulSet("db") }
	next := func() *statefulSetBuilder { return db().Released().StatusWritten(9) }
	first, second, third := template("shop/db:1.0"), template("shop/db:2.0"), template("shop/db:3.0")
	revision := func(number int64, t corev1.PodTemplateSpec, minutes int) *revisionBuilder {
		return makeRevision("StatefulSet", "db", number, t, minutes)
	}
	tests := map[string]struct {
		set         *statefulSetBuilder
		wantNothing bool
		want        glance
	}{
		"a generation that its controller has not seen": {
			set: next().Generation(2, 1), wantNothing: true,
		},
		"its controller has not looked at it at all": {
			set: db().Generation(1, 0).At("", ""), wantNothing: true,
		},
		"no history yet": {
			set: db().History(), wantNothing: true,
		},
		"the history lags: its revision is not there yet": {
			set: next().History(revision(1, first, 0)), wantNothing: true,
		},
		"the StatefulSet lags: a newer revision is there already": {
			set: next().At("db-1", "db-1"), wantNothing: true,
		},
		"a revision without a number": {
			set: db().History(revision(1, first, 0).Raised(0, 0)), wantNothing: true,
		},
		"the revision of another StatefulSet": {
			set: db().History(makeRevision("StatefulSet", "pay", 1, first, 0)), wantNothing: true,
		},
		"revisions of another StatefulSet do not count": {
			set:  db().History(revision(1, first, 0), makeRevision("StatefulSet", "pay", 9, second, 3)),
			want: glance{1, Successful, at(1), left(3, 0, 0)},
		},

		"the first revision, and no pod yet": {
			set: db().Pods(0, 0, 0), want: glance{1, InProgress, at(0), left(3, 0, 3)},
		},
		"the first revision, pod after pod": {
			set: db().Pods(2, 2, 1), want: glance{1, InProgress, at(0), left(3, 0, 2)},
		},
		"the first revision, finished": {
			set: db(), want: glance{1, Successful, at(1), left(3, 0, 0)},
		},
		"rolling out: no pod updated yet": {
			set: next().Pods(3, 0, 3), want: glance{2, InProgress, at(5), left(3, 3, 0)},
		},
		"rolling out: a pod is gone": {
			set: next().Pods(2, 0, 2), want: glance{2, InProgress, at(5), left(3, 2, 1)},
		},
		"rolling out: its successor is not ready": {
			set: next().Pods(3, 1, 2), want: glance{2, InProgress, at(5), left(3, 2, 1)},
		},
		"rolling out: all are ready, and not all updated": {
			set: next().Pods(3, 2, 3), want: glance{2, InProgress, at(5), left(3, 1, 0)},
		},
		"rolling out: all are updated, and not all ready": {
			set: next().Pods(3, 3, 2), want: glance{2, InProgress, at(5), left(3, 0, 1)},
		},
		"all are ready, and one is not available": {
			set: next().Available(2, 30), want: glance{2, InProgress, at(5), left(3, 0, 1)},
		},
		"finished": {
			set: next(), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"finished, and nothing tells when": {
			set: next().NoManagedFields(), want: glance{2, Successful, time.Time{}, left(3, 0, 0)},
		},
		"rolling out, and nothing tells since when": {
			set: next().Pods(3, 1, 2).NoManagedFields(), want: glance{2, InProgress, time.Time{}, left(3, 2, 1)},
		},
		"one replica by default, finished": {
			set: next().ReplicasByDefault().Pods(1, 1, 1), want: glance{2, Successful, at(9), left(1, 0, 0)},
		},
		"one replica by default, not ready": {
			set: next().ReplicasByDefault().Pods(1, 1, 0), want: glance{2, InProgress, at(5), left(1, 0, 1)},
		},
		"scaled to zero with a new template: nothing runs, and nothing is successful": {
			set: next().Replicas(0).Pods(0, 0, 0), want: glance{2, Pending, at(9), left(0, 0, 0)},
		},
		"scaled to zero, while its pods go": {
			set: next().Replicas(0).Pods(2, 0, 1), want: glance{2, Pending, at(9), left(0, 2, 0)},
		},
		"scaled down while its last pod is stuck: the ready one is of the revision before": {
			set: next().Replicas(1).Pods(2, 1, 1), want: glance{2, InProgress, at(5), left(1, 1, 0)},
		},
		"scaled down, and the ready pod may be the one that goes": {
			set: next().Replicas(1).Pods(2, 2, 1), want: glance{2, InProgress, at(5), left(1, 0, 0)},
		},
		"scaled down, while the surplus goes: finished to kubectl": {
			set: next().Replicas(2).Pods(3, 3, 3), want: glance{2, Successful, at(9), left(2, 0, 0)},
		},
		"scaled up, and a pod is missing": {
			set: next().Replicas(4).Pods(3, 3, 3), want: glance{2, InProgress, at(5), left(4, 0, 1)},
		},

		"rolled back: the old revision has a new number, since it was given that": {
			set:  db().At("db-2", "db-1").History(revision(1, first, 0).Raised(3, 7), revision(2, second, 5)).Pods(3, 1, 2),
			want: glance{3, InProgress, at(7), left(3, 2, 1)},
		},
		"rolled back, and the history lags: the old revision has its old number": {
			set: db().At("db-2", "db-1").History(revision(1, first, 0), revision(2, second, 5)), wantNothing: true,
		},
		"rolled back, and the StatefulSet lags": {
			set: next().History(revision(1, first, 0).Raised(3, 7), revision(2, second, 5)), wantNothing: true,
		},
		"two have the highest number: it is at the one that it names": {
			set:  db().At("db-1", "db-3").Pods(3, 1, 2).History(revision(1, first, 0), revision(2, second, 5), revision(3, third, 6).Raised(2, 6)),
			want: glance{2, InProgress, at(6), left(3, 2, 1)},
		},
		"two have the highest number, in another order": {
			set:  db().At("db-1", "db-3").Pods(3, 1, 2).History(revision(3, third, 6).Raised(2, 6), revision(2, second, 5), revision(1, first, 0)),
			want: glance{2, InProgress, at(6), left(3, 2, 1)},
		},
		"two have the highest number, and it names neither": {
			set: db().At("db-1", "db-1").History(revision(1, first, 0), revision(2, second, 5), revision(3, third, 6).Raised(2, 6)), wantNothing: true,
		},
		"restarted: a revision of its own": {
			set: db().At("db-1", "db-2").Pods(3, 1, 3).
				History(revision(1, first, 0), revision(2, restarted(first), 6)),
			want: glance{2, InProgress, at(6), left(3, 2, 0)},
		},

		"partitioned: those above the partition are not updated yet": {
			set: next().Partition(1).Pods(3, 1, 3), want: glance{2, InProgress, at(5), left(3, 2, 0)},
		},
		"partitioned: those above the partition are updated": {
			set: next().Partition(1).Pods(3, 2, 3), want: glance{2, Successful, at(9), left(3, 1, 0)},
		},
		"partitioned: those above the partition are updated, and not ready": {
			set: next().Partition(1).Pods(3, 2, 2), want: glance{2, InProgress, at(5), left(3, 1, 1)},
		},
		"the partition holds back all pods": {
			set: next().Partition(3).Pods(3, 0, 3), want: glance{2, Pending, at(5), left(3, 3, 0)},
		},
		"the partition is larger than the replicas": {
			set: next().Partition(9).Pods(3, 0, 3), want: glance{2, Pending, at(5), left(3, 3, 0)},
		},
		"the partition was raised after one pod was updated": {
			set: next().Partition(3).Pods(3, 1, 3), want: glance{2, Successful, at(9), left(3, 2, 0)},
		},
		"the partition holds back all pods, of which there are none": {
			set: next().Partition(3).Replicas(0).Pods(0, 0, 0), want: glance{2, Pending, at(9), left(0, 0, 0)},
		},
		"with a partition from the start, pod after pod": {
			set: db().Partition(3).Pods(1, 1, 0), want: glance{1, InProgress, at(0), left(3, 0, 3)},
		},
		"with a partition from the start, finished": {
			set: db().Partition(3), want: glance{1, Successful, at(1), left(3, 0, 0)},
		},

		"on delete: nobody deleted a pod": {
			set: next().Strategy(onDelete).Pods(3, 0, 3), want: glance{2, Pending, at(5), left(3, 3, 0)},
		},
		"on delete: a pod was deleted": {
			set: next().Strategy(onDelete).Pods(3, 1, 2), want: glance{2, Pending, at(5), left(3, 2, 1)},
		},
		"on delete: the last pod was deleted, and nobody has to do anything": {
			set: next().Strategy(onDelete).Pods(3, 3, 2), want: glance{2, InProgress, at(5), left(3, 0, 1)},
		},
		"on delete: finished": {
			set: next().Strategy(onDelete), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"on delete: the first revision, pod after pod": {
			set: db().Strategy(onDelete).Pods(2, 2, 1), want: glance{1, InProgress, at(0), left(3, 0, 2)},
		},
		"recreated: all old pods are gone": {
			set: next().Strategy(recreate).Pods(0, 0, 0), want: glance{2, InProgress, at(5), left(3, 0, 3)},
		},
		"recreated: old pods are going": {
			set: next().Strategy(recreate).Pods(3, 0, 0), want: glance{2, InProgress, at(5), left(3, 3, 3)},
		},
		"recreated: finished": {
			set: next().Strategy(recreate), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"a strategy without a partition: all are updated, and the controller does not call it complete": {
			set: next().Strategy(rolling).Pods(4, 3, 4), want: glance{2, InProgress, at(5), left(3, 1, 0)},
		},
		"a strategy without a partition: finished": {
			set: next().Strategy(rolling).At("db-2", "db-2"), want: glance{2, Successful, at(9), left(3, 0, 0)},
		},
		"a strategy without a partition: undone half-way, and a pod of the other release is still ready": {
			set: db().Strategy(rolling).At("db-1", "db-1").Pods(3, 2, 3).
				History(revision(1, first, 0).Raised(3, 7), revision(2, second, 5)),
			want: glance{3, InProgress, at(7), left(3, 1, 0)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			history := objects(tt.set.history)
			got, ok := FromStatefulSet(tt.set.Obj(), history)
			if ok == tt.wantNothing {
				t.Fatalf("FromStatefulSet() = %+v, %v; want nothing: %v", got, ok, tt.wantNothing)
			}
			if ok {
				if diff := cmp.Diff(tt.want, glanceAt(got)); diff != "" {
					t.Errorf("FromStatefulSet (-want +got):\n%s", diff)
				}
			}
			after, okAfter := FromStatefulSet(afterTrim(t, tt.set.Obj()), trimmedHistory(t, history))
			if diff := cmp.Diff(got, after, unread); okAfter != ok || diff != "" {
				t.Errorf("FromStatefulSet() after Trim = %v, before it %v (-before +after):\n%s", okAfter, ok, diff)
			}
		})
	}
}

// unread leaves out the annotations that Trim adds and takes away.
var unread = cmpopts.IgnoreMapEntries(func(name, _ string) bool {
	return name == trimmedHash || name == trimmedImages || name == annotationLastApplied
})

func TestFromStatefulSetTellsWhatItIsOfAndWhatItHolds(t *testing.T) {
	b := makeStatefulSet("db")
	b.s.Labels = map[string]string{"team": "shop"}
	want := Rollout{
		Workload: Workload{
			APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "shop", Name: "db", UID: "uid-of-db", Created: at(0),
		},
		Sources: Sources{
			Annotations:         map[string]string{"rollcall.dev/branch": "SHOP-1"},
			Labels:              map[string]string{"team": "shop"},
			TemplateAnnotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-2"},
			TemplateLabels:      map[string]string{"app": "db"},
			Images:              []string{"shop/db:1.0"},
			ExactHash:           ExactHash(b.s.Spec.Template),
		},
		Revision:     1,
		TemplateHash: TemplateHash(b.s.Spec.Template),
		State:        Successful,
		Since:        at(1),
		Remaining:    Remaining{Desired: 3},
		Unwatched:    true,
		Message:      becauseFinished,
	}
	got, ok := FromStatefulSet(b.Obj(), objects(b.history))
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("FromStatefulSet() = %v (-want +got):\n%s", ok, diff)
	}
}

func TestTrimOfAStatefulSetKeepsWhatIsReadAndNothingElse(t *testing.T) {
	b := makeStatefulSet("db")
	b.s.Annotations[annotationLastApplied] = "{}"
	b.s.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	b.s.Status.Conditions = []appsv1.StatefulSetCondition{{Type: "Progressing"}}
	full := b.Obj()

	want := full.DeepCopy()
	want.Annotations = map[string]string{"rollcall.dev/branch": "SHOP-1", trimmedHash: hashes(full.Spec.Template), trimmedImages: "shop/db:1.0"}
	want.ManagedFields = timeOnly(at(1))
	want.Spec = appsv1.StatefulSetSpec{Replicas: full.Spec.Replicas, UpdateStrategy: full.Spec.UpdateStrategy, Template: full.Spec.Template}
	want.Spec.Template.Spec = corev1.PodSpec{}
	want.Status.Conditions = nil

	once := afterTrim(t, full)
	if diff := cmp.Diff(want, once); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, afterTrim(t, once.DeepCopy())); diff != "" {
		t.Errorf("Trim of a trimmed StatefulSet (-once +twice):\n%s", diff)
	}
}
