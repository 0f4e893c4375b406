package record

import (
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
			Status: v1alpha1.JiraDeploymentStatus{Conditions: []metav1.Condition{{
				Type: "Delivered", Status: metav1.ConditionTrue, Reason: "Accepted", Message: copied("Jira took the record."),
			}}},
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

// copied returns a text with memory of its own.
func copied(text string) string {
	return string([]byte(text))
}
