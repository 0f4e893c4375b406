// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Every row is told of the object as the API server has it, and as the cache has it.
func TestFromArgoRollout(t *testing.T) {
	const (
		yes, no  = corev1.ConditionTrue, corev1.ConditionFalse
		timedOut = `ReplicaSet "web-7c4" has timed out progressing.`
		aborted  = "Rollout aborted update to revision 7"
	)
	released := func() *argoBuilder { return makeArgoRollout("web").Released() }
	finished := func() *argoBuilder {
		return released().Pods(3, 3).Hashes("7c4", "7c4").Phase("Healthy", "").
			Condition("Progressing", yes, reasonNewAvailable, "", at(4), at(9))
	}
	tests := map[string]struct {
		rollout      *argoBuilder
		wantNothing  bool
		wantRevision int64
		wantState    State
		wantSince    time.Time
		wantMessage  string
		wantEmpty    bool
	}{
		"a generation that its controller has not seen: the number is still the old one's": {
			rollout: released().Generation(2, "1"), wantNothing: true,
		},
		"what a controller before 0.10 has observed is a hash": {
			rollout: released().Generation(2, "6b8f9d"), wantNothing: true,
		},
		"a controller before 1.0 writes no phase": {
			rollout: finished().Phase("", ""), wantNothing: true,
		},
		"no revision yet":              {rollout: released().Revision(""), wantNothing: true},
		"a revision below one":         {rollout: released().Revision("0"), wantNothing: true},
		"a revision that is no number": {rollout: released().Revision("seven"), wantNothing: true},
		"its template is a Deployment's that is not there": {
			rollout: finished().Of("web", "1"), wantNothing: true,
		},
		"a spec that is not valid gets no revision": {
			rollout: finished().Phase("Degraded", "InvalidSpec: missing field").
				Condition("InvalidSpec", yes, "InvalidSpec", "missing field", at(9), at(9)),
			wantNothing: true,
		},
		"a new template that starts the steps anew, and has no ReplicaSet yet": {
			rollout: released().Pods(0, 0).Condition("Progressing", yes, "ReplicaSetUpdated", `Rollout "web" is progressing.`, at(4), at(6)),

			wantNothing: true,
		},
		"a new template on a paused Rollout has no revision": {
			rollout: released().Pods(0, 0).Paused(), wantNothing: true,
		},
		"rolling out": {
			rollout: released(), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: there is a ReplicaSet, and no pod yet, because the first step is an analysis": {
			rollout: released().Pods(0, 0), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: all pods are there, and the steps are not done": {
			rollout:      released().Pods(3, 3).Phase("Progressing", "waiting for all steps to complete"),
			wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: the phase is the last template's": {
			rollout: released().Phase("Healthy", ""), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"the first rollout of all": {
			rollout: released().Revision("1").Hashes("7c4", ""), wantRevision: 1, wantState: InProgress, wantSince: at(6),
		},
		"paused at a step": {
			rollout:      released().Phase("Paused", "CanaryPauseStep").Condition("Paused", yes, "RolloutPaused", "", at(7), at(8)),
			wantRevision: 7, wantState: Pending, wantSince: at(7),
		},
		"paused at a step before there is a pod": {
			rollout:      released().Pods(0, 0).Phase("Paused", "CanaryPauseStep").Condition("Paused", yes, "RolloutPaused", "", at(7), at(8)),
			wantRevision: 7, wantState: Pending, wantSince: at(7),
		},
		"paused by a person half-way": {
			rollout:      released().Paused().Condition("Progressing", corev1.ConditionUnknown, "RolloutPaused", "", at(7), at(8)),
			wantRevision: 7, wantState: Pending, wantSince: at(8),
		},
		"paused by a person, and the phase does not tell yet": {
			rollout:      released().Paused().Phase("Progressing", ""),
			wantRevision: 7, wantState: Pending, wantSince: at(6),
		},
		"paused after it finished": {
			rollout: finished().Paused(), wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"going on after a pause": {
			rollout: released().Condition("Paused", no, "RolloutPaused", "", at(7), at(7)).
				Condition("Progressing", corev1.ConditionUnknown, "RolloutResumed", "Rollout is resumed", at(8), at(8)),
			wantRevision: 7, wantState: InProgress, wantSince: at(8),
		},
		"past the progress deadline": {
			rollout: released().Phase("Degraded", "ProgressDeadlineExceeded: "+timedOut).
				Condition("Progressing", no, reasonDeadlineExceeded, timedOut, at(14), at(15)),
			wantRevision: 7, wantState: Failed, wantSince: at(14), wantMessage: "ProgressDeadlineExceeded: " + timedOut,
		},
		"aborted, and all its pods are gone": {
			rollout: released().Pods(0, 0).Abort().Phase("Degraded", "RolloutAborted: "+aborted).
				Condition("Progressing", no, "RolloutAborted", aborted, at(11), at(11)),
			wantRevision: 7, wantState: Failed, wantSince: at(11), wantMessage: "RolloutAborted: " + aborted,
		},
		"aborted, and the phase does not tell yet": {
			rollout:      released().Abort().Condition("Progressing", no, "RolloutAborted", aborted, at(11), at(11)),
			wantRevision: 7, wantState: Failed, wantSince: at(11), wantMessage: aborted,
		},
		"aborted by a person a moment ago": {
			rollout: released().Abort(), wantRevision: 7, wantState: Failed, wantSince: at(4), wantMessage: "The rollout was aborted.",
		},
		"aborted when there was nothing to abort": {
			rollout: finished().Abort(), wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"finished": {
			rollout: finished(), wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"finished, and Progressing does not tell when": {
			rollout: finished().Without("Progressing").Condition("Healthy", yes, "RolloutHealthy", "", at(8), at(9)),

			wantRevision: 7, wantState: Successful, wantSince: at(8),
		},
		"finished, and nothing tells when": {
			rollout: finished().Without("Progressing"), wantRevision: 7, wantState: Successful,
		},
		"finished, without Argo's hashes": {
			rollout: finished().Hashes("", ""), wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"zero replicas: nothing runs, and nothing is successful": {
			rollout: finished().Replicas(0).Pods(0, 0), wantRevision: 7, wantState: Pending, wantSince: at(9), wantEmpty: true,
		},
		"rolled back: the stable template has a new number": {
			rollout: finished().Revision("8"), wantRevision: 8, wantState: Successful, wantSince: at(9),
		},
	}
	for name, tt := range tests {
		for as, object := range map[string]*unstructured.Unstructured{
			"whole": tt.rollout.Obj(), "trimmed": trimmedArgo(t, tt.rollout.Obj()),
		} {
			t.Run(name+", "+as, func(t *testing.T) {
				got, ok := FromArgoRollout(object, nil)
				if ok == tt.wantNothing {
					t.Fatalf("FromArgoRollout() = %+v, %v; want something: %v", got, ok, !tt.wantNothing)
				}
				want := Rollout{Revision: tt.wantRevision, State: tt.wantState, Since: tt.wantSince, Message: tt.wantMessage, Empty: tt.wantEmpty}
				if tt.wantState != Failed { // the reasons of the other states have a test of their own
					got.Message = ""
				}
				if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Rollout{}, "Workload", "Sources", "TemplateHash", "Remaining", "Unwatched")); diff != "" {
					t.Errorf("FromArgoRollout (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestFromArgoRolloutTellsWhatItIsOfAndWhatItHolds(t *testing.T) {
	b := makeArgoRollout("web").With(func(d *deploymentBuilder) {
		d.Image("shop/web:1.2", "shop/proxy:3").
			Annotation("rollcall.dev/branch", "SHOP-1").Label("app", "web").
			TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").TemplateLabel("tier", "front")
	})
	want := Rollout{
		Workload: Workload{
			APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Namespace: "shop", Name: "web", UID: "uid-of-web", Created: at(0),
		},
		Sources: Sources{
			Annotations:         map[string]string{annotationArgoRevision: "1", "rollcall.dev/branch": "SHOP-1"},
			Labels:              map[string]string{"app": "web"},
			TemplateAnnotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-2"},
			TemplateLabels:      map[string]string{"tier": "front"},
			Images:              []string{"shop/web:1.2", "shop/proxy:3"},
			ExactHash:           ExactHash(b.d.d.Spec.Template),
		},
		Revision:     1,
		TemplateHash: TemplateHash(b.d.d.Spec.Template),
		State:        Successful,
		Since:        at(1),
		Message:      becauseFinished,
	}
	got, ok := FromArgoRollout(b.Obj(), nil)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("FromArgoRollout() = %v (-want +got):\n%s", ok, diff)
	}
}

func TestFromArgoRolloutTellsTheSameOfATrimmedRollout(t *testing.T) {
	b := makeArgoRollout("web").With(func(d *deploymentBuilder) {
		d.Image("shop/web:1.2", "shop/proxy:3").Label("app", "web").TemplateLabel("tier", "front").
			TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z").RealSize()
	})
	want, wantOK := FromArgoRollout(b.Obj(), nil)
	got, ok := FromArgoRollout(trimmedArgo(t, b.Obj()), nil)
	if diff := cmp.Diff(want, got, unread); !ok || !wantOK || diff != "" {
		t.Errorf("FromArgoRollout() after Trim = %v, before it %v (-before +after):\n%s", ok, wantOK, diff)
	}
}

// Nobody but Argo's own webhooks keeps a Rollout from being written in a way that Kubernetes would refuse.
func TestFromArgoRolloutSaysNothingOfWhatItCannotRead(t *testing.T) {
	for name, path := range map[string][]string{
		"a status that is a text": {"status"}, "a template that is a text": {"spec", "template"}, "conditions that are a text": {"status", "conditions"},
	} {
		t.Run(name, func(t *testing.T) {
			o := makeArgoRollout("web").Obj()
			if err := unstructured.SetNestedField(o.Object, "text", path...); err != nil {
				t.Fatal(err)
			}
			after := trimmedArgo(t, o)
			if why := NotUnderstood(after); !strings.Contains(why, "not written as a Rollout is") {
				t.Errorf("NotUnderstood() after Trim = %q", why)
			}
			want := map[string]any{"namespace": "shop", "name": "web", "uid": "uid-of-web", "generation": int64(1), "creationTimestamp": "2026-03-01T09:00:00Z"}
			kept, _, _ := unstructured.NestedMap(after.Object, "metadata")
			delete(kept, "annotations")
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("metadata of what cannot be read (-want +got):\n%s", diff)
			}
			if got, ok := FromArgoRollout(after, nil); ok {
				t.Errorf("FromArgoRollout() = %+v, want nothing", got)
			}
		})
	}
}

func TestTrimKeepsOfAnArgoRolloutWhatIsRead(t *testing.T) {
	b := makeArgoRollout("web").With(func(d *deploymentBuilder) {
		d.Image("shop/web:1.2", "shop/proxy:3").TemplateLabel("tier", "front").RealSize()
	})
	full := b.Obj()
	want := full.DeepCopy()
	want.SetManagedFields(nil)
	unstructured.RemoveNestedField(want.Object, "status", "message") // it is empty
	want.SetAnnotations(map[string]string{annotationArgoRevision: "1", trimmedHash: hashes(b.d.d.Spec.Template), trimmedImages: "shop/web:1.2\nshop/proxy:3"})
	metadata, _, _ := unstructured.NestedMap(full.Object, "spec", "template", "metadata")
	want.Object["spec"] = map[string]any{
		"replicas": int64(1),
		"template": map[string]any{"metadata": metadata},
	}
	once := trimmedArgo(t, full)
	if diff := cmp.Diff(want, once); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(once, trimmedArgo(t, once.DeepCopy())); diff != "" {
		t.Errorf("Trim of a trimmed Rollout (-once +twice):\n%s", diff)
	}
}

func TestTrimReturnsAnotherKindOfObjectWithoutAGoType(t *testing.T) {
	o := makeArgoRollout("web").Obj()
	o.SetKind("Experiment")
	if diff := cmp.Diff(o.DeepCopy(), trimmedArgo(t, o)); diff != "" {
		t.Errorf("Trim of an Experiment (-before +after):\n%s", diff)
	}
}

func trimmedArgo(t *testing.T, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	got, err := Trim(o)
	if err != nil {
		t.Fatalf("Trim() error = %v", err)
	}
	return got.(*unstructured.Unstructured)
}
