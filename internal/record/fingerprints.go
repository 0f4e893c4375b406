// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
	"github.com/rollcall-dev/rollcall/internal/rollout"
)

// fingerprints are short hashes of what a record was made from, with a space between them: its template, the issue keys
// of its own, and every text that keys are read from. By them the next revision tells what came with it, and what was
// there before, without any memory.
//
// They are in the record's spec as they were when it was made, because a change there is a request to Jira. What is noted
// later is in an annotation.
type fingerprints string

func fingerprintsOf(d *v1alpha1.JiraDeployment) fingerprints {
	return fingerprints(d.Spec.Evidence + " " + d.Annotations[v1alpha1.AnnotationEvidence])
}

// known says whether there are any: a record that Rollcall made before it kept them has none.
func (f fingerprints) known() bool { return strings.TrimSpace(string(f)) != "" }

func (f fingerprints) has(one string) bool {
	for field := range strings.FieldsSeq(string(f)) {
		if field == one {
			return true
		}
	}
	return false
}

// textPrint is the fingerprint of a text.
func textPrint(place Place, name, text string) string { return hash(string(place), name, text) }

// keysPrint is the fingerprint of a release's own keys, in any order.
func keysPrint(keys []string) string {
	return hash(append([]string{"keys"}, slices.Sorted(slices.Values(keys))...)...)
}

// take returns the fingerprints of what a rollout is made from now.
func (s *Site) take(r *rollout.Rollout) string {
	prints := []string{r.ExactHash, keysPrint(s.ownKeys(r.Sources, nil))}
	for _, place := range []struct {
		place               Place
		annotations, labels map[string]string
	}{{PlaceTemplate, r.TemplateAnnotations, r.TemplateLabels}, {PlaceWorkload, r.Annotations, r.Labels}} {
		if list, ok := place.annotations[v1alpha1.AnnotationIssueKeys]; ok {
			prints = append(prints, textPrint(place.place, v1alpha1.AnnotationIssueKeys, list))
		}
		s.eachText(place.annotations, place.labels, func(t text) { prints = append(prints, textPrint(place.place, t.name, t.value)) })
	}
	return strings.TrimSpace(strings.Join(prints, " "))
}

// note adds fingerprints to a record's annotation.
func note(d *v1alpha1.JiraDeployment, prints string) {
	annotate(d, v1alpha1.AnnotationEvidence, strings.TrimSpace(d.Annotations[v1alpha1.AnnotationEvidence]+" "+prints))
}

func annotate(o metav1.Object, name, value string) {
	annotations := maps.Clone(o.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	o.SetAnnotations(annotations)
}

// uidPrint is the fingerprint of a workload that was made anew, and goes on with the record of the one before it.
func uidPrint(uid types.UID) string { return hash("workload", string(uid)) }

// IsOf says whether a record is of a workload: made for it, or gone on with by it.
func IsOf(d *v1alpha1.JiraDeployment, uid types.UID) bool {
	return d.Spec.Workload.UID == uid || fingerprintsOf(d).has(uidPrint(uid))
}

// sameTemplate says whether a record is of the rollout's template. Both hashes are compared: a record that was made
// before the notion of a release changed is known by its exact hash, which was all that there was in the first version.
func sameTemplate(d *v1alpha1.JiraDeployment, r *rollout.Rollout) bool {
	if d.Spec.TemplateHash == r.TemplateHash || d.Spec.TemplateHash == r.ExactHash {
		return true
	}
	prints := fingerprintsOf(d)
	return prints.has(r.TemplateHash) || prints.has(r.ExactHash)
}

// sameTemplates says the same of two records, of which the later one restored the earlier one's.
func sameTemplates(earlier, later *v1alpha1.JiraDeployment) bool {
	return later.Spec.TemplateHash == earlier.Spec.TemplateHash ||
		fingerprintsOf(earlier).has(later.Spec.TemplateHash) || fingerprintsOf(later).has(earlier.Spec.TemplateHash)
}

// renew notes what a record lacks, now that its template is observed: what an earlier version of Rollcall did not keep, and
// the workload where that was made anew. Jira is sent nothing for it.
func (s *Site) renew(next *v1alpha1.JiraDeployment, r *rollout.Rollout) {
	prints := fingerprintsOf(next)
	if !IsOf(next, r.UID) {
		note(next, uidPrint(r.UID))
	}
	if !prints.known() {
		note(next, s.take(r))
	}
	if next.Spec.TemplateHash != r.TemplateHash && !prints.has(r.TemplateHash) {
		note(next, r.TemplateHash)
	}
}
