package rollout

import (
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
	want := full.DeepCopy()
	want.ManagedFields = nil
	want.Annotations = map[string]string{
		annotationRevision:    "1",
		"rollcall.dev/branch": "SHOP-1",
		trimmedHash:           TemplateHash(full.Spec.Template),
	}
	want.Spec.Template.Spec = corev1.PodSpec{Containers: []corev1.Container{{Image: "shop/web:1.2"}, {Image: "shop/proxy:3"}}}

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
	want := map[string]string{trimmedHash: TemplateHash(bare.Spec.Template)}
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

// A user who could write the annotation of a trimmed Deployment could make a new release look like a
// restart, so that it is not reported.
func TestNoAPIServerTakesTheAnnotationOfATrimmedDeployment(t *testing.T) {
	forged := map[string]string{trimmedHash: "0123456789abcdef0123"}
	if errs := apivalidation.ValidateAnnotations(forged, field.NewPath("metadata", "annotations")); len(errs) == 0 {
		t.Errorf("annotation %q is valid: anybody could write it", trimmedHash)
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
