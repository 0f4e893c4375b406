// SPDX-License-Identifier: Apache-2.0

package rollout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Whoever may write one Deployment may write 1.5 MB into it. These bounds are what the cache keeps of an object at most,
// whatever is in it. An ordinary one is far below them, and loses nothing.
//
//	labels        all of them, or the object is not understood: a selector must not be led by half of them
//	annotations   the well-known ones, then the shortest, up to a sum; of a value its beginning
//	the rest      fields of a fixed size, and texts that are cut
const (
	// maxLabels and maxAnnotations bound what the labels and the annotations of an object and of its pod template take in
	// sum, in bytes. Each counts with perText besides.
	maxLabels      = 32 << 10
	maxAnnotations = 64 << 10
	// maxAnnotation bounds the value of an annotation, in bytes. The issue keys in what is cut off are not found.
	maxAnnotation = 32 << 10
	// perText is what the memory keeps for a text beside its name and its value, in bytes.
	perText = 128
	// maxLeft bounds how many annotations are named that were cut or left out.
	maxLeft = 20
	// maxName bounds what names an object, and maxMessage a sentence, in bytes. No object has a longer name.
	maxName    = 253
	maxMessage = 1 << 10
	// maxImage and maxImages bound an image, and all of an object, in bytes.
	maxImage  = 1 << 10
	maxImages = 16 << 10
)

// What a trimmed object says of itself beside its template: the annotations that were cut or left out, one a line, and why
// it is not understood.
const (
	trimmedLeft    = "annotations-left//"
	trimmedRefused = "not-understood//"
)

// known are the annotations that are kept before others, by their prefixes.
var known = []string{
	ownPrefix, annotationRevision, annotationArgoRevision, "kubernetes.io/change-cause", "argocd.argoproj.io/tracking-id", annotationFlaggerID,
	"pipelinesascode.tekton.dev/", // what internal/build reads of a run
}

// NotUnderstood says why nothing is read of an object that was trimmed: it has too many labels, or is not written as its
// kind is. It is empty for every other object. What is left of such an object is who it is, and whose.
func NotUnderstood(o metav1.Object) string {
	return WhyRefused(o.GetAnnotations())
}

// WhyRefused says the same of an object with these annotations.
func WhyRefused(annotations map[string]string) string {
	return annotations[trimmedRefused]
}

// isRefused says whether nothing is read of an object with these annotations.
func isRefused(annotations map[string]string) bool {
	_, refused := annotations[trimmedRefused]
	return refused
}

// isTrimmed says whether an object with these annotations was trimmed.
func isTrimmed(annotations map[string]string) bool {
	_, trimmed := annotations[trimmedHash]
	return trimmed || isRefused(annotations)
}

// tooManyLabels says what is wrong with the labels of an object and of its pod template; empty where nothing is.
func tooManyLabels(own, template map[string]string) string {
	size, whose := sizeOf(own)+sizeOf(template), ""
	if size <= maxLabels {
		return ""
	}
	if len(template) > 0 {
		whose = " with those of its pod template,"
	}
	return fmt.Sprintf("it has too many labels: %d,%s which take %d bytes of at most %d", len(own)+len(template), whose, size, maxLabels)
}

func sizeOf(texts map[string]string) int {
	size := 0
	for name, value := range texts {
		size += len(name) + len(value) + perText
	}
	return size
}

// annotation is one of an object, or of its pod template.
type annotation struct {
	name, value            string
	ofTemplate, known, cut bool
}

// boundedAnnotations returns what is kept of the annotations of an object and of its pod template, and the names of those
// that were cut or left out.
func boundedAnnotations(own, template map[string]string) (keptOwn, keptTemplate map[string]string, left []string) {
	if sizeOf(own)+sizeOf(template) <= maxAnnotation { // then no single one is too long
		return shareNames(own), shareNames(template), nil
	}
	kept := map[bool]map[string]string{} // by ofTemplate
	room := maxAnnotations
	for _, a := range inOrder(own, template) {
		size := len(a.name) + len(a.value) + perText
		if size > room || a.cut {
			left = append(left, a.name)
		}
		if size > room {
			continue
		}
		room -= size
		if kept[a.ofTemplate] == nil {
			kept[a.ofTemplate] = map[string]string{}
		}
		kept[a.ofTemplate][shared(a.name)] = a.value
	}
	return kept[false], kept[true], left[:min(len(left), maxLeft)]
}

