// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// maxKept is what the heap keeps of one object at most, in bytes: some more than the bounds of intake.go in sum, for the
// maps. An ordinary object takes 3 KB.
const maxKept = 128 << 10

const mega = 1 << 20

// hostile are objects of more than a megabyte, as anybody may write them who may write one. Texts differ from object to
// object, so that no memory is shared.
var hostile = map[string]func(salt int) any{
	"many labels": func(salt int) any {
		d := makeDeployment("web")
		for _, name := range many(10_000, salt) {
			d.Label(name, "x")
		}
		return d.Obj()
	},
	"as many labels as are read": func(salt int) any {
		d := makeDeployment("web")
		for _, name := range many(maxLabels/(perText+20), salt) {
			d.TemplateLabel(name, "x")
		}
		return withAnnotations(d, 10_000, 1, salt)
	},
	"all that is read": func(salt int) any {
		d := wellKnownEverywhere(makeDeployment("web").Image(slices.Repeat([]string{"shop/web:" + long(500)}, 1000)...))
		for _, name := range many(maxLabels/(perText+320), salt) {
			metav1.SetMetaDataLabel(&d.ObjectMeta, name+long(250), long(63))
		}
		return d
	},
	"many annotations":      func(salt int) any { return withAnnotations(makeDeployment("web"), 10_000, 1, salt) },
	"long annotations":      func(salt int) any { return withAnnotations(makeDeployment("web"), 8, mega/8, salt) },
	"a long well-known one": func(int) any { return makeDeployment("web").Annotation("rollcall.dev/branch", long(mega)).Obj() },
	"long ones on both":     func(int) any { return wellKnownEverywhere(makeDeployment("web")) },
	"many containers": func(int) any {
		return makeDeployment("web").Image(slices.Repeat([]string{"shop/web:1"}, 10_000)...).Obj()
	},
	"a long image": func(int) any { return makeDeployment("web").Image(long(mega)).Obj() },
	"a long message": func(int) any {
		return makeDeployment("web").Progressing(reasonDeadlineExceeded, at(1), at(1), long(mega)).Obj()
	},
	"many conditions":            func(int) any { return withConditions(makeDeployment("web")) },
	"many owners and finalizers": func(salt int) any { return owned(makeDeployment("web").Obj(), salt) },
	"an owner with a long name":  func(int) any { return ownedByOne(makeDeployment("web").Obj()) },
	"a template with metadata": func(salt int) any {
		d := makeDeployment("web").Obj()
		d.Spec.Template.ObjectMeta = owned(makeDeployment("web").Obj(), salt).ObjectMeta
		return d
	},
	"a StatefulSet": func(salt int) any {
		s := makeStatefulSet("db").s.DeepCopy()
		s.Annotations = withAnnotations(makeDeployment("web"), 8, mega/8, salt).Annotations
		s.Status.CurrentRevision, s.Status.UpdateRevision = long(mega), long(mega)
		return s
	},
	"a DaemonSet with a long percentage": func(int) any {
		d := makeDaemonSet("agent").Obj()
		most := intstr.FromString(strings.Repeat("0", mega) + "1%")
		d.Spec.UpdateStrategy.RollingUpdate = &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &most}
		return d
	},
	"a ControllerRevision": func(salt int) any {
		r := makeRevision("DaemonSet", "agent", 1, template(long(mega)), 0).r.DeepCopy()
		r.OwnerReferences[0].Name = long(mega)
		r.Labels = withAnnotations(makeDeployment("web"), 10_000, 1, salt).Annotations
		return r
	},
	"a namespace with many labels": func(salt int) any {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: withAnnotations(makeDeployment("web"), 10_000, 1, salt).Annotations}}
	},
	"a namespace with long annotations": func(int) any {
		return &metav1.PartialObjectMetadata{ObjectMeta: wellKnownEverywhere(makeDeployment("web")).ObjectMeta}
	},
	"a Rollout": func(salt int) any {
		b := makeArgoRollout("web").Phase("Degraded", long(mega)).Hashes(long(mega), long(mega)).
			With(func(d *deploymentBuilder) { withAnnotations(d, 10_000, 1, salt) })
		for i := range 1000 {
			b.Condition(fmt.Sprintf("Type%d", i), corev1.ConditionTrue, "Reason", long(1000), at(1), at(1))
		}
		return b.Obj()
	},
	"a Rollout that is none": func(int) any {
		o := makeArgoRollout("web").Obj()
		o.Object["status"] = long(mega)
		return o
	},
	"a Rollout with a long reference": func(int) any { return makeArgoRollout("web").OfKind("apps/v1", "Deployment", long(mega)).Obj() },
	"a Canary": func(int) any {
		return makeCanary("Deployment", "web").Target("apps/v1", "Deployment", long(mega)).Phase(long(mega), corev1.ConditionTrue, 1).Specs(long(mega), long(mega)).Obj()
	},
	"a Canary that is none": func(int) any {
		o := makeCanary("Deployment", "web").Obj()
		o.Object["status"] = map[string]any{"conditions": long(mega)}
		return o
	},
}

