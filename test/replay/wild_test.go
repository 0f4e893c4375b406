// SPDX-License-Identifier: Apache-2.0

package replay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/test/recording"
)

// wild changes a recording as people and tools change a workload that a cluster works on: none of it has the cluster do
// anything else than what was recorded.
//
//	a list in the metadata      written, changed and taken away, at any moment: before, during and after a release
//	a stamp                     on the pod template of one revision or of several
//	a mutable tag               the tag of one revision on the pod templates of all
//	made anew                   the workload gets another UID, and the pods that it has (kubectl delete --cascade=orphan)
func wild(t tape, rng *rand.Rand) tape {
	changes := []func(*recording.State, int){lists(t, rng), stamps(rng)}
	if rng.IntN(3) == 0 {
		changes = append(changes, oneTag)
	}
	if rng.IntN(3) == 0 {
		changes = append(changes, madeAnew(t, rng))
	}
	changed := tape{file: t.file + ", in the wild", moments: t.moments, states: t.states, sights: make([]*sight, len(t.sights))}
	for i, state := range t.states {
		if state == nil {
			continue
		}
		copied := &recording.State{Revisions: slices.Clone(state.Revisions)}
		if state.Object != nil {
			copied.Object = copyOf(state.Object)
			for _, change := range changes {
				change(copied, i)
			}
		}
		changed.sights[i] = sightOf(copied)
	}
	return changed
}

func copyOf(o metav1.Object) metav1.Object {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return o.DeepCopy()
	case *appsv1.StatefulSet:
		return o.DeepCopy()
	case *appsv1.DaemonSet:
		return o.DeepCopy()
	}
	panic(fmt.Sprintf("nobody knows a %T", o))
}

// lists writes lists of keys in the metadata from some moments on. A tape that writes its own is left alone.
func lists(t tape, rng *rand.Rand) func(*recording.State, int) {
	at := map[int]string{}
	for n := range rng.IntN(4) {
		at[rng.IntN(len(t.moments))] = []string{"SHOP-901", "SHOP-902", "SHOP-901,SHOP-903", ""}[(n+rng.IntN(3))%4]
	}
	return func(state *recording.State, i int) {
		list := ""
		for moment := range i + 1 {
			if text, ok := at[moment]; ok {
				list = text
			}
		}
		annotations := state.Object.GetAnnotations()
		if _, its := annotations[v1alpha1.AnnotationIssueKeys]; list != "" && !its {
			annotations = withText(annotations, v1alpha1.AnnotationIssueKeys, list)
			state.Object.SetAnnotations(annotations)
		}
	}
}

func withText(m map[string]string, name, value string) map[string]string {
	copied := map[string]string{name: value}
	for n, v := range m {
		if n != name {
			copied[n] = v
		}
	}
	return copied
}

// stamps writes what a restarting tool would on the templates of some releases. A DaemonSet's history holds its templates:
// it is left alone.
func stamps(rng *rand.Rand) func(*recording.State, int) {
	stamp := []string{"cattle.io/timestamp", "checksum/config", "flagger-id", v1alpha1.AnnotationChangeCause}[rng.IntN(4)]
	odd := rng.Uint64() % 2
	return func(state *recording.State, _ int) {
		template := podTemplate(state.Object)
		image := template.Spec.Containers[0].Image
		if _, history := state.Object.(*appsv1.Deployment); history && uint64(len(image)+int(image[len(image)-1]))%2 == odd {
			template.Annotations = withText(template.Annotations, stamp, image)
		}
	}
}

// oneTag gives all releases one image. Their keys are on the pod template, or there are none of their own.
func oneTag(state *recording.State, _ int) {
	if _, ok := state.Object.(*appsv1.Deployment); ok {
		image := &podTemplate(state.Object).Spec.Containers[0].Image
		if tag := (*image)[strings.LastIndexByte(*image, ':'):]; !strings.Contains(tag, "_") {
			*image = "registry.shop.example/web:latest"
		}
	}
}

// madeAnew gives a Deployment another UID from a moment on. Its ReplicaSets are adopted, and with them its number.
func madeAnew(t tape, rng *rand.Rand) func(*recording.State, int) {
	from := rng.IntN(len(t.moments))
	return func(state *recording.State, i int) {
		d, ok := state.Object.(*appsv1.Deployment)
		if !ok || i < from {
			return
		}
		was := t.uidAt(from)
		if d.UID == was {
			d.UID += types.UID("-anew")
			d.CreationTimestamp = metav1.NewTime(t.moments[from].At.Truncate(time.Second).Add(time.Second))
		}
	}
}

// uidAt returns the UID of the workload that is there at a moment; empty where there is none.
func (t tape) uidAt(moment int) types.UID {
	for i := moment; i >= 0; i-- {
		if t.states[i] != nil {
			if t.states[i].Object == nil {
				return ""
			}
			return t.states[i].Object.GetUID()
		}
	}
	return ""
}
