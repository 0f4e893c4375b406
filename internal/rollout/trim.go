// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unique"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What a trimmed workload keeps of the template it had: its hash and its exact hash, with a space between them, its images,
// one a line (a container is an object of 400 bytes, whatever is left of it), and when it was written, in seconds. No API
// server takes a name with an empty part, so that nobody else can have written them.
const (
	trimmedHash    = "template-hash//"
	trimmedImages  = "template-images//"
	trimmedWritten = "template-written//"
)

// annotationLastApplied holds a second copy of what `kubectl apply` sent.
const annotationLastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// annotationDefaultContainer names the container that `kubectl logs` and `kubectl exec` take.
const annotationDefaultContainer = "kubectl.kubernetes.io/default-container"

// Trim is a cache transform: it keeps of a workload, or of a ControllerRevision, what this package reads, and of the
// pod template's spec its hashes and the images; of a namespace its labels. None of that is larger than intake.go says,
// whatever was in the object. It may be called again on what it returned. What it does not know it returns as it is. It
// never fails: an informer whose transform fails tells of no object any more.
func (i Ignored) Trim(object any) (any, error) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		i.trimDeployment(o)
	case *appsv1.StatefulSet:
		i.trimStatefulSet(o)
	case *appsv1.DaemonSet:
		i.trimDaemonSet(o)
	case *appsv1.ControllerRevision:
		trimRevision(o)
	case *unstructured.Unstructured:
		i.trimUnstructured(o)
	case *metav1.PartialObjectMetadata:
		trimNamespace(o)
	}
	return object, nil
}

// Trim trims where nothing is ignored beside the well-known names.
func Trim(object any) (any, error) {
	return Ignored{}.Trim(object)
}

// trim keeps of an object's metadata, and of its pod template, what is read. An object with too many labels is refused.
func (i Ignored) trim(meta *metav1.ObjectMeta, template *corev1.PodTemplateSpec) {
	if isTrimmed(meta.Annotations) {
		return
	}
	whole, spec := *meta, *template
	*meta, *template = identityOf(meta), corev1.PodTemplateSpec{}
	if why := tooManyLabels(whole.Labels, spec.Labels); why != "" {
		refuse(meta, why)
		return
	}
	annotations := maps.Clone(whole.Annotations)
	delete(annotations, annotationLastApplied)
	var left []string
	meta.Labels, template.Labels = shareNames(whole.Labels), shareNames(spec.Labels)
	meta.Annotations, template.Annotations, left = boundedAnnotations(annotations, spec.Annotations)
	if meta.Annotations == nil {
		meta.Annotations = map[string]string{}
	}
	exact := ExactHash(spec)
	meta.Annotations[trimmedHash] = i.hash(spec, exact) + " " + exact
	meta.Annotations[trimmedImages] = strings.Join(boundedImages(imagesOf(&whole, &spec)), "\n")
	if written := templateWrittenAt(&whole); !written.IsZero() {
		meta.Annotations[trimmedWritten] = strconv.FormatInt(written.Unix(), 10)
	}
	if len(left) > 0 {
		meta.Annotations[trimmedLeft] = strings.Join(left, "\n")
	}
}

// shareNames returns a copy of labels or annotations. Their names are the same on thousands of workloads, and each
// workload was decoded with names of its own: one copy of each is kept.
func shareNames(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	named := make(map[string]string, len(m))
	for name, value := range m {
		named[shared(name)] = value
	}
	return named
}

// shared returns the one copy of a text.
func shared[T ~string](text T) T {
	return unique.Make(text).Value()
}

// hashOf returns the hash of a workload's template, whether it was trimmed or not.
func hashOf(meta *metav1.ObjectMeta, template *corev1.PodTemplateSpec) string {
	if hashes, trimmed := meta.Annotations[trimmedHash]; trimmed {
		hash, _, _ := strings.Cut(hashes, " ")
		return hash
	}
	return TemplateHash(*template)
}

// exactHashOf returns the exact hash of a workload's template, whether it was trimmed or not.
func exactHashOf(meta *metav1.ObjectMeta, template *corev1.PodTemplateSpec) string {
	if hashes, trimmed := meta.Annotations[trimmedHash]; trimmed {
		_, exact, _ := strings.Cut(hashes, " ")
		return exact
	}
	return ExactHash(*template)
}

// imagesOf returns the images of a workload's template, whether it was trimmed or not. The main container's is the first:
// the one that the default-container annotation names, else the first of the containers.
func imagesOf(meta *metav1.ObjectMeta, template *corev1.PodTemplateSpec) []string {
	if images, trimmed := meta.Annotations[trimmedImages]; trimmed {
		return lines(images)
	}
	images := make([]string, len(template.Spec.Containers))
	for i := range template.Spec.Containers {
		images[i] = template.Spec.Containers[i].Image
	}
	main := slices.IndexFunc(template.Spec.Containers, func(c corev1.Container) bool {
		return c.Name == template.Annotations[annotationDefaultContainer]
	})
	if main > 0 {
		first := images[main]
		copy(images[1:main+1], images[:main])
		images[0] = first
	}
	return images
}

// lines returns the lines of a text; nil of one that is empty.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// writtenOf returns when a workload's template was last written, whether it was trimmed or not.
func writtenOf(meta *metav1.ObjectMeta) time.Time {
	if _, trimmed := meta.Annotations[trimmedHash]; !trimmed {
		return templateWrittenAt(meta)
	}
	if seconds, err := strconv.ParseInt(meta.Annotations[trimmedWritten], 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	return time.Time{}
}

// Runs says whether a trimmed workload has an image with one of these digests in its pod template.
func Runs(workload metav1.Object, digests []string) bool {
	images := workload.GetAnnotations()[trimmedImages]
	return slices.ContainsFunc(digests, func(digest string) bool { return strings.Contains(images, "@"+digest) })
}

func sourcesOf(meta *metav1.ObjectMeta, template *corev1.PodTemplateSpec) Sources {
	return Sources{
		Annotations:         meta.Annotations,
		Labels:              meta.Labels,
		TemplateAnnotations: template.Annotations,
		TemplateLabels:      template.Labels,
		Images:              imagesOf(meta, template),
		Left:                lines(meta.Annotations[trimmedLeft]),
		ExactHash:           exactHashOf(meta, template),
	}
}
