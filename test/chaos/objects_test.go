// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

func TestKeysAreWhereTheWorkloadHasThem(t *testing.T) {
	for _, outside := range []bool{false, true} {
		w := Workload{Kind: kindDeployment, KeysOutside: outside}
		d := build(w, Step{Number: 1, Want: &Manifest{Release: "r1", Keys: []string{"SHOP-1", "SHOP-2"}}}).(*appsv1.Deployment)
		on, off := d.Spec.Template.Annotations, d.Annotations
		if outside {
			on, off = off, on
		}
		if got := on[v1alpha1.AnnotationIssueKeys]; got != "SHOP-1,SHOP-2" {
			t.Errorf("outside %t: keys are %q, want SHOP-1,SHOP-2", outside, got)
		}
		if _, also := off[v1alpha1.AnnotationIssueKeys]; also {
			t.Errorf("outside %t: keys are in both places", outside)
		}
	}
}

func TestAFateIsWhatBecomesOfThePods(t *testing.T) {
	for fate, want := range map[Fate]struct {
		annotation, value string
		deadline          int32
	}{
		Ready:  {cluster.NeverReadyAnnotation, "", longDeadline},
		Slow:   {cluster.ReadyAfterAnnotation, "2s", longDeadline},
		Fails:  {cluster.NeverReadyAnnotation, "true", shortDeadline},
		Stalls: {cluster.NeverReadyAnnotation, "true", longDeadline},
	} {
		d := build(Workload{Kind: kindDeployment}, Step{Number: 1, Want: &Manifest{Release: "r1", Fate: fate}}).(*appsv1.Deployment)
		if got := d.Spec.Template.Annotations[want.annotation]; got != want.value {
			t.Errorf("%s: %s is %q, want %q", fate, want.annotation, got, want.value)
		}
		if got := *d.Spec.ProgressDeadlineSeconds; got != want.deadline {
			t.Errorf("%s: the deadline is %d s, want %d", fate, got, want.deadline)
		}
	}
}

func TestAStepIsReadBack(t *testing.T) {
	w := Workload{Kind: kindDaemonSet, Namespace: "shop-prod", Name: "agent"}
	o := build(w, Step{Number: 1, Want: &Manifest{Release: "r1"}})
	shape(o, w, Step{Number: 12, Want: &Manifest{Release: "r1", Restart: 12}})
	if got := stepOf(o); got != 12 {
		t.Errorf("it is of step %d, want 12", got)
	}
	if got := stepOf(newObject(kindDeployment)); got != 0 {
		t.Errorf("an object of nobody's is of step %d, want 0", got)
	}
}