// inOrder returns annotations in the order in which they are kept, each no longer than one may be.
func inOrder(own, template map[string]string) []annotation {
	all := make([]annotation, 0, len(own)+len(template))
	for ofTemplate, texts := range map[bool]map[string]string{false: own, true: template} {
		for name, value := range texts {
			isKnown := slices.ContainsFunc(known, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
			short := cutText(value, maxAnnotation)
			all = append(all, annotation{name, short, ofTemplate, isKnown, len(short) < len(value)})
		}
	}
	slices.SortFunc(all, func(a, b annotation) int {
		return cmp.Or(
			before(a.known, b.known), cmp.Compare(len(a.value), len(b.value)),
			cmp.Compare(a.name, b.name), before(a.ofTemplate, b.ofTemplate),
		)
	})
	return all
}

// before orders two things of which at most one comes first.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// cutText returns the beginning of a text. It holds on to nothing of the rest.
func cutText[T ~string](text T, most int) T {
	if len(text) <= most {
		return text
	}
	return T(strings.ToValidUTF8(strings.Clone(string(text[:most])), ""))
}

// boundedImages returns the first images of a template, as many as are kept.
func boundedImages(images []string) []string {
	room := maxImages
	for i, image := range images {
		images[i] = cutText(image, maxImage)
		if room -= len(images[i]) + 1; room < 0 {
			return images[:i]
		}
	}
	return images
}

// identityOf returns what every object keeps: who it is, whose, and whether it goes.
func identityOf(o metav1.Object) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace:         shared(o.GetNamespace()),
		Name:              o.GetName(),
		UID:               o.GetUID(),
		ResourceVersion:   o.GetResourceVersion(),
		Generation:        o.GetGeneration(),
		CreationTimestamp: o.GetCreationTimestamp(),
		DeletionTimestamp: o.GetDeletionTimestamp(),
		OwnerReferences:   boundedOwners(o.GetOwnerReferences()),
	}
}

// boundedOwners returns the owners that are read: the controller, and the first that makes a workload for each revision.
func boundedOwners(owners []metav1.OwnerReference) []metav1.OwnerReference {
	var kept []metav1.OwnerReference
	for _, reads := range []func(metav1.OwnerReference) bool{
		func(o metav1.OwnerReference) bool { return o.Controller != nil && *o.Controller },
		makesPerRevision,
	} {
		i := slices.IndexFunc(owners, func(o metav1.OwnerReference) bool { return reads(o) && isReference(o) })
		if i >= 0 && !slices.ContainsFunc(kept, func(o metav1.OwnerReference) bool { return o.UID == owners[i].UID }) {
			o := owners[i]
			kept = append(kept, metav1.OwnerReference{
				APIVersion: shared(o.APIVersion), Kind: shared(o.Kind), Name: o.Name, UID: o.UID, Controller: o.Controller,
			})
		}
	}
	return kept
}

// isReference says whether an owner may exist: the API server takes references of any length.
func isReference(o metav1.OwnerReference) bool {
	return max(len(o.APIVersion), len(o.Kind), len(o.Name), len(o.UID)) <= maxName
}

// refuse leaves of an object who it is, whose, and why nothing else is read of it.
func refuse(meta *metav1.ObjectMeta, why string) {
	meta.Labels, meta.Annotations = nil, map[string]string{trimmedRefused: cutText(why, maxMessage)}
}

// trimNamespace keeps of a namespace, the only kind of which metadata alone are cached, its labels, which selectors look at,
// and of its annotations Rollcall's own.
func trimNamespace(o *metav1.PartialObjectMetadata) {
	if isTrimmed(o.Annotations) {
		return
	}
	o.Annotations = maps.Clone(o.Annotations)
	maps.DeleteFunc(o.Annotations, func(name, _ string) bool { return !strings.HasPrefix(name, ownPrefix) })
	TrimMetadata(&o.ObjectMeta)
}
