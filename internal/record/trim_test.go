// SPDX-License-Identifier: Apache-2.0

package record

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

func TestTrimChangesNothingThatIsRead(t *testing.T) {
	record := func() *v1alpha1.JiraDeployment {
		return &v1alpha1.JiraDeployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: copied("shop"), Name: "web-1", Labels: map[string]string{
				copied(v1alpha1.LabelSite): copied("acme"), v1alpha1.LabelWorkloadName: copied("web"),
			}},
			Spec: v1alpha1.JiraDeploymentSpec{
				Site: copied("acme"), State: v1alpha1.StateSuccessful, URL: copied("https://a/1"),
				Pipeline:    v1alpha1.Pipeline{ID: "eu/shop/web", URL: copied("https://a/1")},
				Environment: v1alpha1.Environment{ID: copied("prod"), Name: "Production", Type: v1alpha1.EnvironmentProduction},
				Workload:    &v1alpha1.WorkloadReference{APIVersion: "apps/v1", Kind: "Deployment", Name: copied("web"), UID: "1"},
			},
			Status: v1alpha1.JiraDeploymentStatus{RecordStatus: v1alpha1.RecordStatus{
				Conditions: []metav1.Condition{{
					Type: "Delivered", Status: metav1.ConditionTrue, Reason: "Accepted", Message: copied("Jira took the record."),
				}},
				History: []v1alpha1.Delivery{{State: "successful", Reason: "Accepted", Issues: "SHOP-1", Message: copied("It took the record.")}},
			}},
		}
	}
	want, one, other := record(), record(), record()
	one.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "manager"}}
	for _, d := range []*v1alpha1.JiraDeployment{one, other, one} { // twice is no harm
		if _, err := Trim(d); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("Trim() (-want +got):\n%s", diff)
	}
	for name, texts := range map[string][2]string{
		"site":        {one.Spec.Site, other.Spec.Site},
		"namespace":   {one.Namespace, other.Namespace},
		"label":       {one.Labels[v1alpha1.LabelSite], other.Labels[v1alpha1.LabelSite]},
		"workload":    {one.Spec.Workload.Name, other.Labels[v1alpha1.LabelWorkloadName]},
		"environment": {one.Spec.Environment.ID, other.Spec.Environment.ID},
		"message":     {one.Status.Conditions[0].Message, other.Status.Conditions[0].Message},
		"answer":      {one.Status.History[0].Message, other.Status.History[0].Message},
		"URL":         {one.Spec.URL, one.Spec.Pipeline.URL},
	} {
		if unsafe.StringData(texts[0]) != unsafe.StringData(texts[1]) {
			t.Errorf("each keeps a copy of its %s", name)
		}
	}
	for name := range one.Labels {
		for same := range other.Labels {
			if name == same && unsafe.StringData(name) != unsafe.StringData(same) {
				t.Errorf("each keeps a copy of the label's name %s", name)
			}
		}
	}
	if hand, err := Trim(&v1alpha1.JiraDeployment{}); err != nil || hand == nil {
		t.Errorf("Trim() of a record without a workload = %v, %v", hand, err)
	}
	if pod, err := Trim(&corev1.Pod{}); err != nil || pod == nil {
		t.Errorf("Trim() of a Pod = %v, %v", pod, err)
	}
}

func TestTrimChangesNothingThatIsReadOfABuild(t *testing.T) {
	record := func() *v1alpha1.JiraBuild {
		return &v1alpha1.JiraBuild{
			ObjectMeta: metav1.ObjectMeta{Namespace: copied("ci"), Name: "web-7", Annotations: map[string]string{"a": "b"}},
			Spec: v1alpha1.JiraBuildSpec{
				Site: copied("acme"), State: v1alpha1.BuildState(copied("successful")), ClusterUID: types.UID(copied("uid")), PipelineID: copied("eu/ci/CronJob/web"),
				Run:       &v1alpha1.WorkloadReference{APIVersion: copied("batch/v1"), Kind: "Job", Name: "web-7", UID: "1"},
				IssueKeys: []string{"SHOP-1"}, Images: []string{"sha256:1"}, Source: &v1alpha1.Source{Repository: copied("https://git.example/shop"), Revision: "41ac7e7"},
				References: []v1alpha1.BuildReference{{Ref: &v1alpha1.BuildRef{Name: "main", URL: "https://git.example/shop"}}},
			},
			Status: v1alpha1.JiraBuildStatus{RecordStatus: v1alpha1.RecordStatus{
				Conditions: []metav1.Condition{{
					Type: "Delivered", Status: metav1.ConditionTrue, Reason: "Accepted", Message: copied("Jira took the record."),
				}},
				History: []v1alpha1.Delivery{{State: "successful", Reason: "Accepted", Issues: "SHOP-1", Message: copied("It took the record.")}},
			}},
		}
	}
	want, one, other := record(), record(), record()
	one.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "manager"}}
	for _, b := range []*v1alpha1.JiraBuild{one, other, one} { // twice is no harm
		if _, err := Trim(b); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("Trim() (-want +got):\n%s", diff)
	}
	for name, texts := range map[string][2]string{
		"site":       {one.Spec.Site, other.Spec.Site},
		"namespace":  {one.Namespace, other.Namespace},
		"pipeline":   {one.Spec.PipelineID, other.Spec.PipelineID},
		"state":      {string(one.Spec.State), string(other.Spec.State)},
		"cluster":    {string(one.Spec.ClusterUID), string(other.Spec.ClusterUID)},
		"apiVersion": {one.Spec.Run.APIVersion, other.Spec.Run.APIVersion},
		"repository": {one.Spec.Source.Repository, other.Spec.Source.Repository},
		"message":    {one.Status.Conditions[0].Message, other.Status.Conditions[0].Message},
		"answer":     {one.Status.History[0].Message, other.Status.History[0].Message},
	} {
		if unsafe.StringData(texts[0]) != unsafe.StringData(texts[1]) {
			t.Errorf("each keeps a copy of its %s", name)
		}
	}
	if hand, err := Trim(&v1alpha1.JiraBuild{}); err != nil || hand == nil {
		t.Errorf("Trim() of a build without a run = %v, %v", hand, err)
	}
}

