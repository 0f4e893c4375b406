package record

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// manifest is what people apply: a version of the application web.
type manifest struct {
	// version is in the image; manifests of one version and the same place of its keys have one pod template.
	version string
	// keys are the issues that it names, and place is where.
	keys  []string
	place place
	// replicas is how many pods there should be; zero where the manifest leaves that to others.
	replicas int32
	// ill is what is wrong with its pods.
	ill illness
}

// place is where a manifest has its issue keys.
type place string

const (
	onTemplate place = "on the pod template"
	onWorkload place = "on the workload"
	inTag      place = "in the image tag"
)

// illness is what keeps pods from becoming ready.
type illness string

const (
	healthy   illness = ""
	stuck     illness = "its pods never become ready"
	forbidden illness = "the quota allows it no pod"
)

// version returns a manifest, whose keys are on its pod template.
func version(version string, keys ...string) manifest {
	return manifest{version: version, keys: keys, place: onTemplate}
}

func (m manifest) on(p place) manifest {
	m.place = p
	return m
}

func (m manifest) pods(n int32) manifest {
	m.replicas = n
	return m
}

func (m manifest) with(ill illness) manifest {
	m.ill = ill
	return m
}

// String tells of a manifest as the story does.
func (m manifest) String() string {
	text := "web:" + m.version + " without issue keys"
	if len(m.keys) > 0 {
		text = "web:" + m.version + " with " + strings.Join(m.keys, " ")
	}
	if len(m.keys) > 0 && m.place != onTemplate {
		text += " " + string(m.place)
	}
	if m.ill != healthy {
		text += " (" + string(m.ill) + ")"
	}
	return text
}

func (m manifest) tag() string {
	if m.place == inTag {
		return strings.Join(append([]string{m.version}, m.keys...), "_")
	}
	return m.version
}

// template returns the manifest's pod template, as the API server completes it.
func (m manifest) template() corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}, Annotations: map[string]string{}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "registry.shop.example/web:" + m.tag()}}},
	}
	if m.place == onTemplate && len(m.keys) > 0 {
		t.Annotations[v1alpha1.AnnotationIssueKeys] = strings.Join(m.keys, ",")
	}
	return t
}

// keysOf reads the issue keys of a simulated workload, which are in one place only: what the product makes of
// many is its own tests' business.
func keysOf(annotations map[string]string, template *corev1.PodTemplateSpec) []string {
	for _, list := range []map[string]string{template.Annotations, annotations} {
		if text, ok := list[v1alpha1.AnnotationIssueKeys]; ok {
			return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
		}
	}
	_, tag, _ := strings.Cut(template.Spec.Containers[0].Image, ":")
	return strings.Split(tag, "_")[1:]
}

// versionIn returns the version of a manifest by its template.
func versionIn(template *corev1.PodTemplateSpec) string {
	_, tag, _ := strings.Cut(template.Spec.Containers[0].Image, ":")
	return strings.Split(tag, "_")[0]
}

// stamp returns a time as the API server keeps it: to the second.
func stamp(t time.Time) metav1.Time {
	return metav1.NewTime(t.Truncate(time.Second))
}
