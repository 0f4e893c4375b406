package rollout

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestTemplateHash(t *testing.T) {
	web := func() *deploymentBuilder {
		return makeDeployment("web").TemplateAnnotation("team", "shop").TemplateLabel("app", "web").RealSize()
	}
	tests := map[string]struct {
		changed  *deploymentBuilder
		wantSame bool
	}{
		"the same template":              {web(), true},
		"a restart":                      {web().TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z"), true},
		"scaling":                        {web().Replicas(7), true},
		"an annotation of the workload":  {web().Annotation("team", "pay"), true},
		"another image":                  {web().Image("shop/web:1.1").RealSize(), false},
		"another annotation":             {web().TemplateAnnotation("commit", "abc"), false},
		"another value of an annotation": {web().TemplateAnnotation("team", "pay"), false},
		"another label":                  {web().TemplateLabel("app", "shop"), false},
	}
	want := hashOfTemplate(web())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hashOfTemplate(tt.changed); (got == want) != tt.wantSame {
				t.Errorf("TemplateHash() = %s, before it was %s; want the same: %v", got, want, tt.wantSame)
			}
		})
	}
}

func TestTemplateHashOfATemplateWithoutAnnotationsOutlivesARestart(t *testing.T) {
	before := hashOfTemplate(makeDeployment("web"))
	after := hashOfTemplate(makeDeployment("web").TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z"))
	if before != after {
		t.Errorf("TemplateHash() = %s before a restart and %s after it, want the same", before, after)
	}
	var none, empty corev1.PodTemplateSpec
	empty.Annotations = map[string]string{}
	if a, b := TemplateHash(none), TemplateHash(empty); a != b {
		t.Errorf("TemplateHash() = %s without annotations and %s with an empty map of them, want the same", a, b)
	}
}

func TestTemplateHashFitsIntoARecord(t *testing.T) {
	if got := hashOfTemplate(makeDeployment("web")); !regexp.MustCompile(`^[0-9a-f]{20}$`).MatchString(got) {
		t.Errorf("TemplateHash() = %q, want 20 hexadecimal digits", got)
	}
}

func TestTemplateHashLeavesItsInputAlone(t *testing.T) {
	d := makeDeployment("web").TemplateAnnotation(annotationRestartedAt, "2026-03-01T09:00:00Z").RealSize().Obj()
	before := d.DeepCopy()
	TemplateHash(d.Spec.Template)
	if diff := cmp.Diff(before, d); diff != "" {
		t.Errorf("TemplateHash changed its input (-before +after):\n%s", diff)
	}
}

func hashOfTemplate(b *deploymentBuilder) string {
	return TemplateHash(b.Obj().Spec.Template)
}

// Records hold hashes. One that changes with a new version of Rollcall, or of the Kubernetes API, makes releases of
// restarts: see docs/design/0004.
func TestTemplateHashStaysWhatItWas(t *testing.T) {
	const want = "036e35d74406bc6345ab"
	if got := hashOfTemplate(makeDeployment("web").TemplateAnnotation("team", "shop").RealSize()); got != want {
		t.Errorf("TemplateHash() = %s, want %s as in every version so far", got, want)
	}
}