func TestTrimBoundsWhatAHostileObjectCosts(t *testing.T) {
	const objects = 4
	for name, makeOne := range hostile {
		t.Run(name, func(t *testing.T) {
			kept := make([]any, objects)
			before := heap()
			for i := range kept {
				var err error
				if kept[i], err = Trim(makeOne(i)); err != nil {
					t.Fatalf("Trim() error = %v", err)
				}
			}
			if size := (heap() - before) / objects; size > maxKept {
				t.Errorf("the heap keeps %d bytes of each, want %d at most", size, maxKept)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// heap returns what the heap holds.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what was unique is given back with the second
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestTrimLeavesAnOrdinaryObjectItsTexts(t *testing.T) {
	d := makeDeployment("web").Annotation("rollcall.dev/commit-message", long(maxAnnotation-perText-100))
	for i := range 60 {
		d.Label(fmt.Sprintf("team.example/label-%d", i), strings.Repeat("x", 63)).TemplateLabel(fmt.Sprintf("team.example/label-%d", i), "x")
		d.Annotation(fmt.Sprintf("team.example/annotation-%d", i), "text").TemplateAnnotation(fmt.Sprintf("team.example/annotation-%d", i), "text")
	}
	want, _ := FromDeployment(d.Obj())
	got, ok := FromDeployment(trimmed(t, d.Obj()))
	if diff := cmp.Diff(want, got, unread); !ok || diff != "" {
		t.Errorf("FromDeployment() after Trim = %v (-before +after):\n%s", ok, diff)
	}
}

func TestOfTooManyAnnotationsTheWellKnownAndTheShortestStay(t *testing.T) {
	makeOne := func() *deploymentBuilder {
		return makeDeployment("web").
			Annotation("rollcall.dev/commit-message", "SHOP-1 "+long(2*maxAnnotation)).TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").
			Annotation("acme.example/changes", "SHOP-3").TemplateAnnotation("acme.example/ticket", "SHOP-4").
			Annotation("acme.example/one", long(maxAnnotation/2)).Annotation("acme.example/two", long(maxAnnotation)).Annotation("acme.example/three", long(maxAnnotation))
	}
	got, ok := FromDeployment(trimmed(t, makeOne().Obj()))
	if !ok {
		t.Fatal("FromDeployment() has nothing to say")
	}
	for _, text := range []struct {
		of   map[string]string
		name string
		want int
	}{
		{got.Annotations, annotationRevision, 1}, {got.Annotations, "rollcall.dev/commit-message", maxAnnotation}, {got.TemplateAnnotations, "rollcall.dev/issue-keys", 6},
		{got.Annotations, "acme.example/changes", 6}, {got.TemplateAnnotations, "acme.example/ticket", 6}, {got.Annotations, "acme.example/one", maxAnnotation / 2},
		{got.Annotations, "acme.example/two", 0}, {got.Annotations, "acme.example/three", 0},
	} {
		if length := len(text.of[text.name]); length != text.want {
			t.Errorf("%s has %d bytes, want %d", text.name, length, text.want)
		}
	}
	if diff := cmp.Diff([]string{"rollcall.dev/commit-message", "acme.example/three", "acme.example/two"}, got.Left); diff != "" {
		t.Errorf("what was cut or left out (-want +got):\n%s", diff)
	}
	if want, _ := FromDeployment(makeOne().Obj()); want.TemplateHash != got.TemplateHash || want.ExactHash != got.ExactHash {
		t.Error("the hashes are not those of the whole template")
	}
	again, _ := FromDeployment(trimmed(t, makeOne().Obj()))
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("the same object once more (-once +twice):\n%s", diff)
	}
}

// Half of the labels could lead a selector to what all of them would not.
func TestAnObjectWithTooManyLabelsIsNotUnderstood(t *testing.T) {
	labelled := func(own, template int) *deploymentBuilder {
		d := makeDeployment("web").OwnedBy("web").Annotation("rollcall.dev/issue-keys", "SHOP-1")
		for _, name := range many(own, 0) {
			d.Label(name, "x")
		}
		for _, name := range many(template, 0) {
			d.TemplateLabel(name, "x")
		}
		return d
	}
	for name, tt := range map[string]struct {
		d    *deploymentBuilder
		want bool
	}{
		"on the object": {labelled(1000, 0), true}, "on the template": {labelled(0, 1000), true}, "on both": {labelled(150, 150), true}, "an ordinary one": {labelled(50, 50), false},
	} {
		d := trimmed(t, tt.d.Obj())
		if _, ok := FromDeployment(d); ok == tt.want || (NotUnderstood(d) != "") != tt.want {
			t.Errorf("%s: FromDeployment() has something to say: %v, and NotUnderstood() = %q", name, ok, NotUnderstood(d))
		}
		if target, ok := TargetOfPrimary(d); ok || target != "web" { // it is no primary, and its owner is known
			t.Errorf("%s: TargetOfPrimary() = %q, %v", name, target, ok)
		}
	}
}

// What is not understood still keeps what it deploys from being told by itself.
func TestWhatIsNotUnderstoodKeepsItsReference(t *testing.T) {
	rollout := makeArgoRollout("web").Of("web", "1").Obj()
	rollout.Object["status"] = "text"
	if name, ok := ReferredDeployment(trimmedArgo(t, rollout)); !ok || name != "web" {
		t.Errorf("ReferredDeployment() = %q, %v", name, ok)
	}
	canary := makeCanary("Deployment", "web").Obj()
	canary.Object["status"] = "text"
	after := trimmedArgo(t, canary)
	if kind, name, ok := CanaryTarget(after); !ok || kind != "Deployment" || name != "web" {
		t.Errorf("CanaryTarget() = %q, %q, %v", kind, name, ok)
	}
	target, _ := FromDeployment(makeDeployment("web").Obj())
	if _, ok := UnderCanary(target, after, &target); ok || NotUnderstood(after) == "" {
		t.Errorf("UnderCanary() has something to say: %v, and NotUnderstood() = %q", ok, NotUnderstood(after))
	}
}

// FuzzTrim tries whatever may stand in an object whose CRD does not check it.
func FuzzTrim(f *testing.F) {
	for _, o := range []*unstructured.Unstructured{
		makeArgoRollout("web").Obj(), makeArgoRollout("web").Of("web", "1").Obj(), makeCanary("Deployment", "web").Obj(),
	} {
		text, err := o.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":"text","spec":[]}`)
	f.Add(`{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","spec":{"replicas":1e300,"workloadRef":7}}`)
	f.Add(`{"apiVersion":"flagger.app/v1beta1","kind":"Canary","metadata":{"annotations":{"a":1}},"status":{"conditions":[1]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		o := &unstructured.Unstructured{}
		if o.UnmarshalJSON([]byte(text)) != nil || o.GroupVersionKind() != ArgoRollout && o.GroupVersionKind() != Canary {
			t.Skip("it is none of the kinds")
		}
		once := trimmedArgo(t, o)
		if diff := cmp.Diff(once.DeepCopy(), trimmedArgo(t, once)); diff != "" {
			t.Errorf("Trim of a trimmed object (-once +twice):\n%s", diff)
		}
		_, _ = FromArgoRollout(once, nil)
		_, _ = UnderCanary(Rollout{}, once, &Rollout{})
		if kept, err := once.MarshalJSON(); err != nil || len(kept) > maxKept {
			t.Errorf("%d bytes are kept, error %v", len(kept), err)
		}
	})
}

// long returns a text of its own.
func long(length int) string { return strings.Repeat("x", length) }

// many returns names that no other object has.
func many(number, salt int) []string {
	names := make([]string, number)
	for i := range names {
		names[i] = fmt.Sprintf("a.io/%d-%d", salt, i)
	}
	return names
}

func withAnnotations(d *deploymentBuilder, number, length, salt int) *appsv1.Deployment {
	for _, name := range many(number, salt) {
		d.Annotation(name, long(length)).TemplateAnnotation(name, long(length))
	}
	return d.Obj()
}

func wellKnownEverywhere(d *deploymentBuilder) *appsv1.Deployment {
	for _, name := range []string{"issue-keys", "commit-message", "branch", "service-ids", "url", "sites", "environment", "any"} {
		d.Annotation("rollcall.dev/"+name, long(mega/10)).TemplateAnnotation("rollcall.dev/"+name, long(mega/10))
	}
	return d.Obj()
}

func withConditions(b *deploymentBuilder) *appsv1.Deployment {
	d := b.Obj()
	for i := range 5000 {
		d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: appsv1.DeploymentConditionType(fmt.Sprint("Type", i)), Message: long(200)})
	}
	d.Status.Conditions[0].Status, d.Status.Conditions[0].Reason = corev1.ConditionStatus(long(mega)), long(mega)
	return d
}

func owned(d *appsv1.Deployment, salt int) *appsv1.Deployment {
	for _, name := range many(5000, salt) {
		d.Finalizers = append(d.Finalizers, name)
		d.OwnerReferences = append(d.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "XRevision", Name: name, UID: "uid"})
	}
	d.GenerateName = long(mega)
	return d
}

func ownedByOne(d *appsv1.Deployment) *appsv1.Deployment {
	controller := true
	d.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "XRevision", Name: long(mega), UID: "uid", Controller: &controller}}
	return d
}
