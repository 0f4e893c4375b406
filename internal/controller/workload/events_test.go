package workload

import (
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// event returns the last Event with a reason.
func (w *workshop) event(reason string) (last string) {
	for len(w.recorder.Events) > 0 {
		if event := <-w.recorder.Events; strings.Contains(event, " "+reason+" ") {
			last = event
		}
	}
	return last
}

// refused returns how many refusals are counted.
func (w *workshop) refused(site, reason string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "rollcall_records_refused_total" && label(m, "site") == site && label(m, "reason") == reason {
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
	w.r.warn(&v1alpha1.JiraDeployment{}, reasonRefused, "%s", strings.Repeat("日", 1000))
	note := strings.TrimPrefix(w.event("RecordRefused"), "Warning RecordRefused ")
	if len(note) < maxNote-2 || len(note) > maxNote || strings.ToValidUTF8(note, "") != note {
		t.Errorf("a note of %d bytes: %q", len(note), note)
	}
}