func TestTrimBoundsTheMetadataOfABuild(t *testing.T) {
	b := &v1alpha1.JiraBuild{ObjectMeta: metav1.ObjectMeta{
		Name: "web-7", Annotations: map[string]string{"huge": strings.Repeat("x", maxMetadata), v1alpha1.AnnotationIssueKeys: "SHOP-1"},
	}}
	if _, err := Trim(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-1", trimmedMetadata: ""}, b.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// copied returns a text with memory of its own.
func copied(text string) string {
	return string([]byte(text))
}

func TestTrimBoundsTheMetadataOfARecord(t *testing.T) {
	many := func(prefix, value string, n int) map[string]string {
		texts := map[string]string{v1alpha1.LabelManagedBy: "rollcall", v1alpha1.AnnotationIssueKeys: "SHOP-1"}
		for i := range n {
			texts[prefix+strconv.Itoa(i)] = value
		}
		return texts
	}
	for name, tt := range map[string]struct {
		meta                    metav1.ObjectMeta
		trimmed                 bool
		wantLabels, wantOfOwner int
	}{
		"an ordinary one":                {metav1.ObjectMeta{Labels: many("a.io/", "x", 50), OwnerReferences: make([]metav1.OwnerReference, 3)}, false, 52, 3},
		"many labels":                    {metav1.ObjectMeta{Labels: many("a.io/", "x", 5000)}, true, 2, 0},
		"long annotations":               {metav1.ObjectMeta{Labels: many("", "", 0), Annotations: many("a.io/", strings.Repeat("x", 100<<10), 2)}, true, 2, 0},
		"many under Rollcall's own":      {metav1.ObjectMeta{Labels: many("rollcall.dev/", "x", 5000)}, true, 0, 0},
		"many owners":                    {metav1.ObjectMeta{Labels: many("", "", 0), OwnerReferences: make([]metav1.OwnerReference, 1000)}, true, 2, 0},
		"many finalizers":                {metav1.ObjectMeta{Labels: many("", "", 0), Finalizers: slices.Repeat([]string{"a.io/x"}, 1000)}, true, 2, 0},
		"long ones of Rollcall's, alone": {metav1.ObjectMeta{Annotations: many("rollcall.dev/", strings.Repeat("x", 40<<10), 3)}, true, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := &v1alpha1.JiraDeployment{ObjectMeta: tt.meta}
			for range 2 { // twice is no harm
				if _, err := Trim(d); err != nil {
					t.Fatal(err)
				}
			}
			if Trimmed(d) != tt.trimmed || len(d.Labels) != tt.wantLabels || len(d.OwnerReferences) != tt.wantOfOwner || sizeOf(&d.ObjectMeta) > maxMetadata+1<<10 {
				t.Errorf("Trim() = trimmed %v, %d labels, %d owners, %d bytes", Trimmed(d), len(d.Labels), len(d.OwnerReferences), sizeOf(&d.ObjectMeta))
			}
		})
	}
}

func TestNoAPIServerTakesTheMarkOfATrimmedRecord(t *testing.T) {
	forged := map[string]string{trimmedMetadata: ""}
	if errs := apivalidation.ValidateAnnotations(forged, field.NewPath("metadata", "annotations")); len(errs) == 0 {
		t.Error("anybody could write the mark")
	}
}

// What Rollcall changes of a record is written, and what it does not keep stays as it is.
func TestATrimmedRecordIsRestoredBeforeItIsWritten(t *testing.T) {
	live := &v1alpha1.JiraDeployment{
		ObjectMeta: metav1.ObjectMeta{
			Name: "web-1", ResourceVersion: "7", Finalizers: []string{"a.io/keep"},
			Labels:      map[string]string{v1alpha1.LabelSite: "acme", "team": "shop"},
			Annotations: map[string]string{v1alpha1.AnnotationReverts: "old", v1alpha1.AnnotationEvidence: "a", "a.io/long": strings.Repeat("x", 100<<10)},
		},
		Spec: v1alpha1.JiraDeploymentSpec{State: v1alpha1.StateInProgress},
	}
	cached := live.DeepCopy()
	if _, err := Trim(cached); err != nil || !Trimmed(cached) || Trimmed(live) {
		t.Fatalf("Trim(): %v, trimmed %v", err, Trimmed(cached))
	}
	next := cached.DeepCopy()
	next.Spec.State = v1alpha1.StateSuccessful
	next.Labels[v1alpha1.LabelWorkloadName] = "web"
	next.Annotations[v1alpha1.AnnotationEvidence] = "a b"
	delete(next.Annotations, v1alpha1.AnnotationReverts)

	want := live.DeepCopy()
	want.Spec.State = v1alpha1.StateSuccessful
	want.Labels[v1alpha1.LabelWorkloadName] = "web"
	want.Annotations[v1alpha1.AnnotationEvidence] = "a b"
	delete(want.Annotations, v1alpha1.AnnotationReverts)
	if diff := cmp.Diff(want, Restore(next, live)); diff != "" {
		t.Errorf("Restore() (-want +got):\n%s", diff)
	}
	live.ResourceVersion = "8" // the API server then says that the record changed
	if got := Restore(next, live).ResourceVersion; got != "7" {
		t.Errorf("Restore() has the version %s, want that of the cache", got)
	}
}
