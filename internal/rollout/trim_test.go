// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestTrimKeepsWhatIsReadAndNothingElse(t *testing.T) {
	full := makeDeployment("web").Image("shop/web:1.2", "shop/proxy:3").Replicas(3).Pods(3, 3, 3).
		Annotation("rollcall.dev/branch", "SHOP-1").Label("app", "web").
		TemplateAnnotation("rollcall.dev/issue-keys", "SHOP-2").TemplateLabel("app.kubernetes.io/version", "1.2").
		RealSize().Obj()
	full.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	full.Spec.Strategy.Type = appsv1.RollingUpdateDeploymentStrategyType
	full.Status.Conditions[0].Message = "ReplicaSet \"web-5d9\" has successfully progressed."
	want := full.DeepCopy()
	want.ManagedFields = nil
	want.Annotations = map[string]string{
		annotationRevision:    "1",
		"rollcall.dev/branch": "SHOP-1",
		trimmedHash:           hashes(full.Spec.Template),
		trimmedImages:         "shop/web:1.2\nshop/proxy:3",
	}
	want.Spec = appsv1.DeploymentSpec{Replicas: full.Spec.Replicas, Template: full.Spec.Template}
	want.Spec.Template.Spec = corev1.PodSpec{}
	for i := range want.Status.Conditions {
		want.Status.Conditions[i].Message = ""
	}

	if diff := cmp.Diff(want, trimmed(t, full)); diff != "" {
		t.Errorf("Trim (-want +got):\n%s", diff)
	}
}

func TestTrimOfATrimmedDeploymentChangesNothing(t *testing.T) {
	once := trimmed(t, makeDeployment("web").RealSize().Obj())
	twice := trimmed(t, once.DeepCopy())
	if diff := cmp.Diff(once, twice); diff != "" {
		t.Errorf("Trim of a trimmed Deployment (-once +twice):\n%s", diff)
	}
}

func TestTrimOfADeploymentWithoutAnnotations(t *testing.T) {
	bare := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web"}}
	want := map[string]string{trimmedHash: hashes(bare.Spec.Template), trimmedImages: ""}
	if diff := cmp.Diff(want, trimmed(t, bare).Annotations); diff != "" {
		t.Errorf("annotations after Trim (-want +got):\n%s", diff)
	}
}

func TestTrimDoesNotWriteIntoTheMapThatItFinds(t *testing.T) {
	d := makeDeployment("web").RealSize().Obj()
	shared := d.Annotations
	trimmed(t, d)
	want := map[string]string{annotationRevision: "1", annotationLastApplied: `{"kind":"Deployment"}`}
	if diff := cmp.Diff(want, shared); diff != "" {
		t.Errorf("annotations that Trim was given (-before +after):\n%s", diff)
	}
}

func TestTrimReturnsWhatItDoesNotKnow(t *testing.T) {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "acme", Annotations: map[string]string{annotationLastApplied: "{}"}},
		Data:       map[string][]byte{"client-id": []byte("id")},
	}
	before := secret.DeepCopy()
	got, err := Trim(secret)
	if err != nil || got != any(secret) {
		t.Fatalf("Trim(secret) = %v, %v; want the Secret itself", got, err)
	}
	if diff := cmp.Diff(before, secret); diff != "" {
		t.Errorf("Trim changed a Secret (-before +after):\n%s", diff)
	}
}

// A user who could write the annotation of a trimmed Deployment could make a new release observation like a
// restart, so that it is not reported.
func TestNoAPIServerTakesTheAnnotationsOfATrimmedDeployment(t *testing.T) {
	for _, name := range []string{trimmedHash, trimmedImages, trimmedWritten} {
		forged := map[string]string{name: "0123456789abcdef0123"}
		if errs := apivalidation.ValidateAnnotations(forged, field.NewPath("metadata", "annotations")); len(errs) == 0 {
			t.Errorf("annotation %q is valid: anybody could write it", name)
		}
	}
}

func TestTrimKeepsWhatIsSaidOfAFailure(t *testing.T) {
	failed := makeDeployment("web").Replicas(3).Pods(4, 2, 3).Progressing(reasonDeadlineExceeded, at(14), at(15), "timed out").Obj()
	if r, ok := FromDeployment(trimmed(t, failed)); !ok || r.Message != "timed out" {
		t.Errorf("FromDeployment() = %q, %v; want the message of the failure", r.Message, ok)
	}
}

func TestTrimDoesNotWriteIntoTheConditionsThatItFinds(t *testing.T) {
	d := makeDeployment("web").Progressing(reasonNewAvailable, at(0), at(1), "has successfully progressed").Obj()
	shared := d.Status.Conditions
	trimmed(t, d)
	if !slices.ContainsFunc(shared, func(c appsv1.DeploymentCondition) bool { return c.Message == "has successfully progressed" }) {
		t.Error("Trim changed the conditions that it was given")
	}
}

func trimmed(t *testing.T, d *appsv1.Deployment) *appsv1.Deployment {
	t.Helper()
	got, err := Trim(d)
	if err != nil {
		t.Fatalf("Trim() error = %v", err)
	}
	return got.(*appsv1.Deployment)
}

// hashes returns what a trimmed workload keeps of its template.
func hashes(template corev1.PodTemplateSpec) string {
	return TemplateHash(template) + " " + ExactHash(template)
}

func TestATrimmedWorkloadRunsWhatItsTemplateNames(t *testing.T) {
	const own, other = "sha256:aaaa", "sha256:bbbb"
	d := makeDeployment("web").Image("registry.example.com/shop:1.2@" + own).Obj()
	if _, err := Trim(d); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		digests []string
		want    bool
	}{
		{[]string{own}, true}, {[]string{other, own}, true}, {[]string{other}, false}, {nil, false},
	} {
		if got := Runs(d, tt.digests); got != tt.want {
			t.Errorf("Runs(%q) = %t, want %t", tt.digests, got, tt.want)
		}
	}
}
