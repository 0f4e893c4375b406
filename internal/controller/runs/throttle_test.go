// SPDX-License-Identifier: Apache-2.0

package runs

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// corrections plays so many corrections of a record, and returns how many of them had to wait. Others change it in between, or
// nobody does.
func corrections(w *workshop, number int, others bool) (slowed int) {
	b := &v1alpha1.JiraBuild{ObjectMeta: metav1.ObjectMeta{Namespace: "ci", Name: "web-7-1", Generation: 1}, Spec: v1alpha1.JiraBuildSpec{Site: "acme"}}
	w.r.noteWrite(b, 0)
	for range number {
		if others {
			b.Generation++
		}
		if w.r.slow(b, b) > 0 {
			slowed++
			continue
		}
		before := b.Generation
		b.Generation++
		w.r.noteWrite(b, before)
	}
	return slowed
}

func TestWhatSomebodySetsBackIsCorrectedLessAndLess(t *testing.T) {
	w := newWorkshop(t, "acme")
	if slowed := corrections(w, 30, true); slowed != 21 {
		t.Errorf("%d of 30 corrections in one moment wait, want all but nine", slowed)
	}
	if said := w.said(); len(said) != 1 || !strings.Contains(said[0], v1alpha1.EventCorrectionsThrottled) {
		t.Errorf("it says %q, want once that it is slowed down", said)
	}
}

func TestWhatFollowsARunIsNeverSlowed(t *testing.T) {
	w := newWorkshop(t, "acme")
	if slowed := corrections(w, 100, false); slowed > 0 || len(w.said()) > 0 {
		t.Errorf("%d of 100 updates wait", slowed)
	}
}

func TestACrowdedNamespaceIsToldOnTheRun(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.r.crowds.Crowded("ci", "acme", w.now, func() int { return 10_000 })
	w.run(makeJob(web))
	w.expect()
	if said := w.said(); len(said) != 1 || !strings.Contains(said[0], v1alpha1.EventRecordRefused) || !strings.Contains(said[0], "10000 records") {
		t.Errorf("it says %q, want that it is not recorded, and why", said)
	}
}
