// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
	"github.com/rollcall-dev/rollcall/test/oracle"
	"github.com/rollcall-dev/rollcall/test/recording"
)

// A replay shows managers what a real control plane made of a workload (test/stories recorded it), and compares what
// each tells Jira with what the oracle says is true of what it saw.
//
//	recording: moments --sight--> manager: rollout --> Plan --> records --> what Jira shows
//	                      |                                                        |
//	                      +-----> life: facts -----> oracle ------- Match ---------+
//
// The stories show one manager everything. The sequences leave states out, show them late, and restart managers.

// sight is what one state of a recording shows, and what the oracle reads of it.
type sight struct {
	uid     types.UID // empty where there is no workload
	created time.Time
	isSet   bool
	// rollout is the product's reading; nil where there is nothing to say.
	rollout *rollout.Rollout
	// status and template are the oracle's; ok is false where there is nothing to say.
	status   oracle.Status
	template oracle.Template
	ok       bool
}

// sights returns what the states of a recording show; nil where a moment changed nothing.
func sights(r *recording.Recording) []*sight {
	all := make([]*sight, len(r.States))
	for i, state := range r.States {
		if state != nil {
			all[i] = sightOf(state)
		}
	}
	return all
}

func sightOf(state *recording.State) *sight {
	if state.Object == nil {
		return &sight{}
	}
	s := &sight{uid: state.Object.GetUID(), created: state.Object.GetCreationTimestamp().Time, rollout: rolloutOf(state)}
	_, isDeployment := state.Object.(*appsv1.Deployment)
	s.isSet = !isDeployment
	s.status, s.ok = oracle.StatusOf(state.Object, state.Revisions)
	s.template = templateOf(state.Object)
	return s
}

// rolloutOf lets the product observe a state, whole and trimmed: both must tell the same.
func rolloutOf(state *recording.State) *rollout.Rollout {
	whole, ok := observed(state)
	trimmed := &recording.State{}
	for _, r := range state.Revisions {
		trimmed.Revisions = append(trimmed.Revisions, *trim(r.DeepCopy()))
	}
	switch o := state.Object.(type) {
	case *appsv1.Deployment:
		trimmed.Object = trim(o.DeepCopy())
	case *appsv1.StatefulSet:
		trimmed.Object = trim(o.DeepCopy())
	case *appsv1.DaemonSet:
		trimmed.Object = trim(o.DeepCopy())
	}
	got, okToo := observed(trimmed)
	compared := got
	compared.Sources, whole.Sources = rollout.Sources{}, rollout.Sources{}
	if ok != okToo || !reflect.DeepEqual(compared, whole) {
		panic(fmt.Sprintf("a trimmed workload tells %v, %+v, a whole one %v, %+v", okToo, got, ok, whole))
	}
	if !ok {
		return nil
	}
	return &got
}

func observed(state *recording.State) (rollout.Rollout, bool) {
	switch o := state.Object.(type) {
	case *appsv1.StatefulSet:
		return rollout.FromStatefulSet(o, state.Revisions)
	case *appsv1.DaemonSet:
		return rollout.FromDaemonSet(o, state.Revisions)
	}
	return rollout.FromDeployment(state.Object.(*appsv1.Deployment))
}

func trim[T any](object T) T {
	kept, err := rollout.Trim(object)
	if err != nil {
		panic(err)
	}
	return kept.(T)
}

// templateOf reads what the stories write: keys are in one place only, and what the product makes of many is its own
// tests' business.
func templateOf(o metav1.Object) oracle.Template {
	template := podTemplate(o)
	image, annotations := template.Spec.Containers[0].Image, template.Annotations
	t := oracle.Template{Release: image}
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		if strings.HasPrefix(name, "test.rollcall.dev/") {
			t.Release += " " + name + "=" + annotations[name]
		}
	}
	if at, err := time.Parse(time.RFC3339, annotations["kubectl.kubernetes.io/restartedAt"]); err == nil {
		t.Restart = int(at.Unix())
	}
	_, tag, _ := strings.Cut(image, ":")
	t.Keys = strings.Split(tag, "_")[1:]
	if text, ok := annotations[v1alpha1.AnnotationIssueKeys]; ok {
		t.Keys, t.Explicit = listed(text), true
	}
	t.Listed = listed(o.GetAnnotations()[v1alpha1.AnnotationIssueKeys])
	return t
}

func podTemplate(o metav1.Object) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	}
	panic(fmt.Sprintf("nobody knows a %T", o))
}

// tape is a recording that was read.
type tape struct {
	file    string // without its extension
	moments []recording.Moment
	states  []*recording.State
	sights  []*sight
}

// tapes are all recordings, in the order of their titles.
var tapes = sync.OnceValue(func() []tape {
	files, _ := filepath.Glob(filepath.Join("testdata", "recordings", "*.jsonl"))
	slices.Sort(files)
	var all []tape
	for _, file := range files {
		r, err := recording.Read(file)
		if err != nil {
			panic(err)
		}
		all = append(all, tape{strings.TrimSuffix(filepath.Base(file), ".jsonl"), r.Moments, r.States, sights(r)})
	}
	return all
})

// golden compares a story with the one in its file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "stories", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("read golden story (go test -update writes it): %v", err)
	}
	if string(want) != got {
		t.Errorf("the story is told otherwise. Golden:\n%s\nNow:\n%s", want, got)
	}
}
