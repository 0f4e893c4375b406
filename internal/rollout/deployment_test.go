// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
)

func TestFromDeployment(t *testing.T) {
	const timedOut = `ReplicaSet "web-5d9" has timed out progressing.`
	rolling := func() *deploymentBuilder {
		return makeDeployment("web").Replicas(3).Pods(4, 2, 3).Revision("7").
			Progressing("ReplicaSetUpdated", at(4), at(6), `ReplicaSet "web-5d9" is progressing.`)
	}
	tests := map[string]struct {
		deployment   *deploymentBuilder
		wantNothing  bool
		wantRevision int64
		wantState    State
		wantSince    time.Time
		wantMessage  string
		wantEmpty    bool
	}{
		"a generation that its controller has not seen: the number is still the old one's": {
			deployment: rolling().Generation(2, 1), wantNothing: true,
		},
		"no revision yet": {
			deployment: rolling().Revision(""), wantNothing: true,
		},
		"a revision that is no number": {
			deployment: rolling().Revision("seven"), wantNothing: true,
		},
		"a revision below one": {
			deployment: rolling().Revision("0"), wantNothing: true,
		},
		"a new template on a paused Deployment has no revision": {
			deployment: rolling().Paused().Pods(3, 0, 3), wantNothing: true,
		},
		"scaled together with a new template, or waiting for the old pods to be gone: the number is an older one's": {
			deployment: rolling().Pods(3, 0, 3), wantNothing: true,
		},
		"it may create no pod: nothing else will tell that the number is its own": {
			deployment:   rolling().Pods(3, 0, 3).Refused(at(9)),
			wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"the one before could create no pod, and none is wanted any more": {
			deployment: rolling().Replicas(0).Pods(1, 0, 1).Refused(at(9)), wantNothing: true,
		},
		"paused half-way": {
			deployment:   rolling().Paused().Progressing("DeploymentPaused", at(7), at(8), "Deployment is paused"),
			wantRevision: 7, wantState: Pending, wantSince: at(8),
		},
		"paused half-way after it failed": {
			deployment:   rolling().Paused().Progressing(reasonDeadlineExceeded, at(9), at(9), timedOut),
			wantRevision: 7, wantState: Failed, wantSince: at(9), wantMessage: timedOut,
		},
		"paused after it finished": {
			deployment:   makeDeployment("web").Paused().Progressing("DeploymentPaused", at(7), at(8), "Deployment is paused"),
			wantRevision: 1, wantState: Successful, wantSince: at(1),
		},
		"rolling out": {
			deployment: rolling(), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: the old pods are gone, and not all of the new ones are there": {
			deployment: rolling().Pods(1, 1, 1), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: the new pods are there, the old ones are too": {
			deployment: rolling().Pods(4, 3, 4), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"rolling out: the new pods are alone, and one is not available": {
			deployment: rolling().Pods(3, 3, 2), wantRevision: 7, wantState: InProgress, wantSince: at(6),
		},
		"finished": {
			deployment:   rolling().Pods(3, 3, 3).Progressing(reasonNewAvailable, at(4), at(9), ""),
			wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"finished, with replicas not set": {
			deployment: makeDeployment("web").ReplicasByDefault(), wantRevision: 1, wantState: Successful, wantSince: at(1),
		},
		"finished, with pods yet to be scaled down": {
			deployment:   rolling().Replicas(2).Pods(3, 3, 3).Progressing(reasonNewAvailable, at(4), at(9), ""),
			wantRevision: 7, wantState: Successful, wantSince: at(9),
		},
		"zero replicas: nothing runs, and nothing is successful": {
			deployment:   makeDeployment("web").Replicas(0).Pods(0, 0, 0).Progressing(reasonNewAvailable, at(4), at(5), ""),
			wantRevision: 1, wantState: Pending, wantSince: at(5), wantEmpty: true,
		},
		"zero replicas, with an old pod that is about to go": {
			deployment:  makeDeployment("web").Replicas(0).Pods(1, 0, 1).Progressing("NewReplicaSetCreated", at(4), at(5), ""),
			wantNothing: true,
		},
		"past the progress deadline": {
			deployment:   rolling().Progressing(reasonDeadlineExceeded, at(14), at(15), timedOut),
			wantRevision: 7, wantState: Failed, wantSince: at(14), wantMessage: timedOut,
		},
		"past the progress deadline, and finished after all": {
			deployment:   rolling().Pods(3, 3, 3).Progressing(reasonDeadlineExceeded, at(14), at(14), timedOut),
			wantRevision: 7, wantState: Successful, wantSince: at(1),
		},
		"rolling out without a progress deadline: nothing tells since when": {
			deployment:   rolling().Without(appsv1.DeploymentProgressing),
			wantRevision: 7, wantState: InProgress,
		},
		"finished without a progress deadline: since it is available": {
			deployment:   rolling().Without(appsv1.DeploymentProgressing).Pods(3, 3, 3).Available(at(3)),
			wantRevision: 7, wantState: Successful, wantSince: at(3),
		},
		"finished without any condition": {
			deployment:   makeDeployment("web").Without(appsv1.DeploymentProgressing).Without(appsv1.DeploymentAvailable),
			wantRevision: 1, wantState: Successful,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := FromDeployment(tt.deployment.Obj())
			if tt.wantNothing {
				if diff := cmp.Diff(Rollout{}, got); ok || diff != "" {
					t.Fatalf("FromDeployment() = %+v, %v; want nothing, false", got, ok)
				}
				return
			}
			if !ok {
				t.Fatal("FromDeployment() says nothing")
			}
			want := Rollout{Revision: tt.wantRevision, State: tt.wantState, Since: tt.wantSince, Message: tt.wantMessage, Empty: tt.wantEmpty}
			if tt.wantState != Failed { // the reasons of the other states have a test of their own
				got.Message = ""
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Rollout{}, "Workload", "Sources", "TemplateHash", "Remaining", "Unwatched")); diff != "" {
				t.Errorf("FromDeployment (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromDeploymentTellsWhatItIsOfAndWhatItHolds(t *testing.T) {
	d := makeDeployment("web").Image("shop/web:1.2", "shop/proxy:3").
		Annotation("rollcall.dev/branch", "SHOP-1").Label("app", "web").
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").TemplateLabel("tier", "front").Obj()
	want := Rollout{
		Workload: Workload{
			APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", UID: "uid-of-web", Created: at(0),
		},
		Sources: Sources{
			Annotations:         map[string]string{annotationRevision: "1", "rollcall.dev/branch": "SHOP-1"},
			Labels:              map[string]string{"app": "web"},
			TemplateAnnotations: map[string]string{"rollcall.dev/issue-keys": "SHOP-2"},
			TemplateLabels:      map[string]string{"tier": "front"},
			Images:              []string{"shop/web:1.2", "shop/proxy:3"},
			ExactHash:           ExactHash(d.Spec.Template),
		},
		Revision:     1,
		TemplateHash: TemplateHash(d.Spec.Template),
		State:        Successful,
		Since:        at(1),
		Message:      becauseFinished,
		Remaining:    Remaining{Desired: 1},
		Unwatched:    true,
	}
	got, ok := FromDeployment(d)
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("FromDeployment() = %v (-want +got):\n%s", ok, diff)
	}
}

// What the cache holds is trimmed, and what a test or kubectl holds is not: both are told the same.
func TestFromDeploymentTellsTheSameOfATrimmedDeployment(t *testing.T) {
	web := func() *deploymentBuilder {
		return makeDeployment("web").Image("shop/web:1.2", "shop/proxy:3").Label("app", "web").
			TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").TemplateLabel("tier", "front").RealSize()
	}
	for name, b := range map[string]*deploymentBuilder{
		"finished":     web(),
		"rolling out":  web().Replicas(3).Pods(4, 2, 3),
		"failed":       web().Replicas(3).Pods(4, 2, 3).Progressing(reasonDeadlineExceeded, at(14), at(15), "timed out"),
		"paused":       web().Replicas(3).Pods(4, 2, 3).Paused(),
		"restarted":    web().TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z"),
		"not observed": web().Generation(2, 1),
	} {
		t.Run(name, func(t *testing.T) {
			want, wantOK := FromDeployment(b.Obj())
			got, ok := FromDeployment(trimmed(t, b.Obj()))
			if diff := cmp.Diff(want, got, unread); ok != wantOK || diff != "" {
				t.Errorf("FromDeployment() after Trim = %v, before it %v (-before +after):\n%s", ok, wantOK, diff)
			}
		})
	}
}
