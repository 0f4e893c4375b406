// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestTrimOfAControllerRevision(t *testing.T) {
	held := template("shop/agent:1.0")
	controller := true
	owned := func(apiVersion, kind string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: "agent", UID: "uid-of-agent", Controller: &controller}}
	}
	kept := func(owners []metav1.OwnerReference, data string) *appsv1.ControllerRevision {
		return &appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "shop", Name: "agent-2", ResourceVersion: "7", OwnerReferences: owners, ManagedFields: timeOnly(at(5)),
			},
			Data:     runtime.RawExtension{Raw: []byte(data)},
			Revision: 2,
		}
	}
	foreign := makeRevision("DaemonSet", "agent", 2, held, 5)
	foreign.r.OwnerReferences[0].APIVersion = "apps.kruise.io/v1alpha1"
	orphan := makeRevision("DaemonSet", "agent", 2, held, 5)
	orphan.r.OwnerReferences = nil
	owner := makeRevision("DaemonSet", "agent", 2, held, 5)
	owner.r.OwnerReferences[0].Controller = nil
	strange := makeRevision("DaemonSet", "agent", 2, held, 5)
	strange.r.Data.Raw = []byte(`{"spec":{"replicas":"many"}}`)
	broken := makeRevision("DaemonSet", "agent", 2, held, 5)
	broken.r.Data.Raw = []byte(`{"spec":{"template":7}}`)
	none := makeRevision("DaemonSet", "agent", 2, held, 5)
	none.r.Data.Raw = nil
	tests := map[string]struct {
		full *revisionBuilder
		want *appsv1.ControllerRevision
	}{
		"a DaemonSet's: the hash of the template that it holds": {
			makeRevision("DaemonSet", "agent", 2, held, 5), kept(owned("apps/v1", "DaemonSet"), `"`+ExactHash(held)+`"`),
		},
		"a DaemonSet's that holds a restart: the same hash": {
			makeRevision("DaemonSet", "agent", 2, restarted(held), 5), kept(owned("apps/v1", "DaemonSet"), `"`+ExactHash(held)+`"`),
		},
		"a StatefulSet's: it is known by its name": {
			makeRevision("StatefulSet", "agent", 2, held, 5), kept(owned("apps/v1", "StatefulSet"), `""`),
		},
		"that of another's DaemonSet":                 {foreign, kept(owned("apps.kruise.io/v1alpha1", "DaemonSet"), `""`)},
		"nobody's":                                    {orphan, kept(nil, `""`)},
		"one whose owner is not its controller":       {owner, kept(nil, `""`)},
		"one that holds something else":               {strange, kept(owned("apps/v1", "DaemonSet"), `""`)},
		"one that holds no template but a number":     {broken, kept(owned("apps/v1", "DaemonSet"), `""`)},
		"one that holds nothing":                      {none, kept(owned("apps/v1", "DaemonSet"), `""`)},
		"an old one that was raised: since it was so": {makeRevision("StatefulSet", "agent", 2, held, 0).Raised(2, 5), kept(owned("apps/v1", "StatefulSet"), `""`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			once := afterTrim(t, tt.full.r.DeepCopy())
			if diff := cmp.Diff(tt.want, once); diff != "" {
				t.Errorf("Trim (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, afterTrim(t, once.DeepCopy())); diff != "" {
				t.Errorf("Trim of a trimmed ControllerRevision (-once +twice):\n%s", diff)
			}
		})
	}
}

// What is unknown must not observation like a match: a DaemonSet's template always has a hash.
func TestNoTemplateHasAnEmptyHash(t *testing.T) {
	b := makeDaemonSet("agent")
	b.history[0].r.Data.Raw = []byte(`{}`)
	if _, ok := FromDaemonSet(b.Obj(), objects(b.history)); ok {
		t.Error("FromDaemonSet() tells of a revision that holds no template")
	}
}

func TestTheHashOfAHeldTemplateIsThatOfTheWorkloads(t *testing.T) {
	for name, held := range map[string]string{
		"as it was written": `{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"app":"db"}},"spec":{"containers":[{"image":"a","name":"x","resources":{"limits":{"memory":"1Gi"}}}]}}}}`,
		"in another order":  `{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"memory":"1Gi"}},"name":"x","image":"a"}]},"metadata":{"labels":{"app":"db"}}}}}`,
		"with unknown, newer fields, which the workload's decoder drops as well": `{"spec":{"template":{"metadata":{"labels":{"app":"db"}},"spec":{"newer":1,"containers":[{"image":"a","name":"x","resources":{"limits":{"memory":"1Gi"}}}]}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := makeRevision("DaemonSet", "agent", 1, template("a"), 0)
			r.r.Data.Raw = []byte(held)
			live := template("a")
			live.Annotations, live.Spec.ServiceAccountName, live.Spec.Volumes = nil, "", nil
			live.Spec.Containers[0].Name, live.Spec.Containers[0].Env = "x", nil
			if got, want := heldHash(&r.r), ExactHash(live); got != want {
				t.Errorf("hash of the held template = %s, of the workload's %s", got, want)
			}
		})
	}
}
