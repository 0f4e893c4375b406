// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// event returns the last Event with a reason.
func (w *workshop) event(reason string) string {
	if events := w.events(reason); len(events) > 0 {
		return events[len(events)-1]
	}
	return ""
}

// events returns the Events of a reason since it was last asked.
func (w *workshop) events(reason string) (all []string) {
	for len(w.recorder.Events) > 0 {
		if event := <-w.recorder.Events; strings.Contains(event, " "+reason+" ") {
			all = append(all, event)
		}
	}
	return all
}

// refused returns how many refusals are counted.
func (w *workshop) refused(site, reason string) float64 {
	w.t.Helper()
	return w.counted("rollcall_records_refused_total", site, reason)
}

// counted returns the value of a counter; one without a reason has an empty one.
func (w *workshop) counted(name, site, reason string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && label(m, "site") == site && label(m, "reason") == reason {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func label(m *dto.Metric, name string) string {
	for _, pair := range m.GetLabel() {
		if pair.GetName() == name {
			return pair.GetValue()
		}
	}
	return ""
}

func startsAndEnds(text, start, end string) bool {
	return strings.HasPrefix(text, start) && strings.HasSuffix(text, end)
}

func TestANoteIsNoLongerThanTheAPIServerTakes(t *testing.T) {
	w := newWorkshop(t)
	w.r.warn(&v1alpha1.JiraDeployment{}, v1alpha1.EventRecordRefused, "%s", strings.Repeat("日", 1000))
	note := strings.TrimPrefix(w.event("RecordRefused"), "Warning RecordRefused ")
	if len(note) < maxNote-2 || len(note) > maxNote || strings.ToValidUTF8(note, "") != note {
		t.Errorf("a note of %d bytes: %q", len(note), note)
	}
}

func TestAnEnvironmentWithoutATypeIsSaidOnce(t *testing.T) {
	const start = "Warning EnvironmentUnmapped Jira shows the deployment in no kind of environment: "
	for name, tt := range map[string]struct {
		said string // the Deployment's label
		want string // how the Event goes on; empty for none
	}{
		"a type that is none": {"prod", `the workload's label rollcall.dev/environment-type is "prod", which is none of unmapped,`},
		"a type that is":      {"staging", ""},
		"no type, and meant":  {"unmapped", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t, "acme")
			w.change(func(d *appsv1.Deployment) { d.Labels = map[string]string{v1alpha1.KeyEnvironmentType: tt.said} })
			w.reconcile()
			event := w.event(v1alpha1.EventEnvironmentUnmapped)
			if tt.want == "" && event != "" || tt.want != "" && !startsAndEnds(event, start+tt.want, "add a rule to JiraSite acme.") {
				t.Errorf("Event %q, want %q", event, start+tt.want)
			}
			var unmapped float64
			if tt.said != "staging" {
				unmapped = 1
			}
			if got := w.counted("rollcall_rollouts_unmapped_total", "acme", ""); got != unmapped {
				t.Errorf("%v rollouts are counted as unmapped, want %v", got, unmapped)
			}
			w.change(finish)
			w.reconcile()
			if event := w.event(v1alpha1.EventEnvironmentUnmapped); event != "" {
				t.Errorf("it is said again: %s", event)
			}
		})
	}
}

func TestAPersonIsToldOfKeysThatDoNotCount(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.change(finish)
	w.reconcile()
	w.change(func(d *appsv1.Deployment) { d.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-2" })
	w.reconcile()
	note := "Warning IssueKeysIgnored rollcall.dev/issue-keys in the workload's metadata names SHOP-2 now. The record of revision 1 keeps SHOP-1: its keys are fixed."
	if event := w.event(v1alpha1.EventIssueKeysIgnored); !strings.HasPrefix(event, note) {
		t.Errorf("the Event is %q, want %q", event, note)
	}
	w.reconcile()
	if event := w.event(v1alpha1.EventIssueKeysIgnored); event != "" {
		t.Errorf("the Event is made again: %q", event)
	}

	w.change(func(d *appsv1.Deployment) {
		d.Annotations["deployment.kubernetes.io/revision"], d.Spec.Template.Labels = "2", map[string]string{"app": "web"}
	})
	w.change(func(d *appsv1.Deployment) { d.Annotations[v1alpha1.AnnotationIssueKeys] = "SHOP-1" })
	w.reconcile()
	if event := w.event(v1alpha1.EventSameIssueKeys); !strings.HasPrefix(event, "Warning SameIssueKeys Revision 2 has the issue keys of revision 1 (SHOP-1)") {
		t.Errorf("the Event is %q, want one of the same keys", event)
	}
}

func TestAPersonCorrectsARecord(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.change(finish)
	w.reconcile()
	before := w.records()[0]
	after := before.DeepCopy()
	after.Annotations = map[string]string{v1alpha1.AnnotationIssueKeys: "SHOP-12"}
	if !recordChanged.Update(event.UpdateEvent{ObjectOld: &before, ObjectNew: after}) {
		t.Error("keys on a record wake nobody")
	}
	if err := w.kube.Update(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if got := w.records()[0].Spec.IssueKeys; len(got) != 1 || got[0] != "SHOP-12" {
		t.Errorf("the record has the keys %v, want SHOP-12", got)
	}
}
