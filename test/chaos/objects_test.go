package main

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/cluster"
)

func TestKeysAreWhereTheWorkloadHasThem(t *testing.T) {
	keys, text := v1alpha1.AnnotationIssueKeys, v1alpha1.AnnotationCommitMessage
	for place, want := range map[Place]struct{ template, metadata map[string]string }{
		OnTemplate: {template: map[string]string{keys: "SHOP-1,SHOP-2"}},
		Listed:     {metadata: map[string]string{keys: "SHOP-1,SHOP-2"}},
		InText:     {metadata: map[string]string{text: "SHOP-1 SHOP-2: a change"}},
	} {
		w := Workload{Kind: kindDeployment, Place: place}
		d := build(w, Step{Number: 1, Want: &Manifest{Release: "r1", Keys: []string{"SHOP-1", "SHOP-2"}}}).(*appsv1.Deployment)
		for _, name := range []string{keys, text} {
			if got := d.Spec.Template.Annotations[name]; got != want.template[name] {
				t.Errorf("%s: %s on the template is %q, want %q", place, name, got, want.template[name])
			}
			if got := d.Annotations[name]; got != want.metadata[name] {
				t.Errorf("%s: %s on the workload is %q, want %q", place, name, got, want.metadata[name])
			}
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
