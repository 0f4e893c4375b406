// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/rollcall-dev/rollcall/api/v1alpha1"
)

// mergedInto returns the newest revision that has a record, and how many it counts.
func mergedInto(records []v1alpha1.JiraDeployment) (revision, merged int) {
	for _, d := range records {
		if n := int(d.Spec.Revision); n > revision {
			revision = n
			merged, _ = strconv.Atoi(d.Annotations[v1alpha1.AnnotationMergedRevisions])
		}
	}
	return revision, merged
}

// A site is told nothing, and a tool stamps the template each minute.
func TestRecordsThatWereNeverToldAreMerged(t *testing.T) {
	w := newWorkshop(t, "acme")
	w.create = func(d *v1alpha1.JiraDeployment) error { d.Generation = 1; return nil } // as the API server does
	w.remove = func(d *v1alpha1.JiraDeployment) error {
		records := w.records()
		if revision, merged := mergedInto(records); merged+len(records) <= revision {
			t.Errorf("revision %d is deleted before the newest, %d, counts it", d.Spec.Revision, revision)
		}
		return nil
	}
	const releases = 60
	for revision := range releases {
		w.now = w.now.Add(time.Minute)
		w.change(func(d *appsv1.Deployment) { release(d, revision+1) })
		w.reconcile()
	}
	revision, merged := mergedInto(w.records())
	if n := len(w.records()); n > 25 || merged+n != releases || revision != releases {
		t.Errorf("%d records and %d merged into revision %d, want at most 25, and %d in sum", n, merged, revision, releases)
	}
	if got := w.counted("rollcall_records_merged_total", "acme", ""); got != float64(merged) {
		t.Errorf("%v are counted, want %d", got, merged)
	}
	if events := w.events(v1alpha1.EventRecordsMerged); len(events) != 2 || !strings.Contains(events[0], "are deleted, 1 so far") {
		t.Errorf("Events %q, want one with the first and one with the tenth", events)
	}
}
